import * as v from 'valibot'
import { draw, limitedPart, type PartLimit } from './drawing'
import { count, fresh, jobId, layer, name, path, pool, seed, sentenceRef } from './fields'
import { edit, intervention } from './intervention'

/** Requests of ablations. */

export const interventions = v.pipe(v.array(intervention), v.maxLength(10_000))
export const corpusRef = v.nullable(v.strictObject({ datasetId: name, split: name }))
export const ablationCorpus = { modelId: name, ...limitedPart }
export const headOptions = v.strictObject({
  ...ablationCorpus,
  /** Whether induction is also scored on repeated random tokens, and the seed of their draw; absent for no. */
  repeated: v.optional(seed),
  jobId,
  fresh
})
export const expertOptions = v.strictObject({
  ...ablationCorpus,
  /** A task that labels words with classes. */
  task: name,
  /** Of the shuffles of labels. */
  seed,
  jobId,
  fresh
})
const measuresAsked = {
  ...ablationCorpus,
  /** A kept run whose probe of one layer is applied; null for none. */
  probe: v.nullable(v.strictObject({ runId: name, layer })),
  /** The language-model head's loss. */
  loss: v.boolean(),
  /** The movement of the last hidden states. */
  movement: v.boolean(),
  seed,
  jobId,
  fresh
}
const scanOptions = {
  ...measuresAsked,
  unit: v.picklist(['head', 'expert', 'attention', 'mlp', 'block', 'gate', 'state', 'direction']),
  edit
}
export const ablationScanOptions = v.strictObject(scanOptions)
const randomSets = v.pipe(count, v.maxValue(100))
export const ablationSetOptions = v.strictObject({
  ...measuresAsked,
  interventions,
  randomSets,
  /** With `loss`: a word of one token whose probability and rank are measured wherever it occurs. */
  watched: v.optional(v.nullable(name))
})
const setOnCorpus = { interventions, randomSets, seed, jobId, fresh }
export const ablationChangeOptions = v.strictObject({ ...ablationCorpus, ...setOnCorpus })
/** What probes are trained and tested on while the model is changed. */
const probedParts = {
  modelId: name,
  datasetId: name,
  trainSplit: name,
  pool,
  maxTrainWords: v.nullable(count),
  draw
}
export const ablationProbeOptions = v.strictObject({
  ...probedParts,
  ...setOnCorpus,
  testSplit: name,
  maxTestWords: v.nullable(count),
  tasks: v.pipe(v.array(name), v.minLength(1), v.maxLength(20)),
  /** Null for every layer. */
  layers: v.nullable(v.array(layer))
})
export const ablationPairOptions = v.strictObject({
  ...setOnCorpus,
  modelId: name,
  path,
  pairs: v.nullable(count),
  good: v.optional(name),
  bad: v.optional(name),
  paradigm: v.optional(name),
  corpus: corpusRef
})
export const similarityOptions = v.strictObject({
  ...setOnCorpus,
  modelId: name,
  first: sentenceRef,
  second: sentenceRef,
  corpus: corpusRef
})
export const eraserOptions = v.strictObject({
  ...probedParts,
  task: name,
  layers: v.pipe(v.array(layer), v.minLength(1), v.maxLength(200)),
  method: v.picklist(['leace', 'inlp']),
  /** Interventions already in place: the eraser is fitted to the changed model. */
  interventions,
  /** Number of probes that INLP trains one after another. */
  rounds: v.pipe(count, v.minValue(1), v.maxValue(50)),
  seed,
  jobId,
  fresh
})
export const pruningOptions = v.strictObject({
  ...scanOptions,
  steps: v.pipe(count, v.minValue(1), v.maxValue(200)),
  randomOrders: v.pipe(count, v.maxValue(50))
})

export const taskMapOptions = v.strictObject({
  ...ablationCorpus,
  /** Kept runs whose probes of one layer are applied; the last layer when null. */
  runs: v.pipe(v.array(v.strictObject({ runId: name, layer: v.nullable(layer) })), v.maxLength(20)),
  loss: v.boolean(),
  movement: v.boolean(),
  edit,
  /** Random directions that heads are compared with, for each block. */
  randomDraws: v.pipe(count, v.maxValue(20)),
  seed,
  jobId,
  fresh
})

export const neuronOptions = v.strictObject({
  ...ablationCorpus,
  task: name,
  trainSplit: name,
  maxTrainWords: v.nullable(count),
  pool,
  site: v.picklist(['resid', 'mlp']),
  layer,
  edit: v.picklist(['zero', 'mean']),
  randomOrders: v.pipe(count, v.minValue(1), v.maxValue(50)),
  /** Also the language-model head's loss without the neurons. */
  loss: v.boolean(),
  seed,
  jobId,
  fresh
})

export type NeuronOptions = v.InferOutput<typeof neuronOptions>
export type TaskMapOptions = v.InferOutput<typeof taskMapOptions>
export type ExpertOptions = v.InferOutput<typeof expertOptions>
export type HeadOptions = v.InferOutput<typeof headOptions>
export type AblationCorpus = PartLimit & { modelId: string; datasetId: string }
export type AblationMeasures = Omit<AblationScanOptions, 'unit' | 'edit'>
export type AblationSetOptions = v.InferOutput<typeof ablationSetOptions>
export type AblationScanOptions = v.InferOutput<typeof ablationScanOptions>
export type AblationChangeOptions = v.InferOutput<typeof ablationChangeOptions>
export type AblationProbeOptions = v.InferOutput<typeof ablationProbeOptions>
export type AblationPairOptions = v.InferOutput<typeof ablationPairOptions>
export type SimilarityOptions = v.InferOutput<typeof similarityOptions>
export type EraserOptions = v.InferOutput<typeof eraserOptions>
export type PruningOptions = v.InferOutput<typeof pruningOptions>
