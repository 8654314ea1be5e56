import type { CostEstimate } from '@shared/activations'
import type { ProbeOptions } from '@shared/contract'
import type { ProbeKind } from '@shared/probeMethods'
import type { TuneRequest } from '@shared/tuning'
import type { ProbeEstimate } from '@/stores/probeStore'
import { formatBytes, formatCount, formatSeconds } from '@/plots/format'

/** What can be set before a run, apart from the tasks. */
export type ProbeSettings = Omit<ProbeOptions, 'modelId' | 'datasetId' | 'task' | 'jobId' | 'layers'>

/** What is compared where a kind of probe is tuned, simplest first. */
export const tunedValues: Readonly<Partial<Record<ProbeKind, TuneRequest>>> = {
  linear: [0.001, 0.01, 0.1, 1, 10],
  mlp: { hidden: [[64], [256]], weightDecay: [0, 1e-4], dropout: [0, 0.2] }
}

/** Folds of a cross-validation that is run from the window. */
export const usualFolds = 5

/** What several tasks cost together: words are run through the model once, solvers run one after the other. */
export interface TotalCost {
  extract: CostEstimate
  seconds: number
  memoryBytes: number
  diskBytes: number
}

export function totalCost(estimates: readonly ProbeEstimate[]): TotalCost | null {
  const first = estimates[0]
  if (!first) return null
  const solve = estimates.reduce((sum, one) => sum + one.solveSeconds, 0)
  return {
    extract: first.extract,
    seconds: first.seconds - first.solveSeconds + solve,
    memoryBytes: Math.max(...estimates.map((one) => one.memoryBytes)),
    diskBytes: Math.max(...estimates.map((one) => one.diskBytes))
  }
}

/** The cost in one line. */
export function costSentence(cost: TotalCost): string {
  const words = `${formatCount(cost.extract.words)} words`
  const time = `${cost.seconds < 1 ? '' : 'about '}${formatSeconds(cost.seconds)}`
  const memory = `${formatBytes(cost.memoryBytes)} of memory`
  return cost.extract.cached
    ? `${words}, hidden states already on disk: ${time}, ${memory}.`
    : `${words}: ${time}, ${memory}, ${formatBytes(cost.diskBytes)} on disk.`
}

/** '2,000 words at random' */
export function limitTitle(limit: number): string {
  return `${formatCount(limit)} words at random`
}

/** Limits offered for a part of `available` words; null is all of it. */
export function wordLimits(available: number): { value: number | null; title: string }[] {
  const limits = [2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000].filter((limit) => limit < available)
  return [
    ...limits.map((limit) => ({ value: limit, title: limitTitle(limit) })),
    { value: null, title: `all ${formatCount(available)} words` }
  ]
}

/** A limit as one of those offered, so that a data set smaller than the limit shows 'all'. */
export function offeredLimit(limit: number | null, available: number): number | null {
  return limit !== null && limit < available ? limit : null
}

/** Least and greatest values of what is repeated, and whether they are whole numbers. */
export const repeatBounds: Readonly<
  Record<'restarts' | 'seeds' | 'seed', readonly [low: number, high: number, wholeOnly: boolean]>
> = { restarts: [1, 100, true], seeds: [1, 20, true], seed: [0, 0xffffffff, true] }

/** Reads a number a person typed; null where it is none between the bounds. */
export function typedNumber(text: string, low: number, high: number, wholeOnly: boolean): number | null {
  const trimmed = text.trim().replace(',', '.')
  const value = Number(trimmed)
  if (trimmed === '' || !Number.isFinite(value) || value < low || value > high) return null
  return wholeOnly && !Number.isInteger(value) ? null : value
}
