import type { JobHandle } from '@shared/jobs'
import type { ProbeLayerResult, ProbeResult, ProbeRunOptions } from '@shared/probe'
import { UserError } from '@shared/userError'
import type { TensorToWrite } from '../checkpoints/writeSafetensors'
import { countLabels, majorityBaseline, memoriserBaseline } from './baselines'
import { classify, type Classification } from './classify'
import { controlLabels } from './controlTask'
import { SentenceBootstrap, type AnswerIntervals } from './intervals'
import { fitLinear, linearDefaults, type LinearProbe } from './linear'
import { accuracy, confusionMatrix, macroF1, scoresByClass } from './metrics'

/** One split as a probe sees it; items are words or sentences. */
export interface ProbeItems {
  items: number
  /** Class of every item, -1 for one that is left out. */
  classes: Int32Array
  /** What the control task and the memoriser go by: the word form. */
  types: readonly string[]
  /** Sentence of every item. */
  sentences: Int32Array
  /** [items, width] of one layer. */
  vectors(layer: number): Float32Array
}

export interface ProbeRunInput {
  layers: readonly number[]
  width: number
  train: ProbeItems
  test: ProbeItems
  /** All class names of the label layer over all splits; ids index it. Some may be absent from train or test. */
  classes: readonly string[]
  options: { inverseRegularisation: number; control: boolean; seed: number }
  job: JobHandle
}

export interface ProbeRunOutcome {
  summary: Pick<ProbeResult, 'trainWords' | 'testWords' | 'testSentences' | 'majority' | 'memoriser'> & { layers: ProbeLayerResult[] }
  options: Omit<ProbeRunOptions, 'maxTrainWords' | 'maxTestWords'>
  seconds: { solve: number; score: number }
  /**
   * `gold` [items] (-1 where left out), `predictions` [layers, items], `probability` [layers, items] of the predicted class, `confusion`
   * [layers, classes, classes] (rows gold), `weights` [layers, width + 1, classes] over raw vectors with the intercepts as last row.
   */
  tensors: Record<'gold' | 'predictions' | 'probability' | 'confusion' | 'weights', TensorToWrite>
}

/** How the probes are named in a result. */
const solver = 'multinomial logistic regression, L-BFGS with a Kronecker-factored preconditioner'

/** Intercept of a class that training never showed: its probability is 0. */
const never = -1e9

/** Share of a layer's progress that solving stands for; the rest is scoring. */
const solveShare = 0.9

/**
 * Trains one linear probe a layer on the training items and scores it on the test items, beside its baselines and, if wanted, a control task.
 * @throws UserError when there is nothing to learn or nothing to test on
 */
export async function runProbe({ layers, width, train, test, classes, options, job }: ProbeRunInput): Promise<ProbeRunOutcome> {
  const trainRows = labelled(train.classes)
  const testRows = labelled(test.classes)
  const known = checkedClasses(trainRows, testRows, train, classes)
  const local = new Map(known.map((id, index) => [id, index]))
  const trainLabels = pick(train.classes, trainRows).map((id) => local.get(id)!)
  const gold = pick(test.classes, testRows)

  const labelSets: Int32Array[] = [trainLabels]
  const testTypes = Array.from(testRows, (row) => test.types[row]!)
  const trainTypes = Array.from(trainRows, (row) => train.types[row]!)
  let controlGold: Int32Array | null = null
  if (options.control) {
    const shares = countLabels(trainLabels, known.length)
    labelSets.push(controlLabels(trainTypes, shares, options.seed))
    controlGold = controlLabels(testTypes, shares, options.seed)
  }

  const bootstrap = new SentenceBootstrap(pick(test.sentences, testRows), options.seed)
  const solving = { ...linearDefaults, inverseRegularisation: options.inverseRegularisation }
  const count = classes.length
  const tensors = {
    gold: { shape: [test.items], data: new Int32Array(test.classes) },
    predictions: { shape: [layers.length, test.items], data: new Int32Array(layers.length * test.items) },
    probability: { shape: [layers.length, test.items], data: new Float32Array(layers.length * test.items) },
    confusion: { shape: [layers.length, count, count], data: new Int32Array(layers.length * count * count) },
    weights: { shape: [layers.length, width + 1, count], data: new Float32Array(layers.length * (width + 1) * count) }
  }
  const results: ProbeLayerResult[] = []
  const seconds = { solve: 0, score: 0 }
  let clock = performance.now()
  const lap = (): number => {
    const now = performance.now()
    const passed = (now - clock) / 1000
    clock = now
    return passed
  }

  for (const [index, layer] of layers.entries()) {
    const report = (share: number): void => job.progress(index + share, layers.length, `Layer ${layer}`)
    report(0)
    await job.yield()
    const probes = await fitLinear({ values: train.vectors(layer), width, rows: trainRows }, labelSets, known.length, solving, job, (share) => report(solveShare * share))
    seconds.solve += lap()

    await job.yield()
    const [task, control] = await classify(test.vectors(layer), width, probes, job)
    const predictions = task!.predicted.map((id) => known[id]!)
    const predicted = pick(predictions, testRows)
    const controlRight = control && controlGold ? rightAnswers(control, testRows, controlGold) : null
    const confusion = confusionMatrix(gold, predicted, count)
    const intervals = await bootstrap.intervals({ gold, predicted, controlRight }, count, job)
    results.push(layerResult(layer, probes[0]!, confusion, classes, intervals, controlRight))

    tensors.predictions.data.set(predictions, index * test.items)
    tensors.probability.data.set(task!.probability, index * test.items)
    tensors.confusion.data.set(confusion, index * count * count)
    storeWeights(probes[0]!, known, width, count, tensors.weights.data.subarray(index * (width + 1) * count, (index + 1) * (width + 1) * count))
    seconds.score += lap()
  }
  job.progress(layers.length, layers.length)

  const majority = majorityBaseline(pick(train.classes, trainRows), gold, count)
  return {
    summary: {
      trainWords: trainRows.length,
      testWords: testRows.length,
      testSentences: new Set(pick(test.sentences, testRows)).size,
      majority: { label: classes[majority.label]!, accuracy: majority.accuracy, macroF1: majority.macroF1 },
      memoriser: memoriserBaseline({ labels: pick(train.classes, trainRows), types: trainTypes }, { labels: gold, types: testTypes }, count),
      layers: results
    },
    options: { inverseRegularisation: options.inverseRegularisation, standardise: true, seed: options.seed, solver, tolerance: solving.tolerance },
    seconds,
    tensors
  }
}

// Ids of the classes that training shows, ascending.
function checkedClasses(trainRows: Int32Array, testRows: Int32Array, train: ProbeItems, classes: readonly string[]): number[] {
  if (trainRows.length === 0) throw new UserError('Nothing in the training split carries a label of this task; choose another split or another task.')
  if (testRows.length === 0) throw new UserError('Nothing in the test split carries a label of this task; choose another split or another task.')
  const known = [...new Set(pick(train.classes, trainRows))].sort((a, b) => a - b)
  if (known.length < 2) {
    throw new UserError(`Every label of the training split is '${classes[known[0]!]}'; a probe needs at least two classes. Train on more data or choose another task.`)
  }
  return known
}

function layerResult(
  layer: number,
  probe: LinearProbe,
  confusion: Int32Array,
  classes: readonly string[],
  intervals: AnswerIntervals,
  controlRight: Uint8Array | null
): ProbeLayerResult {
  const share = accuracy(confusion, classes.length)
  const result: ProbeLayerResult = {
    layer,
    accuracy: share,
    accuracyInterval: intervals.accuracy,
    macroF1: macroF1(confusion, classes.length),
    macroF1Interval: intervals.macroF1,
    perClass: scoresByClass(confusion, classes),
    iterations: probe.iterations,
    converged: probe.converged,
    loss: probe.loss
  }
  if (!controlRight || !intervals.control || !intervals.selectivity) return result
  const control = controlRight.reduce((sum, right) => sum + right, 0) / controlRight.length
  return { ...result, control: { accuracy: control, interval: intervals.control }, selectivity: share - control, selectivityInterval: intervals.selectivity }
}

function storeWeights({ weight, intercept }: LinearProbe, known: readonly number[], width: number, classes: number, target: Float32Array): void {
  target.fill(never, width * classes)
  known.forEach((id, k) => {
    for (let j = 0; j < width; j++) target[j * classes + id] = weight[k * width + j]!
    target[width * classes + id] = intercept[k]!
  })
}

function rightAnswers({ predicted }: Classification, rows: Int32Array, gold: Int32Array): Uint8Array {
  return Uint8Array.from(rows, (row, i) => (predicted[row] === gold[i] ? 1 : 0))
}

function labelled(classes: Int32Array): Int32Array {
  const rows: number[] = []
  classes.forEach((id, row) => {
    if (id >= 0) rows.push(row)
  })
  return Int32Array.from(rows)
}

function pick(values: Int32Array, rows: Int32Array): Int32Array {
  return rows.map((row) => values[row]!)
}
