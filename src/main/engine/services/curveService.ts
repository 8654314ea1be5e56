import type { CurveOptions } from '@shared/contract'
import type { CurveEstimate, CurvePoint, CurveResult } from '@shared/curve'
import { curveKinds } from '@shared/curveSettings'
import type { JobHandle } from '@shared/jobs'
import { treeTask } from '@shared/probe'
import { learnsTrees } from '@shared/probeMethods'
import type { Computed } from '@shared/results'
import { UserError } from '@shared/userError'
import { currentBackend } from '../backends/pick'
import { cellsOf, type CurveCell } from '../curves/cells'
import { runCurve } from '../curves/curveRunner'
import { randomLayer } from '../curves/memorising'
import { UnfinishedCurves } from '../curves/unfinishedCurves'
import type { DatasetStore } from '../datasets/datasetStore'
import type { ProbeItems } from '../probes/probeRunner'
import { findTask } from '../tasks/tasks'
import type { ModelService } from './modelService'
import { partOfJob } from '../jobs/partOfJob'
import type { ProbeService } from './probeService'

/** How many times as long training on shuffled labels takes, which never stops early. */
const memorisingPasses = 2.5

/** Curves are not continued from points made by another version of the recipe. */
const recipeVersion = 2

/**
 * The curves of the probing literature: many probes over one axis, on every layer.
 */
export class CurveService {
  private readonly unfinished: UnfinishedCurves

  /** @param unfinishedFolder where the points of curves are kept that were interrupted */
  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly probes: ProbeService,
    unfinishedFolder: string
  ) {
    this.unfinished = new UnfinishedCurves(unfinishedFolder)
  }

  title({ datasetId, task, curve, probe }: CurveOptions): string {
    const title = learnsTrees(probe)
      ? treeTask.title
      : (this.datasets.info(datasetId).tasks.find(({ id }) => id === task)?.title ?? task)
    return `${title} by ${curveKinds[curve.kind].title.toLowerCase()}`
  }

  async estimate(options: CurveOptions): Promise<CurveEstimate> {
    const plan = this.plan(options)
    const known = this.unfinished.points(plan.identity)
    let seconds = 0
    let extraction = 0
    let memoryBytes = 0
    let cached = true
    for (const { train, test } of plan.pairs) {
      const estimate = await this.probes.estimate({ ...probeOptions(options), trainSplit: train, testSplit: test })
      extraction += train === test ? estimate.extract.seconds / 2 : estimate.extract.seconds
      memoryBytes = Math.max(memoryBytes, estimate.memoryBytes)
      cached &&= estimate.extract.cached
    }
    let done = 0
    for (const cell of plan.cells) {
      const cost = this.cost(options, cell)
      for (const layer of plan.trained) {
        if (pointsOf(known, cell, layer).length === cell.testSplits.length) done++
        else seconds += cost
      }
    }
    return { seconds: extraction + seconds, memoryBytes, probes: plan.cells.length * plan.trained.length, done, cached }
  }

  /**
   * Trains what is missing.
   * @param fresh whether every point is computed, and points of an interrupted attempt left alone
   * @throws UserError for tasks and probes that have no such curve
   */
  async run(options: CurveOptions, job: JobHandle, { fresh = false } = {}): Promise<Computed<'curve'>> {
    const started = performance.now()
    const plan = this.plan(options)
    const { identity, cells, layers } = plan
    const costs = new Map(cells.map((cell) => [cell, this.cost(options, cell)]))
    const known = fresh ? [] : this.unfinished.points(identity)
    const keep = (point: CurvePoint): void => {
      if (!fresh) this.unfinished.add(identity, point)
    }
    const solve = partOfJob(job, 0.1, 1)
    const cost = (cell: CurveCell): number => costs.get(cell)!
    const { points, baselines } = learnsTrees(options.probe)
      ? await this.runTrees(options, cells, layers, known, keep, cost, job)
      : await this.runClasses(options, cells, plan.trained, known, keep, cost, job, solve)
    const random = points.filter(({ layer }) => layer === randomLayer)
    const model = this.models.info(options.modelId)
    const dataset = this.datasets.info(options.datasetId)
    const { probe, control, seed, maxTrainWords, maxTestWords, draw, span = 'mean', pool } = probeOptions(options)
    const { id, title, unit } = learnsTrees(probe)
      ? treeTask
      : findTask(this.datasets.get(options.datasetId), options.task)
    const result: Computed<'curve'> = {
      settings: options.curve,
      model: { id: model.id, name: model.name, layers: model.layers, ...(model.twin ? { twin: model.twin } : {}) },
      dataset: {
        id: dataset.id,
        name: dataset.name,
        trainSplit: options.trainSplit,
        testSplit: options.testSplit,
        hashes: plan.hashes
      },
      task: { id, title, unit },
      pool,
      classes: plan.classes,
      layers: [...layers],
      measure: learnsTrees(probe) ? 'UUAS' : 'accuracy',
      points: points.filter(({ layer }) => layer !== randomLayer),
      baselines,
      ...(random.length > 0 && { random }),
      options: {
        probe,
        control: control && cells.some((cell) => cell.control),
        seed,
        maxTrainWords,
        maxTestWords,
        ...(draw === undefined ? {} : { draw }),
        span
      },
      backend: currentBackend()?.title ?? '',
      seconds: (performance.now() - started) / 1000,
      versions: { node: process.versions.node }
    }
    if (!fresh) this.unfinished.forget(identity)
    return result
  }

  private async runClasses(
    options: CurveOptions,
    cells: readonly CurveCell[],
    layers: readonly number[],
    known: readonly CurvePoint[],
    onPoint: (point: CurvePoint) => void,
    cost: (cell: CurveCell) => number,
    job: JobHandle,
    solve: JobHandle
  ): Promise<Pick<CurveResult, 'points' | 'baselines'>> {
    const task = findTask(this.datasets.get(options.datasetId), options.task)
    const names = [...new Set(cells.flatMap(({ trainSplit, testSplits }) => [trainSplit, ...testSplits]))]
    const parts = new Map<string, ProbeItems>()
    let width = 0
    for (const [index, split] of names.entries()) {
      const extract = partOfJob(job, (0.1 * index) / names.length, (0.1 * (index + 1)) / names.length)
      const isTrained = cells.some(({ trainSplit }) => trainSplit === split)
      const part = await this.probes.part(
        { ...probeOptions(options), trainSplit: split, testSplit: split },
        isTrained ? 'train' : 'test',
        extract
      )
      parts.set(split, part)
      width = part.width
    }
    return runCurve({
      settings: options.curve,
      cells,
      layers,
      width,
      classes: task.classes,
      parts,
      seed: options.seed,
      known,
      onPoint,
      cost,
      job: solve
    })
  }

  /** A structural probe a cell and layer, by its own runner. */
  private async runTrees(
    options: CurveOptions,
    cells: readonly CurveCell[],
    layers: readonly number[],
    known: readonly CurvePoint[],
    onPoint: (point: CurvePoint) => void,
    cost: (cell: CurveCell) => number,
    job: JobHandle
  ): Promise<Pick<CurveResult, 'points' | 'baselines'>> {
    const points: CurvePoint[] = []
    const total = layers.length * cells.reduce((sum, cell) => sum + cost(cell), 0)
    let done = 0
    let chain = 0
    for (const layer of layers) {
      for (const cell of cells) {
        const kept = pointsOf(known, cell, layer)
        if (kept.length === 0) {
          const part = partOfJob(job, done / total, (done + cost(cell)) / total)
          const {
            layers: [found],
            majority,
            trainWords,
            testWords
          } = await this.probes.structural(
            { ...probeOptions(options), probe: cell.probe, layers: [layer], seed: cell.seed },
            part
          )
          const { at, seed, trainSplit } = cell
          const point = {
            layer,
            at,
            seed,
            trainSplit,
            testSplit: options.testSplit,
            trainItems: trainWords,
            testItems: testWords,
            accuracy: found!.accuracy,
            converged: found!.converged
          }
          chain = majority.accuracy
          onPoint(point)
          points.push(point)
        } else points.push(...kept)
        done += cost(cell)
      }
    }
    const { trainItems, at, seed, trainSplit, testSplit } = points[0]!
    return {
      points,
      baselines: chain > 0 ? [{ at, seed, trainSplit, testSplit, trainItems, majority: chain, memoriser: chain }] : []
    }
  }

  private plan(options: CurveOptions) {
    const { curve, datasetId } = options
    const dataset = this.datasets.info(datasetId)
    const model = this.models.info(options.modelId)
    const splits = curve.kind === 'languages' ? curve.splits : [options.trainSplit, options.testSplit]
    for (const split of splits) {
      if (!dataset.splits.some(({ name }) => name === split))
        throw new UserError(
          `${dataset.name} has no part '${split}'; it has ${dataset.splits.map(({ name }) => name).join(', ')}.`
        )
    }
    if (curve.kind !== 'languages' && options.trainSplit === options.testSplit)
      throw new UserError(
        `'${options.trainSplit}' is used both for training and for testing; choose another part to test on.`
      )
    const cells = cellsOf(curve, options)
    const isTree = learnsTrees(options.probe)
    const task = isTree ? null : findTask(this.datasets.get(datasetId), options.task)
    if (options.span === 'attention')
      throw new UserError(
        'Curves are drawn of one vector an item; pool the words of spans by their mean or their ends, not by attention.'
      )
    if (task?.kind === 'number')
      throw new UserError(`'${task.title}' is a number; curves are drawn of tasks with classes.`)
    const layers = options.layers ?? Array.from({ length: model.layers + 1 }, (_, layer) => layer)
    const hashes = Object.fromEntries(
      splits.map((split) => [split, dataset.splits.find(({ name }) => name === split)!.fileHash])
    )
    const { pool, span = 'mean', maxTrainWords, maxTestWords, draw, control, seed, probe } = probeOptions(options)
    return {
      cells,
      layers,
      /** Those that probes are trained on. */
      trained: curve.kind === 'pareto' ? [...layers, randomLayer] : layers,
      hashes,
      classes: task?.classes.length ?? 0,
      pairs:
        curve.kind === 'languages'
          ? splits.map((split) => ({ train: split, test: split }))
          : [{ train: options.trainSplit, test: options.testSplit }],
      // Settings of the axis are left out: a curve with more points continues one with fewer.
      identity: [
        recipeVersion,
        curve.kind,
        curve.kind === 'languages' ? [curve.splits, curve.trainShare] : null,
        model.id,
        datasetId,
        hashes,
        options.task,
        pool,
        span,
        maxTrainWords,
        maxTestWords,
        ...(draw === undefined ? [] : [`draw ${draw}`]),
        control,
        seed,
        probe,
        currentBackend()?.name
      ]
    }
  }

  /** Seconds of one cell on one layer, more or less. */
  private cost(options: CurveOptions, cell: CurveCell): number {
    // All passes over shuffled labels, which no held-out sentences end.
    const passes = cell.memorising ? 1 + (cell.probe.kind === 'linear' ? 1 : memorisingPasses) : 1
    const seconds = this.probes.solveSeconds(
      {
        ...probeOptions(options),
        probe: cell.probe,
        control: cell.control,
        layers: [0],
        trainSplit: cell.trainSplit,
        testSplit: cell.testSplits[0]!
      },
      cell.share * (options.curve.kind === 'languages' ? options.curve.trainShare : 1)
    )
    return passes * seconds
  }
}

function pointsOf(points: readonly CurvePoint[], { at, seed, trainSplit }: CurveCell, layer: number): CurvePoint[] {
  return points.filter(
    (point) => point.layer === layer && point.at === at && point.seed === seed && point.trainSplit === trainSplit
  )
}

/**
 * Settings that a curve takes from a probe. Over languages nothing is drawn: sentences with the same place in two parts
 * are translations of each other.
 */
function probeOptions({ curve, draw, ...options }: CurveOptions): Omit<CurveOptions, 'curve'> {
  const drawn = draw === undefined || curve.kind === 'languages' ? {} : { draw }
  return { ...options, ...drawn, codelength: false, restarts: 1, seeds: 1 }
}
