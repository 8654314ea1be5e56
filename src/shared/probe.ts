import type { Pooling } from './model'
import type { TaskUnit } from './task'

/** Lower and upper end of a 95 % interval. */
export type Interval = [number, number]

export interface ClassScore {
  label: string
  precision: number
  recall: number
  f1: number
  /** Test words whose gold label it is. */
  support: number
}

/** Scores of whole stretches, where labels mark such (B-PER, I-PER, O): right are both ends and the type. */
export interface EntityScores {
  precision: number
  recall: number
  f1: number
  /** Of F1. */
  interval: Interval
}

/** What one layer's probe reached on the test words. Shares are between 0 and 1. */
export interface ProbeLayerResult {
  layer: number
  accuracy: number
  accuracyInterval: Interval
  macroF1: number
  macroF1Interval: Interval
  /** The same probe on the control task: a random label for every word type (Hewitt & Liang 2019). */
  control?: { accuracy: number; interval: Interval }
  /** Accuracy minus control accuracy. */
  selectivity?: number
  selectivityInterval?: Interval
  perClass: ClassScore[]
  /** Present where labels are BIO tags. */
  entities?: EntityScores
  iterations: number
  converged: boolean
  loss: number
}

export interface ProbeRunOptions {
  /** Inverse strength of the L2 penalty, as scikit-learn's C. */
  inverseRegularisation: number
  standardise: boolean
  seed: number
  solver: string
  tolerance: number
  maxTrainWords: number | null
  maxTestWords: number | null
}

/** One finished probing run over all layers, as it is kept and shown. */
export interface ProbeResult {
  id: string
  /** ISO 8601. */
  createdAt: string
  model: { id: string; name: string; layers: number }
  dataset: { id: string; name: string; trainSplit: string; testSplit: string; trainHash: string; testHash: string }
  /** What was probed for, and what an item of it is. */
  task: { id: string; title: string; unit: TaskUnit }
  pool: Pooling
  classes: string[]
  trainWords: number
  testWords: number
  testSentences: number
  /** Words of the splits, and those of them the model has no vector for and that were left out; absent in runs of earlier versions. */
  coverage?: Record<'train' | 'test', { words: number; missing: number }>
  /** Always answering the most frequent training label. */
  majority: { label: string; accuracy: number; macroF1: number }
  /** Answering each word type's most frequent training label, unseen types the majority's. */
  memoriser: { accuracy: number; macroF1: number }
  layers: ProbeLayerResult[]
  options: ProbeRunOptions
  backend: string
  seconds: { extract: number; solve: number; score: number; total: number }
  versions: Record<string, string>
}

/** A kept run without its tables. */
export interface ProbeSummary {
  id: string
  createdAt: string
  modelId: string
  modelName: string
  datasetId: string
  datasetName: string
  trainSplit: string
  testSplit: string
  task: { id: string; title: string }
  pool: Pooling
  trainWords: number
  testWords: number
  /** The best layer and its accuracy. */
  best: { layer: number; accuracy: number }
  control: boolean
  seconds: number
  backend: string
}

/** A test word the probe got wrong, with where to find it. */
export interface ProbeErrorRow {
  split: string
  sentence: number
  position: number
  form: string
  /** Words of the sentence before and after it. */
  left: string
  right: string
  gold: string
  predicted: string
  /** Probability the probe gave to its answer. */
  probability: number
}
