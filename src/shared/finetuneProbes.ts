import type { PairedTest } from './pairedTest'
import type { ClusterCount, Interval } from './probe'
import type { TaskUnit } from './task'

/** The probe of one layer at one moment of a training. */
export interface ProbedLayer {
  /** 0 the embeddings, i the output of block i. */
  layer: number
  /** On the test items. */
  accuracy: number
  interval: Interval
  /** Against the probe of the layer before training, on the same items, corrected for all layers; null before. */
  change: PairedTest | null
}

/** The probes of all layers at one moment. */
export interface ProbedPoint {
  /** Updates that were made. */
  step: number
  /** Epochs that have ended, 0 before training; null where a model was stored within one. */
  epoch: number | null
  layers: ProbedLayer[]
}

/** What the layers tell of labels that the model is not trained on, along its training. */
export interface ProbedTask {
  task: { id: string; title: string; unit: TaskUnit }
  /** Data set and parts that the probes are trained and tested on. */
  data: { name: string; trainSplit: string; testSplit: string }
  /**
   * Normalised mutual information of its labels and those of the task over the words of the training part; null where
   * it is not known (other data, spans, numbers).
   */
  similarity: number | null
  trainItems: number
  testItems: number
  /** What intervals and tests resample as a whole. */
  clusters: ClusterCount
  /** Accuracy of always predicting the most frequent class. */
  majority: number
  points: ProbedPoint[]
}
