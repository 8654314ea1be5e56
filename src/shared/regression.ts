import type { Interval } from './probe'
import type { TaskUnit } from './task'

/** How well numbers are told. */
export interface RegressionScore {
  /** Share of the variance explained; below 0 where the mean would be better. */
  r2: number
  pearson: number
  spearman: number
}

export interface RegressionLayer extends RegressionScore {
  layer: number
  /** 95 % interval of R2, by resampling sentences. */
  r2Interval: Interval
  /** For pairs: correlation of the cosine of their two vectors with the numbers, without any training. */
  cosine?: Pick<RegressionScore, 'pearson' | 'spearman'>
}

/** A ridge regression at every layer. */
export interface RegressionResult {
  model: { id: string; name: string }
  dataset: { id: string; name: string; trainSplit: string; testSplit: string }
  task: { id: string; title: string; unit: TaskUnit }
  trainItems: number
  testItems: number
  /** Each type's mean number in training, unseen types the mean of all. */
  memoriser: RegressionScore
  layers: RegressionLayer[]
  /** Strength of the penalty, as scikit-learn's `alpha`: one over C. */
  alpha: number
  backend: string
  seconds: number
}
