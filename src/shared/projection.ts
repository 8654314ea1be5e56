import type { FloatTensor, TensorData } from './tensorData'

export type Metric = 'cosine' | 'euclidean'

/** The input of a layout; the layout itself is computed in the window's worker. */
export interface ProjectionInput {
  layer: number
  /** Index of each point's word in its split (the row of the activation store), [n]. */
  wordIndex: TensorData<Int32Array>
  /** Nearest neighbours among the points, nearest first, self left out: [n, k]; k is 0 where none were wanted. */
  neighbours: TensorData<Int32Array>
  /** Their distances, [n, k]. */
  distances: FloatTensor
  /** Principal component scores, [n, components]. */
  principal: FloatTensor
  /** Share of variance of each component. */
  explained: number[]
  /** Share of the exact neighbours that were found, measured on a sample; absent where all neighbours are exact. */
  recall?: number
}

/** A word of the corpus near another one in a layer's own space. */
export interface NearWord {
  wordIndex: number
  sentence: number
  position: number
  form: string
  /** Up to six words on either side, without the word itself. */
  left: string
  right: string
  distance: number
}

/** Vectors of a projection's words, and of the words of a sentence that are to be placed among them. */
export interface PlacedVectors {
  /** [n, width], in the order of the points. */
  known: FloatTensor
  /** [words, width] */
  added: FloatTensor
  words: string[]
}
