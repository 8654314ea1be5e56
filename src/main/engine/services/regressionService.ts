import type { ProbeOptions } from '@shared/contract'
import { drawnSplit, type PartLimit } from '@shared/drawing'
import type { JobHandle } from '@shared/jobs'
import { methodTitle } from '@shared/probeMethods'
import type { RegressionItem, RegressionPoints, RegressionResult } from '@shared/regression'
import type { Computed } from '@shared/results'
import { tensorData } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import { currentBackend } from '../backends/pick'
import { layerIndex } from '../compare/probeTests'
import { clustersOf } from '../datasets/clusters'
import type { Dataset } from '../datasets/dataset'
import type { DatasetStore } from '../datasets/datasetStore'
import type { RunOutcome } from '../results/kind'
import type { ResultLibrary } from '../results/resultLibrary'
import { runRegression } from '../probes/regressionRunner'
import type { Task } from '../tasks/task'
import { findTask } from '../tasks/tasks'
import { probeItems } from '../tasks/vectors'
import type { ActivationService } from './activationService'
import type { ModelService } from './modelService'
import { partOfJob } from '../jobs/partOfJob'
import { placeOf } from '../tasks/probeErrors'
import { describeDataset, drawnOf } from './probeService'
import type { TaskTexts } from '../tasks/taskTexts'

/**
 * Ridge regressions of tasks whose labels are numbers: extracts what is missing, trains all layers, reads kept runs.
 */
export class RegressionService {
  /** Positions of the items of the run that was viewed last. */
  private placed: { runId: string; dataset: Dataset; place: ReturnType<typeof placeOf> } | null = null

  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly activations: ActivationService,
    private readonly texts: TaskTexts,
    private readonly library: ResultLibrary
  ) {}

  result(runId: string): RegressionResult {
    return this.library.read('regression', runId)
  }

  /**
   * One layer's prediction for every test item that has a number. @throws UserError for a layer that was not part of
   * the run
   */
  points(runId: string, layer: number): RegressionPoints {
    const index = layerIndex(this.result(runId), layer)
    const [gold, predictions] = this.library.tensors(runId, ['gold', 'predictions'])
    const all = gold!.data.length
    const items = Int32Array.from(gold!.data.keys()).filter((item) => !Number.isNaN(gold!.data[item]!))
    const only = (values: Float32Array): Float32Array => Float32Array.from(items, (item) => values[item]!)
    const shape = [items.length]
    return {
      items: tensorData(shape, items),
      gold: tensorData(shape, only(gold!.data)),
      predicted: tensorData(shape, only(predictions!.data.subarray(index * all, (index + 1) * all)))
    }
  }

  /** Items of the test part in their sentences. @throws UserError where the data set is not open */
  items(runId: string, items: readonly number[]): RegressionItem[] {
    const result = this.result(runId)
    // Called at every move of the pointer; some tasks draw their items again each time.
    const dataset = this.datasets.get(result.dataset.id)
    if (this.placed?.runId !== runId || this.placed.dataset !== dataset)
      this.placed = { runId, dataset, place: placeOf(result, this.datasets, this.texts) }
    const { place } = this.placed
    return items.map((item) => ({ item, ...place(item) }))
  }

  /**
   * The task and the strength of the penalty of a run. @throws UserError for a task of classes, and for what a
   * regression does not have
   */
  plan(options: ProbeOptions): { task: Task; alpha: number } {
    const task = findTask(this.datasets.get(options.datasetId), options.task)
    if (task.kind !== 'number')
      throw new UserError(`'${task.title}' is a class, not a number; a regression cannot be trained on it.`)
    if (options.probe.kind !== 'linear' || options.probe.penalty !== 'l2')
      throw new UserError(
        `'${task.title}' is a number; it is probed by a linear regression with an L2 penalty, not by ` +
          `${methodTitle(options.probe)}.`
      )
    if (options.codelength || options.restarts > 1)
      throw new UserError(
        `'${task.title}' is a number; its regression has neither a description length nor random starts.`
      )
    if ((options.seeds ?? 1) > 1)
      throw new UserError(
        `'${task.title}' is a number; its regression is deterministic, so further seeds would repeat it.`
      )
    if (options.tune)
      throw new UserError(`'${task.title}' is a number; only probes for classes are tuned: leave tuning out.`)
    if (options.folds)
      throw new UserError(
        `'${task.title}' is a number; only probes for classes are cross-validated: give it a part to test on.`
      )
    return { task, alpha: 1 / options.probe.inverseRegularisation }
  }

  /** @throws UserError for what `plan` refuses */
  async run(options: ProbeOptions, job: JobHandle): Promise<RunOutcome<'regression'>> {
    const started = performance.now()
    const { modelId, datasetId, pool, seed, maxTrainWords, maxTestWords, draw } = options
    const model = this.models.info(modelId)
    const dataset = this.datasets.info(datasetId)
    const { task, alpha } = this.plan(options)
    const load = async (part: PartLimit, from: number, to: number) => {
      const { split, maxWords } = drawnSplit(part)
      const text = this.texts.splitOf(task, split, seed)
      const vectors = await this.activations.ensure(
        { modelId, datasetId, split: text, pool, maxWords },
        partOfJob(job, from, to)
      )
      const items = probeItems(
        task.unit,
        task.items(split, seed),
        this.datasets.words(datasetId, split).sentence,
        vectors,
        'mean'
      )
      return { ...items, clusters: clustersOf(this.datasets.get(datasetId), split, items.sentences) }
    }
    const train = await load({ split: options.trainSplit, maxWords: maxTrainWords, draw }, 0, 0.4)
    const test = await load({ split: options.testSplit, maxWords: maxTestWords, draw }, 0.4, 0.8)
    const { tensors, ...scores } = await runRegression({
      layers: options.layers ?? Array.from({ length: model.layers + 1 }, (_, layer) => layer),
      width: train.width,
      train,
      test,
      pairs: task.unit === 'pair',
      options: { alpha, seed },
      job: partOfJob(job, 0.8, 1)
    })
    const result: Computed<'regression'> = {
      model: { id: model.id, name: model.name, layers: model.layers },
      dataset: describeDataset(dataset, options),
      task: { id: task.id, title: task.title, unit: task.unit },
      pool,
      ...scores,
      alpha,
      options: { seed, maxTrainWords, maxTestWords, ...(draw === undefined ? {} : { draw }) },
      ...drawnOf(this.datasets.get(datasetId), options),
      backend: currentBackend()?.title ?? '',
      seconds: (performance.now() - started) / 1000
    }
    return { result, tables: tensors }
  }
}
