import type { CodelengthChoice } from './codelength'
import type { DataCheck } from './dataCheck'
import type { DrawnPart } from './drawing'
import type { ModelInfo, Pooling } from './model'
import type { ProbeMethodOptions } from './probeMethods'
import type { Provenance } from './provenance'
import type { SpanPooling, TaskUnit } from './task'
import { requestedTuning, untuned, type TuneRequest, type Tuning } from './tuning'

/** Units that were resampled as a whole, and their number. */
export interface ClusterCount {
  by: 'document' | 'sentence'
  count: number
}

/** Lower and upper end. */
export type Ends = [number, number]

/** A 95 % interval; null where all units are of one cluster, which does not show how much clusters vary. */
export type Interval = Ends | null

/** Why there is no interval, as a sentence; null where there are clusters enough, or their number is not known. */
export function intervalRefusal(clusters: ClusterCount | undefined): string | null {
  return clusters && clusters.count < 2
    ? `No interval is given: all that was tested is of one ${clusters.by}, and intervals need several.`
    : null
}

export interface ClassScore {
  label: string
  precision: number
  recall: number
  f1: number
  /** Test words whose gold label it is. */
  support: number
}

/** Scores of whole spans, if labels mark them (B-PER, I-PER, O): both ends and the type must be right. */
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
  /** Accuracy where training shows the item's type, and where it does not; the same of the control task. */
  types?: TypeScores & { control?: TypeScores }
  /** What the layer adds to the word type and layer 0; layer 0 to the word type. */
  conditional?: ConditionalScore
  /** Description length of the training labels given the vectors. */
  codelength?: Codelength
  /** Accuracy from every random start, the one shown first. */
  restarts?: number[]
  /**
   * What every seed of several gave, the run's own first. A probe that draws nothing has the same accuracy from each.
   */
  seeds?: { accuracy: number[]; control?: number[]; selectivity?: number[] }
  /** Of the test items; absent in runs of earlier versions. */
  calibration?: Calibration
  /** Weights that are not 0, of how many. */
  sparsity?: { nonZero: number; weights: number }
  /** Accuracy by rank, ascending as given. */
  sweep?: RankScore[]
  /** Of a mix of the layers up to this one. */
  mix?: LayerMix
  /** Of a structural probe, whose accuracy and macro-F1 are its UUAS. */
  structure?: StructureScores & { ranks?: RankStructure[] }
  /**
   * Over the test items whose sentence does not occur in the training part, ignoring case and punctuation; absent if
   * all or none are such.
   */
  unseen?: { accuracy: number; items: number }
  perClass: ClassScore[]
  /** Present where labels are BIO tags. */
  entities?: EntityScores
  iterations: number
  converged: boolean
  loss: number
}

/** How far probabilities of answers can be taken at their word. */
export interface Calibration {
  /** Expected calibration error (Guo et al. 2017), 0 to 1: how far confidence is from accuracy, over 15 bins. */
  ece: number
  /** Mean -ln p of the labels, in nats, of items whose class training shows; null where p are shares of votes. */
  logLoss: number | null
  /** Bins that have items, the least sure first: their mean confidence and accuracy. */
  bins: { confidence: number; accuracy: number; items: number }[]
}

/** Shares of right answers on items whose type occurs in training, and on the others; null where there are none. */
export interface TypeScores {
  seen: number | null
  unseen: number | null
}

/** Conditional probing (Hewitt et al. 2021): a probe that reads a baseline and a layer, beside one of the baseline. */
export interface ConditionalScore {
  /** Of the probe that reads both. */
  accuracy: number
  /** Of the probe that reads the baseline alone. */
  baseline: number
  /** Mean of -log2 p(label) of the two; what is saved is the conditional V-information, in bits an item. */
  bits: number
  baselineBits: number
  /** Training items of both: of many, a sample. */
  items: number
}

/**
 * Voita & Titov 2020, section 2.2: what it takes to send the training labels to somebody who has the vectors, in
 * bits.
 */
export interface Codelength {
  bits: number
  /** Of the uniform code, n log2 K. */
  uniformBits: number
  /** uniformBits / bits */
  compression: number
  /** The same for the control task's labels. */
  control?: { bits: number; compression: number }
  /** Of the variational code alone: bits of the labels given the probe, and of its parameters. */
  variational?: { labelBits: number; parameterBits: number }
  /** What each portion of the online code took: items sent before it and after it. */
  portions: { from: number; to: number; bits: number; controlBits?: number }[]
}

export interface RankScore {
  rank: number
  accuracy: number
  control?: number
}

/** The task of the structural probe, which has no label layer. */
export const treeTask = { id: 'tree', title: 'Dependency tree', unit: 'token' } as const

/** Scores of a structural probe (Hewitt & Manning 2019, section 3.2). */
export type StructureScores = Record<'uuas' | 'dspr' | 'root' | 'nspr', { value: number; interval: Interval }>

export type RankStructure = { rank: number } & Record<keyof StructureScores, number>

/** Scalar mixing weights (Peters et al. 2018, equation 1) of the layers from 0 up to one. */
export interface LayerMix {
  /** Softmaxed, one a layer. */
  weights: number[]
  /** The factor of the whole mix. */
  gamma: number
}

/** The requested probe: where options were tuned, the values they were chosen from, not the chosen ones. */
export function askedProbe({ probe, tuning }: Pick<ProbeRunOptions, 'probe' | 'tuning'>): {
  probe: ProbeMethodOptions
  tune?: TuneRequest
} {
  return tuning ? { probe: untuned(probe, tuning), tune: requestedTuning(tuning) } : { probe }
}

/** Cross-validation in place of a test part: every item is predicted by the probe of the fold that left it out. */
export interface CrossValidation {
  /** What a fold takes as a whole. */
  by: ClusterCount['by']
  /** Inner folds that settings were chosen on, in every fold; absent where nothing was tuned. */
  inner?: number
  /** Items that a fold's probes learnt and predicted, their accuracy by layer, and how their settings were chosen. */
  folds: { trainItems: number; testItems: number; accuracy: number[]; tuning?: Tuning }[]
}

export interface ProbeRunOptions {
  probe: ProbeMethodOptions
  /**
   * How spans of several words became a vector, in tasks of spans and pairs; pairs are means unless words were
   * pooled by attention.
   */
  span?: SpanPooling
  codelength: CodelengthChoice
  restarts: number
  /** Seeds from `seed` on; absent, in runs of earlier versions too, where there was one. */
  seeds?: number
  standardise: boolean
  seed: number
  solver: string
  /** Where options of the probe were tuned; `probe` has the values chosen. */
  tuning?: Tuning
  /**
   * Where the run was cross-validated: scores are of the pooled predictions of all folds, and `tuning` and the kept
   * probes are of all items of the part.
   */
  folds?: CrossValidation
  /** Where the solver has one. */
  tolerance?: number
  maxTrainWords: number | null
  maxTestWords: number | null
  /** Seed by which words were drawn; absent where the first were taken, as in runs of earlier versions. */
  draw?: number
}

/** One finished probing run over all layers, as it is kept and shown. */
export interface ProbeResult {
  id: string
  /** ISO 8601. */
  createdAt: string
  model: { id: string; name: string; layers: number } & Pick<ModelInfo, 'twin'>
  dataset: { id: string; name: string; trainSplit: string; testSplit: string; trainHash: string; testHash: string }
  /** What was probed for, and what an item of it is. */
  task: { id: string; title: string; unit: TaskUnit }
  pool: Pooling
  classes: string[]
  trainWords: number
  testWords: number
  testSentences: number
  /** What intervals resampled as a whole; sentences in runs of earlier versions. */
  clusters?: ClusterCount
  /**
   * Words of the splits, and those of them the model has no vector for and that were left out; absent in runs of
   * earlier versions.
   */
  coverage?: Record<'train' | 'test', { words: number; missing: number }>
  /** What was drawn of each part; absent where all words were taken, or the first ones. */
  drawn?: Partial<Record<'train' | 'test', DrawnPart>>
  /** Always predicting the most frequent training label. */
  majority: { label: string; accuracy: number; macroF1: number }
  /** Predicting each word type's most frequent training label, and the majority's for unseen types. */
  memoriser: { accuracy: number; macroF1: number }
  /**
   * Test items whose type occurs in training and the others, and what the memoriser reaches on each. Where types do not
   * `recur`, as texts of sentence tasks, a control task cannot be learnt, and there is none. Absent in runs of earlier
   * versions.
   */
  types?: { seen: number; unseen: number; memoriser: TypeScores; recur: boolean }
  layers: ProbeLayerResult[]
  options: ProbeRunOptions
  backend: string
  seconds: { extract: number; solve: number; score: number; total: number }
  versions: Record<string, string>
  /** What the test part shares with the training part; absent in runs of earlier versions. */
  dataCheck?: DataCheck
  /** What is needed to run it again; absent in runs of earlier versions. */
  provenance?: Provenance
}

/** A test word that the probe got wrong, and where it is. */
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

/**
 * Tenney et al. 2019 (ACL), equation 3: what the mix up to each layer adds to that of the layer before, which the run
 * has to have probed; null without a mix.
 */
export function differentialScores({ layers }: Pick<ProbeResult, 'layers'>): Map<number, number> | null {
  if (!layers.some(({ mix }) => mix)) return null
  const sorted = [...layers].sort((a, b) => a.layer - b.layer)
  return new Map(
    sorted
      .slice(1)
      .flatMap(({ layer, accuracy }, i) =>
        sorted[i]!.layer === layer - 1 ? [[layer, accuracy - sorted[i]!.accuracy]] : []
      )
  )
}

/**
 * Where a mix has its information (Tenney et al. 2019, ACL): the centre of gravity, the mean layer by the weights of
 * the mix of all layers (equation 2), and the expected layer, by the differential scores (equation 4); the latter only
 * where all layers were probed and they add up to something.
 */
export function mixSummary(
  result: Pick<ProbeResult, 'layers'>
): { centreOfGravity: number; expectedLayer?: number } | null {
  const mix = result.layers.at(-1)?.mix
  const differential = differentialScores(result)
  if (!mix || !differential) return null
  const centreOfGravity = mix.weights.reduce((sum, weight, layer) => sum + weight * layer, 0)
  const gain = [...differential.values()].reduce((sum, score) => sum + score, 0)
  if (differential.size !== mix.weights.length - 1 || gain <= 0) return { centreOfGravity }
  return {
    centreOfGravity,
    expectedLayer: [...differential].reduce((sum, [layer, score]) => sum + layer * score, 0) / gain
  }
}
