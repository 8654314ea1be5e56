/** A tensor of a checkpoint, as it is stored. */
export interface TensorFacts {
  name: string
  /** Storage type by safetensors' names, for example 'F16'. */
  type: string
  shape: number[]
  parameters: number
  bytes: number
  /** Block that its name says it is of, from 0; null for embeddings, heads and what else is outside of blocks. */
  block: number | null
}

/** What a checkpoint is made of, in the order of its files. */
export interface ModelStructure {
  tensors: TensorFacts[]
}

/** Numbers that describe the values of one tensor; over its finite values, where there are others. */
export interface TensorStatistics {
  name: string
  /** Values, and how many of them are zero, and how many infinite or no number. */
  count: number
  zeros: number
  notFinite: number
  /** Square root of the sum of squares (Frobenius norm of a matrix). */
  norm: number
  mean: number
  /** Standard deviation, dividing by the number of values. */
  deviation: number
  smallest: number
  largest: number
  /** Values by size, in bins of one width from the smallest to the largest; the last one includes its end. */
  histogram: number[]
}
