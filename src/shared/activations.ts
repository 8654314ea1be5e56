import type { Pooling } from './model'

/** One stored set of word vectors: a model over one split. */
export interface ActivationRequest {
  modelId: string
  datasetId: string
  split: string
  pool: Pooling
  /** Only about N words, rounded up to whole sentences; null for all. */
  maxWords: number | null
  /** Seed by which they are drawn (shared/drawing.ts); without it, they are the first. */
  draw?: number
}

/** The estimated cost of a run, shown before it starts. */
export interface CostEstimate {
  words: number
  subwords: number
  seconds: number
  memoryBytes: number
  diskBytes: number
  /** Already on disk: nothing to compute. */
  cached: boolean
}

/** The cost of two runs, one after the other. */
export function costOfBoth(first: CostEstimate, second: CostEstimate): CostEstimate {
  return {
    words: first.words + second.words,
    subwords: first.subwords + second.subwords,
    seconds: first.seconds + second.seconds,
    memoryBytes: Math.max(first.memoryBytes, second.memoryBytes),
    diskBytes: first.diskBytes + second.diskBytes,
    cached: first.cached && second.cached
  }
}
