import { costOfBoth, type CostEstimate } from '@shared/activations'
import { codelengthRefusal } from '@shared/codelength'
import type { ProbeOptions } from '@shared/contract'
import type { DatasetInfo } from '@shared/dataset'
import type { JobHandle } from '@shared/jobs'
import { treeTask, type ProbeResult } from '@shared/probe'
import { learnsTrees } from '@shared/probeMethods'
import type { Computed } from '@shared/results'
import { settingsToTry } from '@shared/tuning'
import { UserError } from '@shared/userError'
import type { Activations } from '../activations/wordVectors'
import { currentBackend } from '../backends/pick'
import type { Dataset } from '../datasets/dataset'
import type { DatasetStore } from '../datasets/datasetStore'
import { runDataCheck, type ScoredItems } from '../datasets/runDataCheck'
import type { MeasuredPaces } from '../jobs/measuredPaces'
import { partOfJob } from '../jobs/partOfJob'
import { crossValidate } from '../probes/crossValidation'
import { estimateSolve, tuningShare } from '../probes/probeEstimate'
import { runProbe, type ProbeRunInput, type ProbeRunOutcome } from '../probes/probeRunner'
import { ranksWithin, runStructural } from '../probes/structural/structuralRunner'
import { tuneProbe } from '../probes/tuning'
import type { RunOutcome } from '../results/kind'
import { addEntityScores } from '../tasks/entityScores'
import type { Task } from '../tasks/task'
import { findTask } from '../tasks/tasks'
import { widthOf } from '../tasks/vectors'
import type { ActivationService } from './activationService'
import type { ModelService } from './modelService'
import type { ProbeLibrary, ProbeTensors } from './probeLibrary'
import { isSpanTask, type LoadedPart, type Part, type ProbeParts } from './probeParts'

export interface ProbeEstimate {
  extract: CostEstimate
  solveSeconds: number
  seconds: number
  memoryBytes: number
  diskBytes: number
}

/** What probes are trained on and tested on. */
interface ProbeData {
  layers: readonly number[]
  train: LoadedPart
  test: LoadedPart
}

/** Layer-wise probes over a data set: extracts what is missing, trains all layers. */
export class ProbeService {
  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly activations: ActivationService,
    private readonly parts: ProbeParts,
    private readonly library: ProbeLibrary,
    private readonly paces: MeasuredPaces
  ) {}

  title(options: ProbeOptions): string {
    if (learnsTrees(options.probe)) return `Probing ${treeTask.title}`
    const task = this.datasets.info(options.datasetId).tasks.find(({ id }) => id === options.task)
    return `Probing ${task?.title ?? options.task}`
  }

  async estimate(options: ProbeOptions): Promise<ProbeEstimate> {
    const task = learnsTrees(options.probe) ? null : findTask(this.datasets.get(options.datasetId), options.task)
    const train = await this.activations.estimate(this.parts.request(options, 'train'))
    const test = await this.activations.estimate(this.parts.request(options, 'test'))
    const extract = costOfBoth(train, test)
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
    const words = (part: Part): number => this.activations.extent(this.parts.request(options, part)).words
    return this.solveEstimate(options, this.parts.classTask(options), Math.round(share * words('train')), words('test'))
      .seconds
  }

  private solveEstimate(
    options: ProbeOptions,
    task: Task | null,
    trainWords: number,
    testWords: number
  ): ReturnType<typeof estimateSolve> {
    const model = this.models.info(options.modelId)
    const { seconds, memoryBytes } = estimateSolve({
      trainWords: this.parts.countItems(task, options, 'train', trainWords),
      testWords: this.parts.countItems(task, options, 'test', testWords),
      width: widthOf(task?.unit ?? treeTask.unit, model.width, options.span ?? 'mean'),
      layers: options.layers?.length ?? model.layers + 1,
      classes: task?.classes.length ?? 0,
      control: options.control,
      conditional: options.conditional ?? false,
      codelength: options.codelength,
      restarts: options.restarts,
      seeds: options.seeds ?? 1,
      tune: options.tune,
      folds: options.folds,
      innerFolds: options.innerFolds,
      probe: options.probe,
      backend: currentBackend()?.name ?? 'cpu'
    })
    return { seconds: seconds * this.paces.factor(solveKind(options)), memoryBytes }
  }

  async run(options: ProbeOptions, job: JobHandle): Promise<RunOutcome<'probe'>> {
    const started = performance.now()
    checkFolds(options)
    const refusal = codelengthRefusal(options)
    if (refusal) throw new UserError(refusal)
    const dataset = this.datasets.info(options.datasetId)
    const task = this.parts.classTask(options)
    const model = this.models.info(options.modelId)
    const layers = options.layers ?? Array.from({ length: model.layers + 1 }, (_, layer) => layer)
    const estimate = await this.estimate(options)
    const predicted = estimate.solveSeconds / this.paces.factor(solveKind(options))
    const extractShare = estimate.seconds > 0 ? Math.min(0.95, estimate.extract.seconds / estimate.seconds) : 0
    const train = await this.parts.load(options, 'train', partOfJob(job, 0, extractShare / 2))
    const test = await this.parts.load(options, 'test', partOfJob(job, extractShare / 2, extractShare))
    const data: ProbeData = { layers, train, test }
    const extracted = performance.now()

    const solve = partOfJob(job, extractShare, 1)
    const outcome = task ? await this.runClasses(options, task, data, solve) : await this.runTrees(options, data, solve)
    this.paces.learn(solveKind(options), predicted, (performance.now() - extracted) / 1000)
    const { id, title, unit } = task ?? treeTask
    const dataCheck = options.folds
      ? undefined
      : runDataCheck(
          this.datasets,
          { datasetId: dataset.id, split: train.split, words: train.vectors.words },
          { datasetId: dataset.id, split: test.split, words: test.vectors.words },
          task ? this.scoredItems(options, task, test.split, outcome.tensors) : null,
          outcome.summary.layers
        )
    const result: Computed<'probe'> = {
      model: { id: model.id, name: model.name, layers: model.layers, ...(model.twin ? { twin: model.twin } : {}) },
      dataset: describeDataset(dataset, options),
      task: { id, title, unit },
      pool: options.pool,
      classes: task?.classes ?? [],
      ...outcome.summary,
      coverage: { train: coverageOf(train.vectors), test: coverageOf(test.vectors) },
      options: {
        ...outcome.options,
        maxTrainWords: options.maxTrainWords,
        maxTestWords: options.maxTestWords,
        ...(options.draw === undefined ? {} : { draw: options.draw })
      },
      ...drawnOf(this.datasets.get(dataset.id), options),
      backend: currentBackend()?.title ?? '',
      seconds: {
        extract: (extracted - started) / 1000,
        ...outcome.seconds,
        total: (performance.now() - started) / 1000
      },
      versions: { node: process.versions.node },
      ...(dataCheck && { dataCheck })
    }
    return { result, tables: outcome.tensors }
  }

  private async runClasses(
    options: ProbeOptions,
    task: Task,
    { layers, train, test }: ProbeData,
    job: JobHandle
  ): Promise<ProbeRunOutcome> {
    const { train: trainItems, test: testItems, width, method } = this.parts.classes(options, task, train, test)
    const input = { layers, width, train: trainItems, classes: task.classes, method }
    const outcome = options.folds
      ? await crossValidate({ ...input, ...crossValidated(options), train: testItems, job })
      : await runTuned({ ...input, test: testItems, job }, options)
    if (isSpanTask(task)) outcome.options.span = options.span ?? 'mean'
    if (task.bio) await addEntityScores(outcome, testItems, task.classes, options.seed, job)
    return outcome
  }

  private async runTrees(
    options: ProbeOptions,
    { layers, train, test }: ProbeData,
    job: JobHandle
  ): Promise<Omit<ProbeRunOutcome, 'tensors'> & { tensors: ProbeTensors }> {
    const { probe, seed, seeds, tune } = options
    if (!learnsTrees(probe)) throw new TypeError(`'${probe.kind}' does not learn trees.`)
    if (tune) throw new UserError('A structural probe is not tuned: leave tuning out.')
    const { solver, ...outcome } = await runStructural({
      layers,
      width: train.vectors.width,
      train: this.parts.trees(options, train),
      test: this.parts.trees(options, test),
      options: probe,
      seed,
      seeds,
      job
    })
    return {
      ...outcome,
      options: {
        probe: { ...probe, ranks: ranksWithin(probe.ranks, train.vectors.width) },
        codelength: false,
        restarts: 1,
        ...((seeds ?? 1) > 1 ? { seeds } : {}),
        standardise: false,
        seed,
        solver
      }
    }
  }

  private scoredItems(
    { datasetId, seed }: ProbeOptions,
    task: Task,
    testSplit: string,
    { gold, predictions }: ProbeTensors
  ): ScoredItems {
    const { sentence } = this.datasets.words(datasetId, testSplit)
    return {
      sentences: task.items(testSplit, seed).first.map((word) => sentence[word]!),
      gold: gold!.data,
      predictions: predictions!.data
    }
  }

  /**
   * One part of the data as a probe for classes sees it, with its vectors, which are extracted where they are missing.
   */
  async part(options: ProbeOptions, part: Part, job: JobHandle): Promise<ReturnType<ProbeParts['items']>> {
    const task = findTask(this.datasets.get(options.datasetId), options.task)
    return this.parts.items(options, task, await this.parts.load(options, part, job))
  }

  /** Structural probes as a run trains them, which are not kept. */
  async structural(options: ProbeOptions, job: JobHandle): Promise<ProbeRunOutcome['summary']> {
    const train = await this.parts.load(options, 'train', partOfJob(job, 0, 0.05))
    const test = await this.parts.load(options, 'test', partOfJob(job, 0.05, 0.1))
    return (await this.runTrees(options, { layers: options.layers ?? [], train, test }, partOfJob(job, 0.1, 1))).summary
  }
}

/** A run with a test part, its options chosen before where that is requested. */
async function runTuned(
  input: Omit<ProbeRunInput, 'options'>,
  { control, conditional, codelength, restarts, seeds, seed, tune, probe }: ProbeOptions
): Promise<ProbeRunOutcome> {
  const settings = tune ? settingsToTry(probe, tune).length : 0
  const share = tuningShare({ settings, folds: undefined, control })
  const tuned = tune ? await tuneProbe(input, probe, { tune }, seed, partOfJob(input.job, 0, share)) : null
  const outcome = await runProbe({
    ...input,
    options: { probe: tuned?.probe ?? probe, control, conditional, codelength, restarts, seeds, seed },
    job: partOfJob(input.job, share, 1)
  })
  if (tuned) outcome.options.tuning = tuned.tuning
  return outcome
}

/** @throws UserError for what is not cross-validated */
function checkFolds({ folds, innerFolds, tune, probe, ...options }: ProbeOptions): void {
  if (!folds) {
    if (innerFolds) throw new UserError('Inner folds belong to a cross-validation: give the number of folds as well.')
    return
  }
  if (learnsTrees(probe)) throw new UserError('A structural probe is not cross-validated: give it a part to test on.')
  if (innerFolds && !tune)
    throw new UserError('Options are chosen on inner folds, and nothing is tuned: say what to tune, or leave them out.')
  if (options.trainSplit !== options.testSplit || options.maxTrainWords !== options.maxTestWords)
    throw new UserError(
      'Cross-validation trains and tests on one part: name the same one, and the same limit, for both.'
    )
  if (options.codelength || options.restarts > 1 || (options.seeds ?? 1) > 1)
    throw new UserError(
      'Codelengths, random starts and several seeds are measured with a part to test on, not in cross-validation.'
    )
}

function crossValidated({ folds, innerFolds, tune, control, conditional, probe, seed }: ProbeOptions) {
  return { folds: folds!, innerFolds, tune, options: { probe, control, conditional, seed } }
}

/** Work of one pace: training and testing probes of a method, and the variational code, which takes the most. */
function solveKind({ probe, codelength }: Pick<ProbeOptions, 'probe' | 'codelength'>): string {
  return `${currentBackend()?.name ?? ''} probe ${probe.kind}${codelength === 'variational' ? ', variational' : ''}`
}

/** Words of a part, and those the model has no vector for. */
function coverageOf({ words, missing }: Activations): { words: number; missing: number } {
  return { words, missing: missing.length }
}

/** What a run draws of its two parts; nothing where it takes all words, or the first ones. */
export function drawnOf(
  dataset: Dataset,
  { trainSplit, testSplit, maxTrainWords, maxTestWords, draw }: ProbeOptions
): Pick<ProbeResult, 'drawn'> {
  const train = dataset.drawn({ split: trainSplit, maxWords: maxTrainWords, draw })
  const test = dataset.drawn({ split: testSplit, maxWords: maxTestWords, draw })
  return train || test ? { drawn: { ...(train && { train }), ...(test && { test }) } } : {}
}

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
