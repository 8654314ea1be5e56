import { join } from 'node:path'
import { adaptKinds } from '@shared/adaptMethods'
import {
  divergence,
  labelledItem,
  type FinetuneEstimate,
  type FinetunePrediction,
  type FinetuneProgress,
  type FinetuneResult
} from '@shared/finetune'
import type { FinetuneOptions } from '@shared/finetuneRequests'
import type { JobHandle } from '@shared/jobs'
import type { Computed } from '@shared/results'
import { UserError } from '@shared/userError'
import { currentBackend } from '../backends/pick'
import type { TensorToWrite } from '../checkpoints/writeSafetensors'
import { clustersOf } from '../datasets/clusters'
import type { DatasetStore } from '../datasets/datasetStore'
import type { MeasuredPaces } from '../jobs/measuredPaces'
import { partOfJob } from '../jobs/partOfJob'
import type { LoadedModel } from '../models/model'
import { majorityBaseline } from '../probes/scores/baselines'
import { ClusterBootstrap } from '../probes/scores/intervals'
import { confusionMatrix, macroF1 } from '../probes/scores/metrics'
import { contentKey } from '../results/contentKey'
import type { RunOutcome } from '../results/kind'
import { findTask } from '../tasks/tasks'
import type { TaskTexts } from '../tasks/taskTexts'
import { evaluate, judge, predictedClasses } from '../training/task/evaluation'
import { finetune, type FinetuneWatcher } from '../training/task/finetune'
import { taskObjective } from '../training/task/input'
import { totalUpdates } from '../training/task/runStages'
import { SavedState } from '../training/task/savedState'
import { settingsOf, type FinetuneSettings } from '../training/task/settings'
import { finetuneData, readerOf, type FinetuneData } from './finetuneData'
import { costOf, withLearner, withOpened } from './finetuneLearner'
import { keptHead, usualHead } from './finetuneHead'
import type { Adaptation } from './finetuneModel'
import { headForTask, taughtExamples, type Learner } from './finetuneTeacher'
import { slicesOf } from './finetuneSlices'
import { layerMovement, wordStates } from './layerMovement'
import type { ModelService } from './modelService'
import { selfTrained, selfTrainingCost, type Round } from './selfTraining'

/** Counted up with every change after which the same request gives other numbers or another state. */
const recipeVersion = 3

/** A training that is going on. */
interface RunningTraining {
  progress: FinetuneProgress
  /** Whether it is to end after its present update. */
  stops: boolean
  /** Whether its job trains several times. */
  inRounds: boolean
}

/** Trains a model on a task of the user's data, and says what that did to its layers. */
export class FinetuneService {
  /** Trainings by their jobs. */
  private readonly running = new Map<string, RunningTraining>()

  /**
   * @param folders where states of interrupted runs and adapted models are stored
   */
  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly texts: TaskTexts,
    private readonly paces: MeasuredPaces,
    private readonly folders: { states: string; models: string }
  ) {}

  title({ modelId, method }: FinetuneOptions): string {
    return `${adaptKinds[method.kind].title} of ${this.models.info(modelId).name}`
  }

  /**
   * How a run goes that is running now; null for a job that does not train.
   * @param from updates that are known already
   */
  progress(jobId: string, from = 0): FinetuneProgress | null {
    const training = this.running.get(jobId)
    return training ? { ...training.progress, steps: training.progress.steps.slice(from) } : null
  }

  /** Ends a run after its present update. @throws UserError for a job that is not training now */
  stop(jobId: string): void {
    const training = this.running.get(jobId)
    if (!training) throw new UserError('This job is not training now, so it cannot be stopped and kept.')
    if (training.inRounds)
      throw new UserError('Self-training trains several times, so it cannot be stopped and kept; cancel it instead.')
    training.stops = true
  }

  estimate(options: FinetuneOptions): Promise<FinetuneEstimate> {
    return withLearner(this.models, options, async (learner) => {
      const settings = this.settings(options, learner.model)
      const data = await this.data(options, learner)
      const { teacher } = learner
      if (teacher) headForTask(teacher, data.task, 'teach').head.dispose()
      const cost = (of: FinetuneData): FinetuneEstimate =>
        costOf(learner, options.method, settings, of, (kind) => this.paces.factor(kind))
      const { unlabelled } = data
      return unlabelled ? selfTrainingCost(options.selfTraining!, { ...data, unlabelled }, cost) : cost(data)
    })
  }

  /**
   * Trains, tests and stores. An interrupted run goes on at its last epoch.
   * @param fresh whether it starts from the beginning
   * @throws UserError for a task, model or setting that cannot be trained, and for a loss that is not a number
   */
  run(options: FinetuneOptions, job: JobHandle, { fresh = false } = {}): Promise<RunOutcome<'finetune'>> {
    return withLearner(this.models, options, async (learner) => {
      const started = performance.now()
      const settings = this.settings(options, learner.model)
      const data = await this.slicedData(options, learner, settings, job)
      const key = contentKey([recipeVersion, { ...options, jobId: null, fresh: null, background: null }, compute()])
      const state = join(this.folders.states, key.slice(0, 32))
      const saved = new SavedState(state)
      if (fresh) saved.forget()
      const train = (round: Round | Pick<Round, 'data' | 'saved' | 'job'>): Promise<Trained | null> =>
        withOpened({ ...learner, options, settings, data: round.data }, partOfJob(round.job, 0, 0.1), (adaptation) =>
          this.trainAndTest({ ...options, key: key.slice(0, 12) }, settings, data, adaptation, round)
        )
      const { unlabelled } = data
      try {
        const { result, tables } = unlabelled
          ? await selfTrained(options.selfTraining!, { ...data, unlabelled }, state, job, train)
          : (await train({ data, saved, job }))!
        saved.forget()
        const seconds = (performance.now() - started) / 1000
        // How many rounds there are, and on how much, is not known beforehand.
        if (!unlabelled) {
          const { predicted } = costOf(learner, options.method, settings, data, () => 1)
          this.paces.learn(`finetune ${currentBackend()?.name ?? ''}`, predicted, seconds)
        }
        // A run that was stopped is the same as one that was to end there.
        const { updates } = result.settings
        return { result: { ...result, seconds }, tables, ...(updates !== options.updates && { as: { updates } }) }
      } finally {
        this.running.delete(job.id)
      }
    })
  }

  /** The data as the learner reads it, with what its teacher says of the training examples. */
  private async taughtData(options: FinetuneOptions, learner: Learner, job: JobHandle): Promise<FinetuneData> {
    const data = await this.data(options, learner)
    const { model, teacher, bilstm } = learner
    if (!teacher) return data
    const { train, heldOut } =
      teacher === model && !bilstm ? data : await this.data(options, { model: teacher, bilstm: null })
    const asked = partOfJob(job, 0, 0.05)
    return { ...data, train: await taughtExamples(teacher, data.task, data.train, [...train, ...heldOut], asked) }
  }

  /** The same, its training items weighted by their slices where a request has some. */
  private async slicedData(
    options: FinetuneOptions,
    learner: Learner,
    settings: FinetuneSettings,
    job: JobHandle
  ): Promise<FinetuneData> {
    const data = await this.taughtData(options, learner, job)
    if (!options.slices) return data
    const slices = await slicesOf(learner.model, data, options.slices, settings, partOfJob(job, 0, 0.05))
    return { ...data, train: slices.train, slices }
  }

  /** @returns null where a further round of self-training follows */
  private async trainAndTest(
    options: FinetuneOptions & { key: string },
    settings: FinetuneSettings,
    data: FinetuneData,
    adaptation: Adaptation,
    round: Round | Pick<Round, 'data' | 'saved' | 'job'>
  ): Promise<Trained | null> {
    const { saved, job } = round
    const { task } = data
    const { input, model } = adaptation
    const { changes } = adaptation
    const before = changes ? await wordStates(changes.transformer, data, job) : null
    // Rounds of self-training follow one another.
    const { steps = [], epochs = [] } = this.running.get(job.id)?.progress ?? {}
    const [stepsBefore, epochsBefore] = [steps.length, epochs.length]
    const progress: FinetuneProgress = {
      jobId: job.id,
      steps,
      epochs,
      probes: [],
      totalSteps: stepsBefore + totalUpdates(input),
      totalEpochs: epochsBefore + settings.epochs * input.plan.stages.length
    }
    const training: RunningTraining = { progress, stops: false, inRounds: 'ended' in round }
    this.running.set(job.id, training)
    const watcher: FinetuneWatcher = {
      onStep: (step) => steps.push({ ...step, step: stepsBefore + step.step }),
      onEpoch: (epoch) => epochs.push({ ...epoch, epoch: epochsBefore + epoch.epoch, step: stepsBefore + epoch.step }),
      onProbes: (probes) => (progress.probes = [...probes]),
      stops: () => training.stops,
      onCheckpoint: (step) => void adaptation.storeAlong(this.folders.models, options.key, step)
    }
    const outcome = await finetune({ ...input, saved }, watcher, partOfJob(job, 0.1, 0.9))
    const selfTraining =
      'ended' in round ? await round.ended(outcome, adaptation, partOfJob(job, 0.9, 0.9, 'Predicting')) : undefined
    if (selfTraining === null) return null
    const stopped = training.stops ? outcome.steps.length : settings.updates
    const diverged = divergence(outcome.epochs, outcome.steps)
    const tested = await evaluate(
      outcome.run,
      taskObjective,
      adaptation.test,
      input.perToken,
      input.objective.classes,
      partOfJob(job, 0.9, 0.95, 'Testing')
    )
    const { score } = judge(tested, task.kind)
    const predicted = task.kind === 'class' ? predictedClasses(tested) : Float64Array.from(tested.scores)
    const places = adaptation.test.flatMap(({ sentence, places }): Omit<FinetunePrediction, 'gold' | 'predicted'>[] =>
      places ? places.map((place) => ({ sentence, ...place })) : [{ sentence, word: null }]
    )
    const movement = changes && before ? await layerMovement(changes, input, before, data, job) : []
    const dataset = this.datasets.info(options.datasetId)
    const parameters = adaptation.parameters()
    const trained = outcome.run.model.parameters.count(outcome.trained)
    const { info: chosen } = adaptation.teacher ?? model
    const result: Omit<Computed<'finetune'>, 'seconds'> = {
      model: {
        id: chosen.id,
        name: chosen.name,
        layers: input.layers,
        ...(chosen.twin ? { twin: chosen.twin } : {})
      },
      ...(adaptation.teacher && {
        student: { name: adaptation.name ?? model.info.name, layers: input.layers, parameters }
      }),
      dataset: {
        id: dataset.id,
        name: dataset.name,
        trainSplit: options.trainSplit,
        testSplit: options.testSplit,
        heldOut: data.heldOutText
      },
      task: { id: task.id, title: task.title, unit: task.unit, kind: task.kind, item: labelledItem(task) },
      classes: task.classes,
      method: options.method,
      settings: { ...settings, updates: stopped },
      measure: task.kind === 'class' ? 'accuracy' : 'R²',
      score,
      ...(await this.scores(options, data, tested.gold, predicted, places, job)),
      ...(data.slices && { slices: await data.slices.scores(predicted, this.clusters(options, places), job) }),
      trainSentences: sentencesOf(data.train),
      trainItems: itemsOf(data.train),
      heldOutItems: itemsOf(data.heldOut),
      testSentences: sentencesOf(data.test),
      testItems: tested.gold.length,
      steps: outcome.steps,
      epochs: outcome.epochs,
      keptEpoch: outcome.keptEpoch,
      ...(selfTraining && { selfTraining }),
      ...(input.probes && { probes: [...input.probes.tasks] }),
      movement,
      mix: adaptation.mix(),
      predictions: places.map((place, item) => ({ ...place, gold: tested.gold[item]!, predicted: predicted[item]! })),
      trained,
      parameters,
      taskBytes: 4 * trained,
      checkpoint: options.save ? adaptation.store(this.folders.models, outcome.steps.length) : null,
      ...(options.checkpoints !== null && {
        checkpoints: adaptation
          .storedAlong(this.folders.models, options.key)
          .filter(({ step }) => step <= outcome.steps.length)
      }),
      notes: [...data.notes, ...(diverged === null ? [] : [diverged])],
      backend: currentBackend()?.title ?? '',
      versions: { node: process.versions.node }
    }
    // By which runs are averaged.
    const { outputs, scores } = tested
    return { result, tables: { scores: { shape: [scores.length / outputs, outputs], data: scores } } }
  }

  /** What is said of a test besides its score. */
  private async scores(
    options: FinetuneOptions,
    { task, train }: FinetuneData,
    gold: Float64Array,
    predicted: ArrayLike<number>,
    places: readonly { sentence: number }[],
    job: JobHandle
  ): Promise<Pick<FinetuneResult, 'interval' | 'macroF1' | 'majority'>> {
    if (task.kind === 'number') return { interval: null, macroF1: null, majority: 0 }
    const classes = task.classes.length
    const answers = { gold: Int32Array.from(gold), predicted: Int32Array.from(predicted), controlRight: null }
    const of = this.clusters(options, places)
    const { accuracy } = await new ClusterBootstrap(of, options.seed).intervals(answers, classes, job)
    const labels = train.flatMap((example) => example.labels.filter((label) => label >= 0))
    return {
      interval: accuracy,
      macroF1: macroF1(confusionMatrix(answers.gold, answers.predicted, classes), classes),
      majority: majorityBaseline(Int32Array.from(labels), answers.gold, classes).accuracy
    }
  }

  /** What is resampled as a whole, by test item. */
  private clusters({ datasetId, testSplit }: FinetuneOptions, places: readonly { sentence: number }[]): Int32Array {
    const sentences = Int32Array.from(places, ({ sentence }) => sentence)
    return clustersOf(this.datasets.get(datasetId), testSplit, sentences).of
  }

  private settings(options: FinetuneOptions, model: LoadedModel): FinetuneSettings {
    const task = findTask(this.datasets.get(options.datasetId), options.task)
    const usual = options.keepHead ? keptHead(model, task) : usualHead(model, labelledItem(task))
    return settingsOf(options, task, usual)
  }

  private data(options: FinetuneOptions, { model, bilstm }: Pick<Learner, 'model' | 'bilstm'>): Promise<FinetuneData> {
    const { datasetId, seed } = options
    const dataset = this.datasets.get(datasetId)
    return finetuneData(
      options,
      bilstm ? bilstm.reader : readerOf(model),
      dataset,
      (of, task, split) => this.texts.find(of.info.id, this.texts.splitOf(task, split, seed)) ?? of.text(split),
      (id) => this.datasets.get(id)
    )
  }
}

/** What a training gives. */
interface Trained {
  result: Omit<Computed<'finetune'>, 'seconds'>
  tables: Record<string, TensorToWrite>
}

function compute(): unknown[] {
  const backend = currentBackend()
  return [backend?.name, backend?.version]
}

function sentencesOf(examples: FinetuneData['train']): number {
  return new Set(examples.map(({ sentence }) => sentence)).size
}

function itemsOf(examples: FinetuneData['train']): number {
  return examples.reduce((sum, { places }) => sum + (places?.length ?? 1), 0)
}
