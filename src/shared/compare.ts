import type { Pooling } from './model'
import type { PairedTest } from './pairedTest'
import type { ReferenceKey } from './references'
import type { FloatTensor } from './tensorData'

/**
 * How similarity is estimated from a sample of words. `biased`: the plain estimate of Kornblith et al. (2019), which
 * few words and wide layers bias upwards. `debiased`: by the unbiased HSIC of Song et al. (2012), as in Nguyen et al.
 * (2021); its expectation does not depend on the number of words.
 */
export type CkaEstimator = 'debiased' | 'biased'

/** How layers are compared. */
export type SimilarityMeasure = CkaEstimator | 'rsa' | 'svcca' | 'pwcca' | 'procrustes'

/**
 * Short and long names of a measure, when the similarity of two layers is 1, what it is as a hint, who described it,
 * and the words it takes at most.
 */
export const similarityMeasures = {
  debiased: {
    name: 'CKA',
    title: 'debiased linear CKA',
    equal: 'equal up to rotation and scale',
    hint: 'By the unbiased HSIC (Song et al. 2012; Nguyen et al. 2021): does not depend on how many words are compared',
    cites: ['kornblith2019', 'song2012'],
    mostWords: Infinity
  },
  biased: {
    name: 'CKA',
    title: 'plain linear CKA',
    equal: 'equal up to rotation and scale',
    hint: 'As in Kornblith et al. 2019: few words and wide layers push it upwards',
    cites: ['kornblith2019'],
    mostWords: Infinity
  },
  rsa: {
    name: 'RSA',
    title: 'RSA, Spearman’s correlation of distances 1 - r between words',
    equal: 'the same order of distances',
    hint:
      'Kriegeskorte et al. 2008: whether the same words are far apart in both; ' +
      'Spearman’s correlation of distances, 1,000 words at most',
    cites: ['kriegeskorte2008'],
    mostWords: 1000
  },
  svcca: {
    name: 'SVCCA',
    title: 'SVCCA, the mean canonical correlation of the directions that hold 99 % of the variance',
    equal: 'equal up to a linear map of those directions',
    hint: 'Raghu et al. 2017: directions of little variance are left out; needs many more words than features',
    cites: ['raghu2017'],
    mostWords: 10_000
  },
  pwcca: {
    name: 'PWCCA',
    title: 'PWCCA, canonical correlations weighted by projection',
    equal: 'equal up to a linear map',
    hint: 'Morcos et al. 2018: weighted by how much of the layer they make up; needs many more words than features',
    cites: ['morcos2018'],
    mostWords: 10_000
  },
  procrustes: {
    name: 'Procrustes',
    title: '1 minus half the orthogonal Procrustes distance',
    equal: 'equal up to rotation and scale',
    hint: 'Ding et al. 2021: what is left of the distance after the best rotation',
    cites: ['ding2021'],
    mostWords: 10_000
  }
} as const satisfies Record<
  SimilarityMeasure,
  { name: string; title: string; equal: string; hint: string; cites: readonly ReferenceKey[]; mostWords: number }
>

export const similarityMeasureNames = Object.keys(similarityMeasures) as [SimilarityMeasure, ...SimilarityMeasure[]]

/** Similarity of every layer of one model with every layer of another, over the same words. */
export interface SimilarityResult {
  modelA: { id: string; name: string; layers: number }
  modelB: { id: string; name: string; layers: number }
  dataset: { id: string; name: string; split: string }
  pool: Pooling
  estimator: SimilarityMeasure
  seed: number
  /** Words compared, and number of words that have a vector in both models. */
  words: number
  available: number
  /** [layersA + 1, layersB + 1]; NaN if a layer gives every word the same vector. */
  values: FloatTensor
  seconds: number
  backend: string
}

/** Accuracy of one model's probe minus that of another's, each at a layer. */
export interface LayerDifference extends PairedTest {
  /** Names of the models. */
  a: string
  b: string
  layerA: number
  layerB: number
}

/** Layers of kept probing runs tested against one another; p-values are corrected for all of these tests. */
export interface LayerDifferences {
  task: string
  tests: LayerDifference[]
  /** Random sign changes behind a p-value. */
  permutations: number
}

/** How a model splits a text into subwords, and the memory it takes. */
export interface ModelFacts {
  modelId: string
  /** Bytes of the weights as they are held for computing. */
  memoryBytes: number
  words: number
  /** Subwords of these words, special tokens left out. */
  subwords: number
  /** Words of more than one subword. */
  splitWords: number
  /** Words for which the tokenizer gives no token. */
  missingWords: number
}

/** Measured speed of a model on a text. */
export interface ModelSpeed {
  modelId: string
  words: number
  /** Special tokens included: they cost as much. */
  subwords: number
  /** Of the median pass over the text. */
  seconds: number
  passes: number
  wordsPerSecond: number
  subwordsPerSecond: number
  backend: string
  threads: number
}

/**
 * For every layer of the deeper of two models the layer of the other at the most similar relative depth, as pairs
 * [layer of a, layer of b].
 */
export function layersAtEqualDepth(layersA: number, layersB: number): [number, number][] {
  const deeper = Math.max(layersA, layersB)
  const nearest = (at: number, layers: number): number => (deeper > 0 ? Math.round((at / deeper) * layers) : 0)
  return Array.from({ length: deeper + 1 }, (_, at) => [nearest(at, layersA), nearest(at, layersB)])
}
