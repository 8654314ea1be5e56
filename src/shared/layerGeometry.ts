import type { DrawnPart } from './drawing'

/** How contextual the words of one layer are, and how many dimensions they fill. */
export interface LayerShape {
  layer: number
  /** Mean cosine of a word type's vectors in different sentences, over word types (Ethayarajh 2019, definition 1). */
  selfSimilarity: number
  /** Mean cosine of a sentence's words with their mean, over sentences (definition 2). */
  intraSentence: number
  /** Share of the squares of a word type's vectors along one direction, over word types (definition 3). */
  maximumExplained: number
  /** The same of words drawn from different sentences: what the shape of the space alone gives. */
  anisotropy: { cosine: number; explained: number }
  /** Intrinsic dimension by TwoNN (Facco et al. 2017): the fit without the largest tenth, and maximum likelihood. */
  dimension: number
  dimensionLikelihood: number
}

/** The shape of every layer over the words of a part. */
export interface LayerGeometry {
  modelName: string
  datasetName: string
  split: string
  drawn?: DrawnPart
  /** Words with a vector, and sentences of two words and more. */
  words: number
  sentences: number
  /** Word types that occur in enough sentences. */
  types: number
  /** Words of different sentences that anisotropy was measured on. */
  sampled: number
  /** Different vectors that the dimension was measured on, at each layer. */
  dimensionWords: number[]
  layers: LayerShape[]
  seconds: number
}
