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
