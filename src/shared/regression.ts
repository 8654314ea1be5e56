import type { Pooling } from './model'
import type { Interval, ProbeErrorRow, ProbeResult, ProbeRunOptions } from './probe'
import type { TaskUnit } from './task'
import type { FloatTensor, TensorData } from './tensorData'

/** How well values are predicted. */
export interface RegressionScore {
  /** Share of the variance explained; below 0 where the mean would be better. */
  r2: number
  pearson: number
  spearman: number
}

export interface RegressionLayer extends RegressionScore {
  layer: number
  /** 95 % intervals, by resampling clusters; Spearman's keeps the ranks of the whole test part. */
  r2Interval: Interval
  pearsonInterval: Interval
  spearmanInterval: Interval
  /** For pairs: correlation of the cosine of their two vectors with the numbers, without any training. */
  cosine?: Pick<RegressionScore, 'pearson' | 'spearman'>
}

/** A ridge regression at every layer. */
export interface RegressionResult extends Pick<
  ProbeResult,
  'id' | 'createdAt' | 'model' | 'dataset' | 'drawn' | 'provenance' | 'clusters'
> {
  task: { id: string; title: string; unit: TaskUnit }
  pool: Pooling
  trainItems: number
  testItems: number
  /** Each type's mean number in training, unseen types the mean of all. */
  memoriser: RegressionScore
  layers: RegressionLayer[]
  /** Strength of the penalty, as scikit-learn's `alpha`: one over C. */
  alpha: number
  options: Pick<ProbeRunOptions, 'seed' | 'maxTrainWords' | 'maxTestWords' | 'draw'>
  backend: string
  seconds: number
}

/** What one layer's regression predicted for the test items that carry a number; [items] each. */
export interface RegressionPoints {
  /** Places among all items of the test part. */
  items: TensorData<Int32Array>
  gold: FloatTensor
  predicted: FloatTensor
}

/** An item of the test part in its sentence. */
export type RegressionItem = Pick<ProbeErrorRow, 'sentence' | 'position' | 'form' | 'left' | 'right'> & { item: number }
