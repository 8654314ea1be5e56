import type { AblationCorpusInfo, Effect } from './ablation'
import type { ClusterCount, Interval } from './probe'
import type { TaskUnit } from './task'
import type { FloatTensor } from './tensorData'

/** A value with its 95 % interval. */
export interface Estimated {
  value: number
  interval: Interval
}

/** The effect of a set of interventions on one layer, with random sets of the same size for comparison. */
export interface LayerChange extends Estimated {
  layer: number
  random: Estimated[]
}

/** How far a set of interventions moves a model from the unchanged one, on one corpus. */
export interface AblationChange extends AblationCorpusInfo {
  /** Mean over tokens of 1 - cos(with, without), layers 0 ... ; the interval by resampling clusters. */
  movement: LayerChange[]
  /**
   * Debiased linear CKA of the layer with and without the set, 1 if they are equal up to rotation and scale; the
   * interval by resampling clusters, of which copies of a row are not paired.
   */
  similarity: LayerChange[]
  /** Tokens that `similarity` is of: whole sentences, spread evenly over the corpus. */
  similarityTokens: number
  /**
   * Mean over queries of the total variation distance of a head's attention, each [layers, heads]; `random` [sets,
   * layers, heads].
   */
  attention: { value: FloatTensor; low: FloatTensor; high: FloatTensor; random: FloatTensor }
  seconds: number
}

/**
 * Probes of one task after a change: the one that was trained on the model as it is, and one trained again on the
 * changed model.
 */
export interface ProbePair {
  kept: Effect
  retrained: Effect
}

export interface AblatedTask {
  task: { id: string; title: string; unit: TaskUnit }
  trainItems: number
  testItems: number
  /** What intervals resampled as a whole; absent in results of earlier versions. */
  clusters?: ClusterCount
  /** Test accuracy of always predicting the training items' most frequent class. */
  majority: number
  /** Accuracy on the test items: of the unchanged model, of the set, and of each random set. */
  layers: (ProbePair & { layer: number; plain: number; random: ProbePair[] })[]
}

/** Probe results under a set, for one or more tasks, trained on one part and tested on another. */
export interface AblationProbes {
  modelName: string
  datasetName: string
  trainSplit: string
  testSplit: string
  randomSets: number
  /**
   * Of a set with erasers that were fitted to these parts: whether the probes are trained on sentences that they were
   * not fitted to. Where sentences are shared, a new probe falls to the majority by construction.
   */
  eraser?: 'apart' | 'shared'
  tasks: AblatedTask[]
  seconds: number
}

/** Of one paradigm, or of all pairs: how often the acceptable sentence is more probable. */
export interface AblatedParadigm {
  name: string
  pairs: number
  plain: number
  effect: Effect
  random: Effect[]
}

/** Minimal pairs with a set of interventions. */
export interface AblationPairs {
  modelName: string
  data: string
  kind: 'causal' | 'masked'
  paradigms: AblatedParadigm[]
  total: AblatedParadigm
  /** What the reader of the pairs said; absent in results of earlier versions. */
  notes?: string[]
  seconds: number
}

/** Similarity of two sentences, layer by layer: the cosine of the means of their tokens' hidden states. */
export interface SentenceSimilarity {
  layers: { layer: number; plain: number; changed: number; random: number[] }[]
  /** Tokens of each sentence. */
  tokens: [number, number]
}

/** What a result of probes trained again says of the words that its eraser was fitted to; null without one. */
export function eraserSentence({ eraser, trainSplit }: Pick<AblationProbes, 'eraser' | 'trainSplit'>): string | null {
  if (eraser === undefined) return null
  return eraser === 'apart'
    ? `The eraser was fitted to every other sentence of ${trainSplit}; the probes are trained on the others.`
    : 'The eraser was fitted to words that these probes are trained or tested on: a new probe falls to the majority ' +
        'by construction. Fit it again.'
}
