import type { CostEstimate } from '@shared/activations'
import type { ProbeOptions } from '@shared/contract'
import type { SuspectLabel } from '@shared/dataCheck'
import type { DatasetInfo } from '@shared/dataset'
import type { JobHandle } from '@shared/jobs'
import { treeTask, type ProbeErrorRow, type ProbeResult, type ProbeSummary } from '@shared/probe'
import { probeKinds } from '@shared/probeMethods'
import type { Provenance } from '@shared/provenance'
import type { SentenceRef } from '@shared/sentence'
import { tensorData, type FloatTensor, type TensorData } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import type { KeptProbe } from '../ablations/measures/probeAccuracy'
import { poolWords } from '../activations/pooling'
import { currentBackend } from '../backends/pick'
import { layerIndex, sameSettings, type TestedRun } from '../compare/probeTests'
import type { DatasetStore } from '../datasets/datasetStore'
import { sentenceStarts } from '../datasets/sentenceStarts'
import { newIdentity, type ResultLibrary } from '../results/resultLibrary'
import { answerOf } from '../probes/keptNetworks'
import { mixedStates } from '../probes/methods/mixedStates'
import { collectProvenance } from '../results/provenance/collect'
import type { ProbeMethod } from '../probes/methods/method'
import { spanAttention, spanKeyWidth } from '../probes/solvers/spanAttention'
import { runProbe, type ProbeItems, type ProbeRunOutcome } from '../probes/probeRunner'
import { runStructural, type TreeItems } from '../probes/structural/structuralRunner'
import { tuneRegularisation } from '../probes/tuning'
import type { ActivationService } from './activationService'
import type { Activations } from '../activations/wordVectors'
import type { ModelService } from './modelService'
import { partOfJob } from '../jobs/partOfJob'
import { addEntityScores } from '../tasks/entityScores'
import { findTask } from '../tasks/tasks'
import type { Task } from '../tasks/task'
import { attentionItems } from '../tasks/spanWords'
import { itemsWithin, probeItems, widthOf } from '../tasks/vectors'
import type { TaskTexts } from './taskTexts'
import { treeSplit } from './treeSplit'
import { findErrors, placeOf } from './probeErrors'
import { ProbeLibrary, type ProbeTensors } from './probeLibrary'
import { estimateSolve, tuningShare } from './probeEstimate'
import { runDataCheck, type ScoredItems } from './runDataCheck'
import { suspectLabels } from './suspectLabels'
import type { SentenceService } from './sentenceService'

export interface ProbeEstimate {
  extract: CostEstimate
  solveSeconds: number
  seconds: number
  memoryBytes: number
  diskBytes: number
}

/** One part of the data and its vectors. */
interface LoadedSplit {
  split: string
  vectors: Activations
}

/** Layer-wise probes over a data set: extracts what is missing, trains all layers, keeps the result. */
export class ProbeService {
  private readonly library: ProbeLibrary

  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly activations: ActivationService,
    private readonly sentences: SentenceService,
    private readonly texts: TaskTexts,
    results: ResultLibrary
  ) {
    this.library = new ProbeLibrary(results)
  }

  title(options: ProbeOptions): string {
    if (options.probe.kind === 'structural') return `Probing ${treeTask.title}`
    return `Probing ${this.datasets.info(options.datasetId).tasks.find(({ id }) => id === options.task)?.title ?? options.task}`
  }

  async estimate(options: ProbeOptions): Promise<ProbeEstimate> {
    const task =
      options.probe.kind === 'structural' ? null : findTask(this.datasets.get(options.datasetId), options.task)
    const train = await this.activations.estimate(this.request(options, 'train'))
    const test = await this.activations.estimate(this.request(options, 'test'))
    const extract: CostEstimate = {
      words: train.words + test.words,
      subwords: train.subwords + test.subwords,
      seconds: train.seconds + test.seconds,
      memoryBytes: Math.max(train.memoryBytes, test.memoryBytes),
      diskBytes: train.diskBytes + test.diskBytes,
      cached: train.cached && test.cached
    }
    const solve = this.solveEstimate(options, task, train.words, test.words)
    return {
      extract,
      solveSeconds: solve.seconds,
      seconds: extract.seconds + solve.seconds,
      memoryBytes: Math.max(extract.memoryBytes, solve.memoryBytes),
      diskBytes: extract.diskBytes
    }
  }

  /** Seconds of training on `share` of the training part and testing, extraction left out. */
  solveSeconds(options: ProbeOptions, share: number): number {
    const words = (which: 'train' | 'test'): number => this.activations.extent(this.request(options, which)).words
    return this.solveEstimate(options, this.classTask(options), Math.round(share * words('train')), words('test'))
      .seconds
  }

  private solveEstimate(
    options: ProbeOptions,
    task: Task | null,
    trainWords: number,
    testWords: number
  ): ReturnType<typeof estimateSolve> {
    const model = this.models.info(options.modelId)
    return estimateSolve({
      trainWords: this.countItems(task, options, options.trainSplit, trainWords),
      testWords: this.countItems(task, options, options.testSplit, testWords),
      width: widthOf(task?.unit ?? treeTask.unit, model.width, options.span ?? 'mean'),
      layers: options.layers?.length ?? model.layers + 1,
      classes: task?.classes.length ?? 0,
      control: options.control,
      codelength: options.codelength,
      restarts: options.restarts,
      seeds: options.seeds ?? 1,
      tune: options.tune,
      probe: options.probe,
      backend: currentBackend()?.name ?? 'cpu'
    })
  }

  async run(options: ProbeOptions, job: JobHandle): Promise<ProbeResult> {
    const started = performance.now()
    const dataset = this.datasets.info(options.datasetId)
    const task = this.classTask(options)
    const model = this.models.info(options.modelId)
    const layers = options.layers ?? Array.from({ length: model.layers + 1 }, (_, layer) => layer)
    const estimate = await this.estimate(options)
    const extractShare = estimate.seconds > 0 ? Math.min(0.95, estimate.extract.seconds / estimate.seconds) : 0
    const load = async (which: 'train' | 'test', from: number, to: number): Promise<LoadedSplit> => ({
      split: which === 'train' ? options.trainSplit : options.testSplit,
      vectors: await this.activations.ensure(this.request(options, which), partOfJob(job, from, to))
    })
    const train = await load('train', 0, extractShare / 2)
    const test = await load('test', extractShare / 2, extractShare)
    const extractSeconds = (performance.now() - started) / 1000

    const solve = partOfJob(job, extractShare, 1)
    const outcome = task
      ? await this.runClasses(options, task, layers, train, test, solve)
      : await this.runTrees(options, layers, train, test, solve)
    const { id, title, unit } = task ?? treeTask
    const dataCheck = runDataCheck(
      this.datasets,
      { datasetId: dataset.id, split: train.split, words: train.vectors.words },
      { datasetId: dataset.id, split: test.split, words: test.vectors.words },
      task ? this.scoredItems(options, task, outcome.tensors) : null,
      outcome.summary.layers
    )
    const result: ProbeResult = {
      ...newIdentity(),
      model: { id: model.id, name: model.name, layers: model.layers, ...(model.twin ? { twin: model.twin } : {}) },
      dataset: describeDataset(dataset, options),
      task: { id, title, unit },
      pool: options.pool,
      classes: task?.classes ?? [],
      ...outcome.summary,
      coverage: { train: coverageOf(train.vectors), test: coverageOf(test.vectors) },
      options: { ...outcome.options, maxTrainWords: options.maxTrainWords, maxTestWords: options.maxTestWords },
      backend: currentBackend()?.title ?? '',
      seconds: { extract: extractSeconds, ...outcome.seconds, total: (performance.now() - started) / 1000 },
      versions: { node: process.versions.node },
      dataCheck,
      provenance: await this.provenance(options)
    }
    this.library.save(result, outcome.tensors)
    return result
  }

  private async runClasses(
    options: ProbeOptions,
    task: Task,
    layers: readonly number[],
    train: LoadedSplit,
    test: LoadedSplit,
    job: JobHandle
  ): Promise<ProbeRunOutcome> {
    const { control, codelength, restarts, seeds, seed, tune } = options
    const { train: trainItems, test: testItems, width, method } = this.partsOf(options, task, train, test)
    const input = { layers, width, train: trainItems, classes: task.classes }
    const share = tuningShare(options)
    const tuned = tune
      ? await tuneRegularisation({ ...input, job }, options.probe, tune, seed, partOfJob(job, 0, share))
      : null
    const probe = tuned?.probe ?? options.probe
    const outcome = await runProbe({
      ...input,
      test: testItems,
      method,
      options: { probe, control, codelength, restarts, seeds, seed },
      job: partOfJob(job, share, 1)
    })
    if (tuned) outcome.options.tuning = tuned.tuning
    if (isSpanTask(task)) outcome.options.span = options.span ?? 'mean'
    if (task.bio) await addEntityScores(outcome, testItems, task.classes, seed, job)
    return outcome
  }

  private async runTrees(
    options: ProbeOptions,
    layers: readonly number[],
    train: LoadedSplit,
    test: LoadedSplit,
    job: JobHandle
  ): Promise<Omit<ProbeRunOutcome, 'tensors'> & { tensors: ProbeTensors }> {
    const { probe, seed, seeds, tune } = options
    if (probe.kind !== 'structural') throw new TypeError(`'${probe.kind}' does not learn trees.`)
    if (tune)
      throw new UserError('Only the C of the linear probe is tuned; the structural probe has none: leave tuning out.')
    const data = (loaded: LoadedSplit): TreeItems =>
      treeSplit(this.datasets, options.datasetId, loaded.split, loaded.vectors)
    const { solver, ...outcome } = await runStructural({
      layers,
      width: train.vectors.width,
      train: data(train),
      test: data(test),
      options: probe,
      seed,
      seeds,
      job
    })
    return {
      ...outcome,
      options: {
        probe,
        codelength: false,
        restarts: 1,
        ...((seeds ?? 1) > 1 ? { seeds } : {}),
        standardise: true,
        seed,
        solver
      }
    }
  }

  private scoredItems(
    { datasetId, testSplit, seed }: ProbeOptions,
    task: Task,
    { gold, predictions }: ProbeTensors
  ): ScoredItems {
    const { sentence } = this.datasets.words(datasetId, testSplit)
    return {
      sentences: task.items(testSplit, seed).first.map((word) => sentence[word]!),
      gold: gold!.data,
      predictions: predictions!.data
    }
  }

  list(): ProbeSummary[] {
    return this.library.list()
  }
  result(runId: string): ProbeResult {
    return this.library.result(runId)
  }
  delete(runId: string): void {
    this.library.delete(runId)
  }

  /** [classes, classes], rows gold, columns predicted. */
  confusion(runId: string, layer: number): TensorData<Int32Array> {
    const result = this.library.result(runId)
    const { data } = this.library.tensor(runId, 'confusion')
    const cells = result.classes.length ** 2
    const at = layerIndex(result, layer) * cells
    return tensorData([result.classes.length, result.classes.length], Int32Array.from(data.subarray(at, at + cells)))
  }

  /** Test items whose label is doubtful, for several layers surely answer otherwise. */
  suspects(runId: string): SuspectLabel[] {
    const result = this.library.result(runId)
    if (result.options.probe.kind === 'structural') return []
    return suspectLabels(
      result,
      (name) => this.library.tensor(runId, name).data,
      placeOf(result, this.datasets, this.texts)
    )
  }

  errors(request: {
    runId: string
    layer: number
    gold: string | null
    predicted: string | null
    offset: number
    limit: number
  }): { total: number; rows: ProbeErrorRow[] } {
    const result = this.library.result(request.runId)
    return findErrors(
      result,
      layerIndex(result, request.layer),
      (name) => this.library.tensor(request.runId, name).data,
      this.datasets,
      this.texts,
      request
    )
  }

  /**
   * What every layer's probe of a kept run answered on the test items, and the sentence of each.
   * @throws UserError for a structural probe, which answers no labels
   */
  tested(runId: string): TestedRun {
    const result = this.library.result(runId)
    if (result.options.probe.kind === 'structural')
      throw new UserError(
        'A structural probe tells trees, not labels: its layers are compared by their intervals, not by paired tests.'
      )
    const gold = this.library.tensor(runId, 'gold').data
    const { id, testSplit } = result.dataset
    const { sentence } = this.datasets.words(id, testSplit)
    const sentences = findTask(this.datasets.get(id), result.task.id)
      .items(testSplit, result.options.seed)
      .first.map((word) => sentence[word]!)
    return {
      result,
      gold,
      sentences: sentences.slice(0, gold.length),
      predictions: this.library.tensor(runId, 'predictions').data,
      memoriser: this.library.tensorIfKept(runId, 'memoriser')?.data ?? null,
      controlRight: this.library.tensorIfKept(runId, 'controlRight')?.data ?? null
    }
  }

  /** The newest kept run of the untrained twin of a run's model with the same settings; null where there is none. */
  twinOf(runId: string): string | null {
    const result = this.library.result(runId)
    const { dataset, task } = result
    const candidates = this.library
      .list()
      .filter((run) => run.modelId === result.model.twin && run.datasetId === dataset.id && run.task.id === task.id)
    return candidates.find((run) => sameSettings(this.library.result(run.id), result))?.id ?? null
  }

  /**
   * The probe of one layer of a kept run, with the gold labels of a split: what ablations are measured by.
   * @throws UserError where the run was on another model, its probes are not linear, or its task labels no words of
   * this data set
   */
  kept(
    runId: string,
    layer: number,
    { modelId, datasetId, split }: { modelId: string; datasetId: string; split: string }
  ): KeptProbe {
    const result = this.library.result(runId)
    if (result.model.id !== modelId)
      throw new UserError(`This probe was trained on ${result.model.name}; run one on the model that is open.`)
    if (result.task.unit !== 'token')
      throw new UserError(
        `'${result.task.title}' labels ${carriers[result.task.unit]}; ablations are measured by probes of words.`
      )
    const { kind } = result.options.probe
    if (kind === 'mix' || this.library.network(runId).length !== 1)
      throw new UserError(
        `Ablations are measured by linear probes of one layer; this run is of the kind '${probeKinds[kind].title}'.`
      )
    const index = layerIndex(result, layer)
    const weights = this.library.tensor(runId, 'weights')
    const [, rows, classes] = weights.shape as [number, number, number]
    const { classes: names, ids } = this.datasets.labels(datasetId, split, result.task.id)
    // The data set may number its classes otherwise than the one the probe was trained on.
    const classOf = names.map((name) => result.classes.indexOf(name))
    const starts = sentenceStarts(this.datasets.text(datasetId, split).sentences)
    return {
      task: result.task.title,
      layer,
      pooling: result.pool,
      weights: weights.data.slice(index * rows * classes, (index + 1) * rows * classes),
      classes,
      width: rows - 1,
      gold: (sentence, word) => classOf[ids[starts[sentence]! + word]!] ?? -1
    }
  }

  /**
   * The linear probes of all layers of a kept run, to be asked again of hidden states that are changed.
   * @throws UserError where the run was on another model, or its probes are not linear or not of words
   */
  keptLayers(runId: string, modelId: string) {
    const result = this.library.result(runId)
    if (result.model.id !== modelId)
      throw new UserError(`This probe was trained on ${result.model.name}; run one on the model that is open.`)
    const { kind } = result.options.probe
    const network = this.library.network(runId)
    if (result.task.unit !== 'token' || kind === 'mix' || network.length !== 1)
      throw new UserError(
        `'${result.task.title}' was probed by ${probeKinds[kind].title}; only linear probes of words say something of a sentence while the model changes.`
      )
    return {
      runId,
      task: result.task,
      pooling: result.pool,
      layers: result.layers.map(({ layer }) => layer),
      classes: result.classes,
      weights: network[0]!
    }
  }

  /** Every layer's answer for every word of one sentence, by the probes of a kept run. */
  async predict(
    runId: string,
    sentence: SentenceRef
  ): Promise<{ layers: number[]; classes: string[]; predicted: TensorData<Int32Array>; probability: FloatTensor }> {
    const result = this.library.result(runId)
    if (result.task.unit !== 'token')
      throw new UserError(
        `'${result.task.title}' labels ${carriers[result.task.unit]}; it says nothing about single words.`
      )
    const layers = result.layers.map((layer) => layer.layer)
    const { encoded, layers: hidden } = await this.sentences.hiddenStates(result.model.id, sentence)
    const network = this.library.network(runId)
    if (network.length === 0)
      throw new UserError(
        `A probe of kind '${probeKinds[result.options.probe.kind].title}' is not kept; it answers the test words of its run alone.`
      )
    const mix = result.options.probe.kind === 'mix' ? this.library.tensor(runId, 'mix') : null
    const { words } = encoded
    const width = hidden[0]!.length / encoded.ids.length
    const predicted = new Int32Array(layers.length * words.length).fill(-1)
    const probability = new Float32Array(layers.length * words.length)
    const window = { sentence: 0, ids: encoded.ids, wordOfToken: encoded.wordOfToken, from: 0, to: encoded.wordsTaken }
    const known = new Set(encoded.wordOfToken)
    layers.forEach((layer, i) => {
      const vectors = new Float32Array(words.length * width)
      poolWords(mix ? mixedStates(hidden, mix, i) : hidden[layer]!, 0, width, window, result.pool, vectors, 0)
      words.forEach((_, word) => {
        if (!known.has(word)) return
        const answer = answerOf(vectors.subarray(word * width, (word + 1) * width), network, i)
        predicted[i * words.length + word] = answer.label
        probability[i * words.length + word] = answer.probability
      })
    })
    const shape = [layers.length, words.length]
    return {
      layers,
      classes: result.classes,
      predicted: tensorData(shape, predicted),
      probability: tensorData(shape, probability)
    }
  }

  /** What a run depends on, for its result to keep. */
  private provenance({ modelId, datasetId, jobId: _job, ...request }: ProbeOptions): Promise<Provenance> {
    return collectProvenance(
      request,
      this.models.info(modelId),
      this.datasets.info(datasetId),
      this.datasets.openedBy(datasetId)
    )
  }

  /**
   * One part of the data as a probe for classes sees it, with its vectors, which are extracted where they are missing.
   */
  async part(options: ProbeOptions, which: 'train' | 'test', job: JobHandle): Promise<ReturnType<typeof probeItems>> {
    const task = findTask(this.datasets.get(options.datasetId), options.task)
    return this.items(options, task, {
      split: which === 'train' ? options.trainSplit : options.testSplit,
      vectors: await this.activations.ensure(this.request(options, which), job)
    })
  }

  /** Structural probes as a run trains them, which are not kept. */
  async structural(options: ProbeOptions, job: JobHandle): Promise<ProbeRunOutcome['summary']> {
    const load = async (split: string, which: 'train' | 'test'): Promise<LoadedSplit> => ({
      split,
      vectors: await this.activations.ensure(this.request(options, which), partOfJob(job, 0, 0.1))
    })
    const [train, test] = [await load(options.trainSplit, 'train'), await load(options.testSplit, 'test')]
    return (await this.runTrees(options, options.layers ?? [], train, test, partOfJob(job, 0.1, 1))).summary
  }

  /**
   * Null for trees, which no task stands for. @throws UserError for a task the data set does not have, and for a
   * quantity
   */
  private classTask(options: Pick<ProbeOptions, 'datasetId' | 'task' | 'probe'>): Task | null {
    if (options.probe.kind === 'structural') return null
    const task = findTask(this.datasets.get(options.datasetId), options.task)
    if (task.kind === 'number')
      throw new UserError(`'${task.id}' is a number; a probe for classes cannot be trained on it, a regression can.`)
    return task
  }

  /**
   * Both parts as a probe reads them: vectors of items, or for the attention-pooled span probe their words. @throws
   * UserError where attention cannot be learned
   */
  private partsOf(
    options: ProbeOptions,
    task: Task,
    train: LoadedSplit,
    test: LoadedSplit
  ): { train: ProbeItems; test: ProbeItems; width: number; method?: ProbeMethod } {
    if (options.span !== 'attention') {
      const [trainItems, testItems] = [this.items(options, task, train), this.items(options, task, test)]
      return { train: trainItems, test: testItems, width: trainItems.width }
    }
    const { kind } = options.probe
    if (!isSpanTask(task))
      throw new UserError(
        `'${task.id}' labels ${carriers[task.unit]}; attention pools the words of spans and of pairs of them. Leave it out, or choose a task of spans or pairs.`
      )
    if (kind !== 'mlp' && kind !== 'mix')
      throw new UserError(
        `Attention over the words of a span is learned with the probe; choose the probe ${probeKinds.mlp.title} or ${probeKinds.mix.title}, not ${probeKinds[kind].title}.`
      )
    const read = ({ split, vectors }: LoadedSplit, part: 0 | 1) =>
      attentionItems(
        task.unit,
        task.items(split, options.seed),
        this.datasets.words(options.datasetId, split).sentence,
        vectors,
        part
      )
    const [trainPart, testPart] = [read(train, 0), read(test, 1)]
    return {
      train: trainPart.items,
      test: testPart.items,
      width: spanKeyWidth,
      method: spanAttention([trainPart.words, testPart.words], kind)
    }
  }

  private items(options: ProbeOptions, task: Task, { split, vectors }: LoadedSplit): ReturnType<typeof probeItems> {
    return probeItems(
      task.unit,
      task.items(split, options.seed),
      this.datasets.words(options.datasetId, split).sentence,
      vectors,
      options.span ?? 'mean'
    )
  }

  private countItems(task: Task | null, options: ProbeOptions, split: string, words: number): number {
    return task === null || task.unit === 'token' ? words : itemsWithin(task.items(split, options.seed), words)
  }

  private request(options: ProbeOptions, which: 'train' | 'test') {
    const split = which === 'train' ? options.trainSplit : options.testSplit
    return {
      modelId: options.modelId,
      datasetId: options.datasetId,
      split:
        options.probe.kind === 'structural'
          ? split
          : this.texts.splitOf(findTask(this.datasets.get(options.datasetId), options.task), split, options.seed),
      pool: options.pool,
      maxWords: which === 'train' ? options.maxTrainWords : options.maxTestWords
    }
  }
}

/** Words of a part, and those the model has no vector for. */
function coverageOf({ words, missing }: Activations): { words: number; missing: number } {
  return { words, missing: missing.length }
}

/** Whether items of a task are stretches of words, which can be pooled in several ways. */
function isSpanTask({ unit }: Task): boolean {
  return unit === 'span' || unit === 'pair'
}

const carriers = {
  token: 'words',
  span: 'stretches of words',
  pair: 'pairs of words',
  sentence: 'whole sentences'
} as const

export function describeDataset(dataset: DatasetInfo, { trainSplit, testSplit }: ProbeOptions): ProbeResult['dataset'] {
  const hash = (name: string): string => dataset.splits.find((split) => split.name === name)?.fileHash ?? ''
  return {
    id: dataset.id,
    name: dataset.name,
    trainSplit,
    testSplit,
    trainHash: hash(trainSplit),
    testHash: hash(testSplit)
  }
}
