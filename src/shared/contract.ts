import * as v from 'valibot'
import {
  ablationChangeOptions,
  ablationCorpus,
  ablationPairOptions,
  ablationProbeOptions,
  ablationSetOptions,
  ablationScanOptions,
  corpusRef,
  eraserOptions,
  interventions,
  neuronOptions,
  pruningOptions,
  similarityOptions,
  taskMapOptions
} from './ablationRequests'
import type {
  AblationSetResult,
  AblationScan,
  HeadTable,
  LogitLens,
  PatchGrid,
  PruningResult,
  SentenceEffect
} from './ablation'
import type { AblationChange, AblationPairs, AblationProbes, SentenceSimilarity } from './ablationEffects'
import type { ActivationRequest, CostEstimate } from './activations'
import type { AppInfo, EngineState, FolderListing, NativeStatus } from './app'
import type { BackendReport } from './backend'
import type { CkaResult, ModelFacts, ModelSpeed } from './compare'
import type { CurveEstimate, CurveResult } from './curve'
import type { SuspectLabel } from './dataCheck'
import type { DatasetInfo, DatasetPreview, DatasetSummary, SentencePage, SentenceRow } from './dataset'
import { bytes, count, jobId, layer, limit, metric, name, offset, path, pool, seed, sentenceRef } from './fields'
import type { CachedModel, HubLookup, HubPlace } from './hub'
import { interventionSet, setName, type InterventionSet, type KeptSet } from './intervention'
import type { JobStatus } from './jobs'
import { exportFormats, type KeptSummary } from './kept'
import type { MinimalPairResult, PairPreview, PairSet, ScoredPair, TokenProbabilities } from './minimalPairs'
import type { ModelEntry, ModelInfo, ParityCheck } from './model'
import type { NeuronResult } from './neurons'
import type { PairedTest } from './pairedTest'
import type { ProbeErrorRow, ProbeResult, ProbeSummary } from './probe'
import { curveOptions, probeOptions } from './probeRequests'
import type { RegressionItem, RegressionPoints, RegressionResult } from './regression'
import type { NearWord, ProjectionInput } from './projection'
import type { SentenceAnalysis } from './sentence'
import type { ProbeTests } from './signal'
import type { TaskMap } from './taskMap'
import type { FloatTensor, TensorData } from './tensorData'

/**
 * The single list of what the window may ask for: name, who answers, what goes in (validated at the boundary) and what
 * comes out. Both hosts look names up here; a name that is not in this table does not exist.
 */
interface Call<Where extends 'host' | 'engine', Input extends v.GenericSchema, Output> {
  /** `host`: files, dialogs, state. `engine`: everything that touches models and data. */
  where: Where
  input: Input
  /** Carries the output type only; never a value. */
  output?: Output
}

function host<Output>() {
  return <Input extends v.GenericSchema>(input: Input): Call<'host', Input, Output> => ({ where: 'host', input })
}

function engine<Output>() {
  return <Input extends v.GenericSchema>(input: Input): Call<'engine', Input, Output> => ({ where: 'engine', input })
}

const nothing = v.strictObject({})

const activations = { modelId: name, datasetId: name, split: name, pool, maxWords: v.nullable(count) }

const text = { modelId: name, datasetId: name, split: name, maxWords: v.nullable(count) }
const twoModels = {
  modelA: name,
  modelB: name,
  datasetId: name,
  split: name,
  pool,
  maxWords: v.nullable(count),
  estimator: v.picklist(['debiased', 'biased']),
  /** Words drawn from those with a vector in both models; null for all. */
  sample: v.nullable(count),
  seed
}
/** Where minimal pairs are, and their columns where these are not found by themselves. */
const pairSource = { path, good: v.optional(name), bad: v.optional(name), paradigm: v.optional(name) }
const sentenceText = v.pipe(v.string(), v.minLength(1), v.maxLength(20_000))
const runLayer = v.strictObject({ runId: name, layer })

const keptIds = v.pipe(v.array(name), v.minLength(1), v.maxLength(1000))

const columnChoice = v.strictObject({
  format: v.optional(name),
  layout: v.optional(v.picklist(['tokenPerLine', 'sentencePerRow'])),
  delimiter: v.optional(v.picklist(['tab', 'comma', 'semicolon', 'space'])),
  quoting: v.optional(v.boolean()),
  header: v.optional(v.boolean()),
  /** The columns of a preview, sent back with the roles as the user set them; see `ColumnChoice`. */
  columns: v.optional(
    v.array(
      v.object({
        index: count,
        name: v.optional(name),
        role: v.picklist(['word', 'label', 'text', 'sentenceId', 'tokenIndex', 'ignore'])
      })
    )
  )
})

/** What a file dialog is asked for: a checkpoint is a folder, word vectors are a file. */
const fileKind = v.picklist(['model', 'wordVectors', 'dataset', 'pairs'])
export type FileKind = v.InferOutput<typeof fileKind>

const datasetPaths = v.pipe(v.array(path), v.minLength(1), v.maxLength(20))

export type {
  AblationChangeOptions,
  AblationCorpus,
  AblationMeasures,
  AblationPairOptions,
  AblationProbeOptions,
  AblationSetOptions,
  AblationScanOptions,
  EraserOptions,
  PruningOptions,
  SimilarityOptions,
  TaskMapOptions
} from './ablationRequests'
export type { CurveOptions, ProbeOptions } from './probeRequests'

export const calls = {
  'app.info': host<AppInfo>()(nothing),
  'state.load': host<Record<string, unknown>>()(nothing),
  'state.save': host<null>()(v.strictObject({ key: name, value: v.unknown() })),
  /** The operating system's dialog, in a host that can show it; see `AppInfo.nativeDialogs`. */
  'files.pick': host<string[] | null>()(v.strictObject({ kind: fileKind })),
  /** One folder of the machine the engine runs on; the home folder when none is named. */
  'files.list': host<FolderListing>()(v.strictObject({ folder: v.optional(path) })),
  /** One piece of a file that was dropped or chosen in a browser; answers the path once the last piece is there. */
  'files.import': host<{ received: number; folder: string; path: string | null }>()(
    v.strictObject({
      importId: v.pipe(v.string(), v.regex(/^[a-z0-9-]{8,64}$/)),
      name: path,
      offset,
      total: count,
      bytes
    })
  ),
  'engine.state': host<EngineState>()(nothing),
  'engine.restart': host<EngineState>()(nothing),

  'device.status': engine<{ backend: BackendReport; native: NativeStatus }>()(nothing),
  /** Fetches and builds native TensorFlow; the engine must be restarted to use it. */
  'device.provision': engine<NativeStatus>()(v.strictObject({ jobId })),
  'job.list': engine<JobStatus[]>()(nothing),
  'job.cancel': engine<null>()(v.strictObject({ jobId: name })),

  'model.list': engine<ModelEntry[]>()(nothing),
  /**
   * A checkpoint's folder or a file of word vectors; with `untrained`, the checkpoint's twin with random weights of
   * that seed.
   */
  'model.open': engine<ModelInfo>()(v.strictObject({ path, untrained: v.optional(v.nullable(seed)), jobId })),
  /** Runs the inputs of the reference beside a model and compares with PyTorch's values. */
  'model.checkParity': engine<ParityCheck>()(v.strictObject({ modelId: name, jobId })),

  /** What a name (`org/name@revision`, or the address of its page) leads to. Asks the hub; writes nothing. */
  'hub.lookup': engine<HubLookup>()(
    v.strictObject({ reference: v.pipe(v.string(), v.minLength(1), v.maxLength(500)), jobId })
  ),
  /** Downloads what opening needs of the commit that a lookup named; answers the folder to open. */
  'hub.download': engine<{ folder: string }>()(
    v.strictObject({ repo: name, revision: name, commit: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)), jobId })
  ),
  /** Where models would be asked for, and those in the cache. Asks nobody. */
  'hub.cached': engine<{ place: HubPlace; models: CachedModel[] }>()(nothing),

  'dataset.list': engine<DatasetSummary[]>()(nothing),
  'dataset.preview': engine<DatasetPreview>()(
    v.strictObject({ paths: datasetPaths, choice: v.optional(columnChoice) })
  ),
  'dataset.open': engine<DatasetInfo>()(
    v.strictObject({
      paths: datasetPaths,
      splitNames: v.optional(v.array(name)),
      name: v.optional(name),
      choice: v.optional(columnChoice),
      /** For one file alone: the part that is trained on, and the seed of the draw. */
      trainFraction: v.optional(v.pipe(v.number(), v.minValue(0.05), v.maxValue(0.95))),
      seed: v.optional(seed),
      divideBy: v.optional(v.picklist(['document', 'sentence'])),
      jobId
    })
  ),
  'dataset.page': engine<SentencePage>()(
    v.strictObject({
      datasetId: name,
      split: name,
      query: v.pipe(v.string(), v.maxLength(1000)),
      filter: v.nullable(v.strictObject({ layer: name, value: v.pipe(v.string(), v.maxLength(500)) })),
      offset,
      limit,
      /** Word-level label layers to send along; none when left out. */
      layers: v.optional(v.array(name))
    })
  ),
  'dataset.sentence': engine<SentenceRow>()(v.strictObject({ datasetId: name, split: name, index: count })),
  /** Class of every word (or sentence) of a split; -1 where there is none. */
  'dataset.labels': engine<{ classes: string[]; ids: TensorData<Int32Array> }>()(
    v.strictObject({ datasetId: name, split: name, layer: name })
  ),
  /** Every word of a split with the sentence and the position it stands at. */
  'dataset.words': engine<{ forms: string[]; sentence: TensorData<Int32Array>; position: TensorData<Int32Array> }>()(
    v.strictObject({ datasetId: name, split: name })
  ),

  'sentence.analyze': engine<SentenceAnalysis>()(
    v.strictObject({
      modelId: name,
      sentence: sentenceRef,
      thumbnailSize: v.pipe(count, v.minValue(4), v.maxValue(64))
    })
  ),
  /** One head's map, rows are queries: [tokens, tokens]. `layer` counts blocks from 1, as the rail does. */
  'attention.head': engine<FloatTensor>()(v.strictObject({ modelId: name, sentence: sentenceRef, layer, head: layer })),
  /** All heads of one layer: [heads, tokens, tokens]. */
  'attention.layer': engine<FloatTensor>()(v.strictObject({ modelId: name, sentence: sentenceRef, layer })),

  'activations.estimate': engine<CostEstimate>()(v.strictObject(activations)),
  'activations.extract': engine<CostEstimate>()(v.strictObject({ ...activations, jobId })),

  'probe.estimate': engine<{
    extract: CostEstimate
    solveSeconds: number
    seconds: number
    memoryBytes: number
    diskBytes: number
  }>()(probeOptions),
  'probe.run': engine<ProbeResult>()(probeOptions),
  /** For a task whose labels are numbers: ridge regression. */
  'probe.regress': engine<RegressionResult>()(probeOptions),
  'probe.regression': engine<RegressionResult>()(v.strictObject({ runId: name })),
  'probe.regressionPoints': engine<RegressionPoints>()(v.strictObject({ runId: name, layer })),
  'probe.regressionItems': engine<RegressionItem[]>()(
    v.strictObject({ runId: name, items: v.pipe(v.array(count), v.maxLength(100)) })
  ),
  'probe.list': engine<ProbeSummary[]>()(nothing),
  'probe.result': engine<ProbeResult>()(v.strictObject({ runId: name })),
  'probe.delete': engine<null>()(v.strictObject({ runId: name })),
  /** [classes, classes], rows gold, columns predicted. */
  'probe.confusion': engine<TensorData<Int32Array>>()(v.strictObject({ runId: name, layer })),
  'probe.errors': engine<{ total: number; rows: ProbeErrorRow[] }>()(
    v.strictObject({
      runId: name,
      layer,
      gold: v.nullable(v.string()),
      predicted: v.nullable(v.string()),
      offset,
      limit
    })
  ),
  /** Test items whose label is doubtful: several layers surely give the same other answer. */
  'probe.suspects': engine<{ total: number; rows: SuspectLabel[] }>()(v.strictObject({ runId: name, offset, limit })),
  /**
   * Every layer's prediction for every word of one sentence: class ids [layers, words] and the probability given to
   * them.
   */
  'probe.predict': engine<{
    layers: number[]
    classes: string[]
    predicted: TensorData<Int32Array>
    probability: FloatTensor
  }>()(v.strictObject({ runId: name, sentence: sentenceRef })),

  /** Everything that was computed and is kept, of every kind, newest first. */
  'results.list': engine<KeptSummary[]>()(nothing),
  /** The text of a file: csv, json, a LaTeX table, a methods paragraph or BibTeX. */
  'results.export': engine<{ text: string }>()(v.strictObject({ ids: keptIds, format: v.picklist(exportFormats) })),
  'results.rename': engine<null>()(v.strictObject({ id: name, name: v.pipe(v.string(), v.maxLength(200)) })),
  'results.delete': engine<null>()(v.strictObject({ ids: keptIds })),
  /** Takes deleted ones back, for a day. */
  'results.restore': engine<null>()(v.strictObject({ ids: keptIds })),

  'curve.estimate': engine<CurveEstimate>()(curveOptions),
  /** Trains what is missing of a curve and keeps it; an interrupted one goes on where it stopped. */
  'curve.run': engine<CurveResult>()(curveOptions),
  'curve.list': engine<CurveResult[]>()(nothing),
  'curve.delete': engine<null>()(v.strictObject({ curveId: name })),

  /** Sets of minimal pairs that come with the app. */
  'pairs.sets': engine<PairSet[]>()(nothing),
  /** How a file or folder of pairs would be read. */
  'pairs.preview': engine<PairPreview>()(v.strictObject(pairSource)),
  /** Which sentence of each minimal pair a language model finds more probable. */
  'pairs.run': engine<MinimalPairResult>()(
    v.strictObject({ modelId: name, ...pairSource, pairs: v.nullable(v.pipe(count, v.minValue(1))), jobId })
  ),
  'pairs.result': engine<MinimalPairResult>()(v.strictObject({ runId: name })),
  /** Pairs of a kept run with their scores, the most wrong first. */
  'pairs.page': engine<{ total: number; rows: ScoredPair[] }>()(
    v.strictObject({ runId: name, paradigm: v.nullable(v.pipe(v.string(), v.maxLength(500))), offset, limit })
  ),
  /** Both sentences of one pair, token by token. */
  'pairs.tokens': engine<{ good: TokenProbabilities; bad: TokenProbabilities }>()(
    v.strictObject({
      modelId: name,
      good: sentenceText,
      bad: sentenceText,
      completions: v.optional(v.strictObject({ good: sentenceText, bad: sentenceText })),
      jobId
    })
  ),

  /**
   * What interventions do to one sentence; `corpus` is where means and values of other tokens come from, `runIds` kept
   * runs whose probes are asked at every layer.
   */
  'ablation.sentence': engine<SentenceEffect>()(
    v.strictObject({
      modelId: name,
      sentence: sentenceRef,
      interventions,
      corpus: corpusRef,
      runIds: v.optional(v.pipe(v.array(name), v.maxLength(8)), []),
      jobId
    })
  ),
  /** The language-model head read at every layer, and what becomes of watched words. */
  'ablation.lens': engine<LogitLens>()(
    v.strictObject({
      modelId: name,
      sentence: sentenceRef,
      watched: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(100))), v.maxLength(20)),
      interventions,
      corpus: corpusRef,
      jobId
    })
  ),
  /** Values of one sentence put into another, place by place: how far each carries the answer over. */
  'ablation.patch': engine<PatchGrid>()(
    v.strictObject({
      modelId: name,
      text: v.pipe(v.string(), v.minLength(1), v.maxLength(20_000)),
      source: v.pipe(v.string(), v.minLength(1), v.maxLength(20_000)),
      kind: v.picklist(['resid', 'attention', 'mlp', 'head']),
      /** Token whose answer is read; the last one when null. */
      place: v.nullable(count),
      first: name,
      second: name,
      jobId
    })
  ),
  /** Every head, attention, MLP or block switched off alone, on a corpus. */
  'ablation.scan': engine<AblationScan>()(ablationScanOptions),
  /** A set of interventions on a corpus, beside random sets of the same size. */
  'ablation.set': engine<AblationSetResult>()(ablationSetOptions),
  /** How far a set takes hidden states and attention from what they were, layer by layer, beside random sets. */
  'ablation.change': engine<AblationChange>()(ablationChangeOptions),
  /** What a set leaves to probes that were trained before, and to new ones. */
  'ablation.probes': engine<AblationProbes>()(ablationProbeOptions),
  /** Minimal pairs with a set, beside random sets. */
  'ablation.pairs': engine<AblationPairs>()(ablationPairOptions),
  /** The cosine of two sentences' vectors with and without a set, beside random sets. */
  'ablation.similarity': engine<SentenceSimilarity>()(similarityOptions),
  /** Fits the edits after which a linear probe of a task finds nothing at some layers. */
  'ablation.eraser': engine<InterventionSet>()(eraserOptions),
  /** Names of the sets that were kept, and how many interventions each has. */
  'sets.list': engine<KeptSet[]>()(nothing),
  'sets.load': engine<InterventionSet>()(v.strictObject({ name: setName })),
  /** The same name again replaces it. */
  'sets.keep': engine<null>()(interventionSet),
  'sets.forget': engine<null>()(v.strictObject({ name: setName })),
  /** More and more of them switched off, the least important first, beside random orders. */
  'ablation.prune': engine<PruningResult>()(pruningOptions),
  /** Every part of the model by every task, in one pass that is kept as it goes. */
  'ablation.map': engine<TaskMap>()(taskMapOptions),
  /** Neurons ranked by a probe and taken away, from the probe's input and from the model. */
  'ablation.neurons': engine<NeuronResult>()(neuronOptions),
  /** What each head attends to over a corpus. */
  'ablation.heads': engine<HeadTable>()(v.strictObject({ ...ablationCorpus, jobId })),

  /** Exact neighbours and principal components of the words of one layer; `maxPoints` null takes all of them. */
  'projection.input': engine<ProjectionInput>()(
    v.strictObject({
      ...activations,
      layer,
      maxPoints: v.nullable(count),
      neighbours: v.pipe(count, v.minValue(2), v.maxValue(50)),
      components: v.pipe(count, v.minValue(2), v.maxValue(10)),
      metric,
      seed,
      jobId
    })
  ),
  /** The words nearest to one word in a layer's own space, over the whole split. */
  'projection.nearest': engine<NearWord[]>()(
    v.strictObject({
      ...activations,
      layer,
      sentence: count,
      position: count,
      count: v.pipe(count, v.minValue(1), v.maxValue(100)),
      metric
    })
  ),

  /** What it takes to have the word vectors that `compare.cka` needs. */
  'compare.estimate': engine<CostEstimate>()(v.strictObject(twoModels)),
  /** Linear CKA of every layer of one model with every layer of another (or the same). */
  'compare.cka': engine<CkaResult>()(v.strictObject({ ...twoModels, jobId })),
  /** Subwords the model makes of a text, and the memory it takes. */
  'compare.facts': engine<ModelFacts>()(v.strictObject(text)),
  'compare.speed': engine<ModelSpeed>()(v.strictObject({ ...text, jobId })),
  /**
   * Accuracy of one layer's probe minus that of another's on the same test words, for every pair; p-values are
   * corrected for all of them.
   */
  'compare.differences': engine<PairedTest[]>()(
    v.strictObject({
      pairs: v.pipe(v.array(v.strictObject({ a: runLayer, b: runLayer })), v.maxLength(1000)),
      seed,
      jobId
    })
  ),
  /** The layers of a kept run against the best one and against their controls. */
  'compare.tests': engine<ProbeTests>()(v.strictObject({ runId: name, seed, jobId }))
} as const

export type Calls = typeof calls
export type CallName = keyof Calls
export type CallInput<N extends CallName> = v.InferInput<Calls[N]['input']>
export type CallParsed<N extends CallName> = v.InferOutput<Calls[N]['input']>
export type CallOutput<N extends CallName> = NonNullable<Calls[N]['output']> | Extract<Calls[N]['output'], null>
export type HostCallName = { [N in CallName]: Calls[N]['where'] extends 'host' ? N : never }[CallName]
export type EngineCallName = Exclude<CallName, HostCallName>

/** What the app tells the window unasked. */
export interface Events {
  'job.changed': JobStatus
  'engine.state': EngineState
  /** Paths opened from the menu, the command line or the operating system. */
  'files.opened': { paths: string[] }
  /** A menu item the window carries out itself. */
  'menu.command': { command: 'open-model' | 'open-dataset' | 'toggle-theme' | 'export' | 'command-palette' }
}

export type EventName = keyof Events

/** Handlers of every call one side answers. */
export type Handlers<N extends CallName> = { [K in N]: (input: CallParsed<K>) => Promise<CallOutput<K>> }

export type ActivationInput = ActivationRequest
