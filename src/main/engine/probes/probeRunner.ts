import { variationalHidden, type CodelengthChoice } from '@shared/codelength'
import type { JobHandle } from '@shared/jobs'
import type { ProbeLayerResult, ProbeResult, ProbeRunOptions } from '@shared/probe'
import { learnsTrees, type ProbeMethodOptions } from '@shared/probeMethods'
import { quoted, UserError } from '@shared/userError'
import type { TensorToWrite } from '../checkpoints/writeSafetensors'
import { canCondition, ConditionalProbes } from './conditional'
import { countLabels, majorityBaseline, memoriserAnswers, memoriserBaseline } from './scores/baselines'
import { calibrationOf } from './scores/calibration'
import { classify, type Classification } from './scores/classify'
import { onlineCodelength } from './scores/codelength'
import { controlLabels } from './scores/controlTask'
import { atLastRank, furtherResults, furtherTrainings, type Scorer } from './furtherTrainings'
import { ClusterBootstrap } from './scores/intervals'
import { layerScores, meanOfBits } from './scores/layerScores'
import { KeptNetworks } from './keptNetworks'
import { linearDefaults } from './solvers/linear'
import type { ProbeMethod, TrainedProbe } from './methods/method'
import { probeMethods } from './methods/methods'
import { confusionMatrix } from './scores/metrics'
import { seedScores } from './scores/seedScores'
import type { Clusters } from '../datasets/clusters'
import { SeenTypes, typesRecur } from './scores/typeScores'
import { variationalCodelength } from './scores/variationalCode'

/** One split as a probe sees it; items are words or sentences. */
export interface ProbeItems {
  items: number
  /** Class of every item, -1 for one that is left out. */
  classes: Int32Array
  /** What the control task and the memoriser go by: the word form. */
  types: readonly string[]
  /** Sentence of every item. */
  sentences: Int32Array
  /** What intervals resample as a whole; sentences where absent. */
  clusters?: Clusters
  /** [items, width] of one layer; in `room`, an array that is not needed any more, where there is one as large. */
  vectors(layer: number, room?: Float32Array): Float32Array
}

export interface ProbeRunInput {
  layers: readonly number[]
  width: number
  train: ProbeItems
  test: ProbeItems
  /** All class names of the label layer over all splits; ids index it. Some may be absent from train or test. */
  classes: readonly string[]
  options: {
    probe: ProbeMethodOptions
    control: boolean
    conditional?: boolean
    seed: number
    codelength?: CodelengthChoice
    restarts?: number
    seeds?: number
  }
  /** What is trained, where it is not the kind's usual method: the span probe reads words itself. */
  method?: ProbeMethod | undefined
  job: JobHandle
}

export interface ProbeRunOutcome {
  summary: Pick<
    ProbeResult,
    'trainWords' | 'testWords' | 'testSentences' | 'clusters' | 'majority' | 'memoriser' | 'types'
  > & {
    layers: ProbeLayerResult[]
  }
  options: Omit<ProbeRunOptions, 'maxTrainWords' | 'maxTestWords'>
  seconds: { solve: number; score: number }
  /**
   * `gold` [items] (-1 where left out), `predictions` [layers, items], `probability` [layers, items] of the predicted
   * class, `confusion` [layers, classes, classes] (rows gold), the weights of probes that are networks
   * (keptNetworks.ts), the memoriser's answers `memoriser` [items], with a control task `controlRight` [layers, items],
   * whether its probe was right, and with conditional probes `conditionalRight` [layers, items] and `baselineRight`
   * (conditional.ts).
   */
  tensors: Record<'gold' | 'predictions' | 'probability' | 'confusion', TensorToWrite> & Record<string, TensorToWrite>
}

/** Solving's share of a layer's progress; the rest is scoring. */
const solveShare = 0.9

/**
 * Trains one probe a layer on the training items and scores it on the test items, with its baselines and, if wanted,
 * a control task.
 * @throws UserError when there is nothing to learn or nothing to test on
 */
export async function runProbe({
  layers,
  width,
  train,
  test,
  classes,
  options,
  method: given,
  job
}: ProbeRunInput): Promise<ProbeRunOutcome> {
  const { probe, seed, codelength = false, restarts = 1, seeds = 1 } = options
  if (learnsTrees(probe)) throw new UserError('The structural probe learns trees, not labels; it runs on a treebank.')
  const method = given ?? probeMethods[probe.kind]
  const trainRows = labelledItems(train)
  const testRows = labelledItems(test)
  const known = checkedClasses(trainRows, testRows, train, test, classes)
  const local = new Map(known.map((id, index) => [id, index]))
  const trainLabels = pick(train.classes, trainRows).map((id) => local.get(id)!)
  const gold = pick(test.classes, testRows)

  const localGold = gold.map((id) => local.get(id) ?? -1)
  const testTypes = Array.from(testRows, (row) => test.types[row]!)
  const trainTypes = Array.from(trainRows, (row) => train.types[row]!)
  const shares = countLabels(trainLabels, known.length)
  const types = new SeenTypes(trainTypes, testTypes)
  const recur = typesRecur(types.counts)
  const controls = Array.from({ length: options.control && recur ? seeds : 0 }, (_, draw) => ({
    train: controlLabels(trainTypes, shares, seed + draw),
    gold: controlLabels(testTypes, shares, seed + draw)
  }))
  const controlSets = controls.map((draw) => draw.train)
  // Where a seed decides nothing of the training, the control tasks of all of them are solved beside the task.
  const beside = method.drawn ? controlSets.slice(0, 1) : controlSets

  const testClusters = pick(test.clusters?.of ?? test.sentences, testRows)
  const bootstrap = new ClusterBootstrap(testClusters, seed)
  const sentences = pick(train.sentences, trainRows)
  const count = classes.length
  const tensors = {
    gold: { shape: [test.items], data: new Int32Array(test.classes) },
    predictions: { shape: [layers.length, test.items], data: new Int32Array(layers.length * test.items) },
    probability: { shape: [layers.length, test.items], data: new Float32Array(layers.length * test.items) },
    confusion: { shape: [layers.length, count, count], data: new Int32Array(layers.length * count * count) }
  }
  const trainItems = { labels: pick(train.classes, trainRows), types: trainTypes }
  const controlWasRight = new Int32Array(controls.length > 0 ? layers.length * test.items : 0)
  const conditional =
    options.conditional && canCondition(method, given)
      ? new ConditionalProbes(
          { method, width, classes: known.length, options: atLastRank(probe), seed, restart: 0, job },
          { rows: trainRows, labels: trainLabels, types: trainTypes, sentences },
          { rows: testRows, labels: localGold, types: testTypes, sentences: pick(test.sentences, testRows) },
          test.items
        )
      : null
  const conditionalWasRight = new Int32Array(conditional ? layers.length * test.items : 0)
  const kept = new KeptNetworks(layers.length, known, count, Math.max(...layers) + 1)
  const results: ProbeLayerResult[] = []
  // A layer's vectors take the place of the layer's before: two of the training part at once would be the most memory
  // that a run takes.
  let trainLayers: Float32Array[] = []
  let testLayers: Float32Array[] = []
  const seconds = { solve: 0, score: 0 }
  let clock = performance.now()
  const lap = (): number => {
    const now = performance.now()
    const passed = (now - clock) / 1000
    clock = now
    return passed
  }

  await conditional?.prepare({ train: train.vectors(0), test: test.vectors(0) })
  seconds.solve += lap()

  for (const [index, layer] of layers.entries()) {
    const report = (share: number): void => job.progress(index + share, layers.length, `Layer ${layer}`)
    report(0)
    await job.yield()
    const read = (items: ProbeItems, before: readonly Float32Array[]): Float32Array[] =>
      method.reads === 'layer' ? [items.vectors(layer, before[0])] : upTo(layer).map((at) => items.vectors(at))
    const data = { layers: (trainLayers = read(train, trainLayers)), width, rows: trainRows, sentences }
    const further = furtherTrainings(probe, restarts, method.drawn ? seeds : 1)
    const mainShare = solveShare / (1 + further.length + (codelength ? 1 : 0) + (conditional ? 2 : 0))
    const request = {
      data,
      labels: [trainLabels, ...beside],
      classes: known.length,
      options: atLastRank(probe),
      seed,
      restart: 0,
      job,
      onProgress: (share: number) => report(mainShare * share)
    }
    const probes = await method.fit(request)
    seconds.solve += lap()

    await job.yield()
    testLayers = read(test, testLayers)
    const [task, ...controlAnswers] = await classify(testLayers, width, probes, job)
    const tested = { layers: testLayers, width, rows: testRows, gold: localGold }
    const calibration = await calibrationOf(probes[0]!, task!, tested, probe.kind !== 'knn', job)
    probes.forEach((one) => one.dispose())
    const predictions = task!.predicted.map((id) => known[id]!)
    const predicted = pick(predictions, testRows)
    const controlRight = controlAnswers[0] ? rightAnswers(controlAnswers[0], testRows, controls[0]!.gold) : null
    const confusion = confusionMatrix(gold, predicted, count)
    const intervals = await bootstrap.intervals({ gold, predicted, controlRight }, count, job)
    const result: ProbeLayerResult = {
      ...layerScores(layer, confusion, classes, intervals, controlRight),
      ...probeFacts(probes[0]!)
    }
    const byType = types.scores(rightAnswers(task!, testRows, localGold))

    tensors.predictions.data.set(predictions, index * test.items)
    tensors.probability.data.set(task!.probability, index * test.items)
    tensors.confusion.data.set(confusion, index * count * count)
    kept.keep(index, probes[0]!)
    controlRight?.forEach((right, i) => (controlWasRight[index * test.items + testRows[i]!] = right))
    seconds.score += lap()

    const shareOfRight = (answers: Classification, wanted: Int32Array): number =>
      meanOfBits(rightAnswers(answers, testRows, wanted))
    const scorer: Scorer = {
      layers: testLayers,
      score: ([real, random], draw) => ({
        accuracy: shareOfRight(real!, localGold),
        ...(random ? { control: shareOfRight(random, controls[draw]!.gold) } : {})
      })
    }
    const bySeed =
      seeds > 1 && !method.drawn
        ? {
            seeds: seedScores(
              Array.from({ length: seeds }, (_, draw) =>
                scorer.score([task!, ...controlAnswers.slice(draw, draw + 1)], draw)
              )
            )
          }
        : {}
    const single = { ...request, labels: request.labels.slice(0, 2) }
    const more = await furtherResults(
      method,
      single,
      controlSets,
      further,
      scorer,
      { accuracy: result.accuracy, control: result.control?.accuracy },
      (share) => report(mainShare * (1 + share))
    )
    const ofLength = (share: number): void => report(solveShare - mainShare + mainShare * share)
    const length =
      codelength === 'variational'
        ? await variationalCodelength(single, variationalHidden(probe) ?? [], ofLength)
        : codelength && (await onlineCodelength(method, single, ofLength))
    const added = await conditional?.add(layer, { train: trainLayers[0]!, test: testLayers[0]! }, (share) =>
      report(solveShare - 2 * mainShare * (1 - share))
    )
    added?.right.forEach((right, i) => (conditionalWasRight[index * test.items + testRows[i]!] = right))
    results.push({
      ...result,
      calibration,
      types: { ...byType, ...(controlRight && { control: types.scores(controlRight) }) },
      ...(added && { conditional: added.score }),
      ...bySeed,
      ...more,
      ...(length ? { codelength: length } : {})
    })
    seconds.solve += lap()
  }
  job.progress(layers.length, layers.length)

  const memorised = memoriserAnswers(trainItems, test.types, count)
  const heldAgainst: Record<string, TensorToWrite> = { memoriser: { shape: [test.items], data: memorised } }
  if (controls.length > 0) heldAgainst.controlRight = { shape: [layers.length, test.items], data: controlWasRight }
  if (conditional) {
    heldAgainst.conditionalRight = { shape: [layers.length, test.items], data: conditionalWasRight }
    heldAgainst.baselineRight = conditional.baselineRight()
  }
  const majority = majorityBaseline(pick(train.classes, trainRows), gold, count)
  return {
    summary: {
      trainWords: trainRows.length,
      testWords: testRows.length,
      testSentences: new Set(pick(test.sentences, testRows)).size,
      clusters: { by: test.clusters?.by ?? 'sentence', count: new Set(testClusters).size },
      majority: { label: classes[majority.label]!, accuracy: majority.accuracy, macroF1: majority.macroF1 },
      memoriser: memoriserBaseline(trainItems, { labels: gold, types: testTypes }, count),
      types: {
        ...types.counts,
        memoriser: types.scores(Uint8Array.from(testRows, (row, i) => Number(memorised[row] === gold[i]))),
        recur
      },
      layers: results
    },
    options: {
      probe,
      codelength,
      restarts,
      ...(seeds > 1 ? { seeds } : {}),
      standardise: true,
      seed,
      solver: method.solver,
      ...(probe.kind === 'linear' ? { tolerance: linearDefaults.tolerance } : {})
    },
    seconds,
    tensors: { ...tensors, ...heldAgainst, ...kept.tensors }
  }
}

// Ids of the classes that training shows, ascending.
function checkedClasses(
  trainRows: Int32Array,
  testRows: Int32Array,
  train: ProbeItems,
  test: ProbeItems,
  classes: readonly string[]
): number[] {
  if (trainRows.length === 0)
    throw new UserError(
      'Nothing in the training split carries a label of this task; choose another split or another task.'
    )
  if (testRows.length === 0)
    throw new UserError('Nothing in the test split carries a label of this task; choose another split or another task.')
  const known = [...new Set(pick(train.classes, trainRows))].sort((a, b) => a - b)
  if (known.length < 2) {
    throw new UserError(
      `Every label of the training split is '${classes[known[0]!]}'; a probe needs at least two classes. ` +
        'Train on more data or choose another task.'
    )
  }
  const tested = [...new Set(pick(test.classes, testRows))]
  if (!tested.some((id) => known.includes(id)))
    throw new UserError(
      `Training shows ${named(known, classes)}, and the test split has ${named(tested, classes)}: no class ` +
        'is in both, so every answer would be wrong. Check the spelling of the labels, or choose other splits.'
    )
  return known
}

/** The first few of some classes. */
function named(ids: readonly number[], classes: readonly string[]): string {
  const names = ids.slice(0, 3).map((id) => quoted(classes[id] ?? ''))
  return names.join(', ') + (ids.length > 3 ? ', ...' : '')
}

/** What a layer's result says of the probe itself. */
function probeFacts({ sparsity, mixed, iterations, converged, loss }: TrainedProbe) {
  return { ...(sparsity ? { sparsity } : {}), ...(mixed ? { mix: mixed.mix } : {}), iterations, converged, loss }
}

/** 0, 1, ..., layer */
function upTo(layer: number): number[] {
  return Array.from({ length: layer + 1 }, (_, at) => at)
}

function rightAnswers({ predicted }: Classification, rows: Int32Array, gold: Int32Array): Uint8Array {
  return Uint8Array.from(rows, (row, i) => (predicted[row] === gold[i] ? 1 : 0))
}

/** Items that have a label, in their order. */
export function labelledItems({ classes }: Pick<ProbeItems, 'classes'>): Int32Array {
  return Int32Array.from(classes.keys()).filter((item) => classes[item]! >= 0)
}

function pick(values: Int32Array, rows: Int32Array): Int32Array {
  return rows.map((row) => values[row]!)
}
