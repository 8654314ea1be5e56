import type { ProbeLayerResult, RankScore } from '@shared/probe'
import type { ProbeKind, ProbeMethodOptions } from '@shared/probeMethods'
import { classify, type Classification } from './scores/classify'
import type { FitRequest, ProbeMethod } from './methods/method'
import { seedScores, type Score } from './scores/seedScores'

/**
 * A training in addition to the kept one: at another rank, from another random start, or the whole of it by another
 * seed.
 */
export interface FurtherTraining {
  why: 'rank' | 'restart' | 'seed'
  options: ProbeMethodOptions
  /** Which random start, from 0. */
  restart: number
  /** Which of the seeds, from 0. */
  draw: number
}

/**
 * How probes of one layer are scored: the test vectors, and what their answers to the task and to the control task of a
 * seed are held against.
 */
export interface Scorer {
  layers: readonly Float32Array[]
  score(answers: readonly Classification[], draw: number): Score
}

/** The options of the training that is kept: a sweep's last rank. */
export function atLastRank(options: ProbeMethodOptions): ProbeMethodOptions {
  return options.kind === 'lowRank' ? { ...options, ranks: options.ranks.slice(-1) } : options
}

/** The additional trainings. @param seeds how many there are of them, the run's own included */
export function furtherTrainings(options: ProbeMethodOptions, restarts: number, seeds: number): FurtherTraining[] {
  const main = atLastRank(options)
  const ranks = options.kind === 'lowRank' ? options.ranks.slice(0, -1) : []
  return [
    ...ranks.map((rank) => ({
      why: 'rank' as const,
      options: { ...main, ranks: [rank] } as ProbeMethodOptions,
      restart: 0,
      draw: 0
    })),
    ...Array.from({ length: restarts - 1 }, (_, i) => ({
      why: 'restart' as const,
      options: main,
      restart: i + 1,
      draw: 0
    })),
    ...Array.from({ length: seeds - 1 }, (_, i) => ({ why: 'seed' as const, options: main, restart: 0, draw: i + 1 }))
  ]
}

/**
 * Trains and scores them. Restarts train on the task alone.
 * @param controls training labels of the control task of every seed; none where none is wanted
 */
export async function furtherResults(
  method: ProbeMethod,
  request: FitRequest<ProbeKind>,
  controls: readonly Int32Array[],
  trainings: readonly FurtherTraining[],
  test: Scorer,
  kept: Score,
  onProgress: (share: number) => void
): Promise<Pick<ProbeLayerResult, 'restarts' | 'sweep' | 'seeds'>> {
  const scores: Record<FurtherTraining['why'], Score[]> = { rank: [], restart: [], seed: [] }
  const task = request.labels[0]!
  for (const [index, { why, options, restart, draw }] of trainings.entries()) {
    const labels = why === 'restart' ? [task] : [task, ...controls.slice(draw, draw + 1)]
    const probes = await method.fit({
      ...request,
      options,
      restart,
      labels,
      seed: request.seed + draw,
      onProgress: (share) => onProgress(index + share)
    })
    const answers = await classify(test.layers, request.data.width, probes, request.job)
    probes.forEach((probe) => probe.dispose())
    scores[why].push(test.score(answers, draw))
  }
  return {
    ...(scores.restart.length > 0 ? { restarts: [kept, ...scores.restart].map(({ accuracy }) => accuracy) } : {}),
    ...(scores.rank.length > 0 ? { sweep: sweepOf(trainings, scores.rank, request.options, kept) } : {}),
    ...(scores.seed.length > 0 ? { seeds: seedScores([kept, ...scores.seed]) } : {})
  }
}

function sweepOf(
  trainings: readonly FurtherTraining[],
  scores: readonly Score[],
  last: ProbeMethodOptions,
  kept: Score
): RankScore[] {
  const rankOf = (options: ProbeMethodOptions): number => (options.kind === 'lowRank' ? options.ranks[0]! : 0)
  const ranks = trainings.filter(({ why }) => why === 'rank').map(({ options }) => rankOf(options))
  return [...scores.map((score, i) => ({ rank: ranks[i]!, ...score })), { rank: rankOf(last), ...kept }]
}
