import type { ProbeLayerResult, RankScore } from '@shared/probe'
import type { ProbeKind, ProbeMethodOptions } from '@shared/probeMethods'
import { classify, type Classification } from './classify'
import type { FitRequest, ProbeMethod } from './method'

/** A training beside the one that is kept: from another random start, or at another rank. */
export interface FurtherTraining {
  options: ProbeMethodOptions
  restart: number
  /** The rank of a sweep; null for a restart. */
  rank: number | null
}

/** Shares of right answers. */
export interface Score {
  accuracy: number
  control?: number
}

/** How probes of one layer are scored: the test vectors, and what their answers are held against. */
export interface Scorer {
  layers: readonly Float32Array[]
  score(answers: readonly Classification[]): Score
}

/** The options of the training that is kept: a sweep's last rank. */
export function atLastRank(options: ProbeMethodOptions): ProbeMethodOptions {
  return options.kind === 'lowRank' ? { ...options, ranks: options.ranks.slice(-1) } : options
}

/** What is trained beside it. */
export function furtherTrainings(options: ProbeMethodOptions, restarts: number): FurtherTraining[] {
  const main = atLastRank(options)
  const sweep = options.kind === 'lowRank' ? options.ranks.slice(0, -1).map((rank) => ({ options: { ...options, ranks: [rank] }, restart: 0, rank })) : []
  return [...sweep, ...Array.from({ length: restarts - 1 }, (_, i) => ({ options: main, restart: i + 1, rank: null }))]
}

/** Trains and scores them. Restarts train on the task alone. */
export async function furtherResults(
  method: ProbeMethod, request: FitRequest<ProbeKind>, trainings: readonly FurtherTraining[], test: Scorer, kept: Score, onProgress: (share: number) => void
): Promise<Pick<ProbeLayerResult, 'restarts' | 'sweep'>> {
  const sweep: RankScore[] = []
  const restarts: number[] = []
  for (const [index, { options, restart, rank }] of trainings.entries()) {
    const labels = rank === null ? request.labels.slice(0, 1) : request.labels
    const probes = await method.fit({ ...request, options, restart, labels, onProgress: (share) => onProgress(index + share) })
    const answers = await classify(test.layers, request.data.width, probes, request.job)
    probes.forEach((probe) => probe.dispose())
    const score = test.score(answers)
    if (rank === null) restarts.push(score.accuracy)
    else sweep.push({ rank, ...score })
  }
  const last = request.options.kind === 'lowRank' ? request.options.ranks[0] : undefined
  return {
    ...(restarts.length > 0 ? { restarts: [kept.accuracy, ...restarts] } : {}),
    ...(sweep.length > 0 && last !== undefined ? { sweep: [...sweep, { rank: last, ...kept }] } : {})
  }
}
