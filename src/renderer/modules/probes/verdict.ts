import type { LabelLayer } from '@shared/dataset'
import { differs } from '@shared/pairedTest'
import { intervalRefusal, mixSummary, type ProbeResult } from '@shared/probe'
import { placeText, setUpDifferences, setUpOf, trainedOnText } from '@shared/probeSetUp'
import { signalOf, signalSentence, type ProbeTests } from '@shared/signal'
import { deviationOf } from '@shared/spread'
import {
  bestLayer,
  hasControl,
  isByLayer,
  isTree,
  measures,
  writeInterval,
  writeMeasured,
  type Measured,
  type MeasureName
} from '@/plots/probeMeasures'
import { formatCount, layerList, percent, points } from '@/plots/format'
import { typeNames, unitOf } from '@/plots/taskWords'
import { foldSentence, tuningSentence } from './chosenSentences'

/** What a run found, in plain words; every figure comes out of the result. */
export interface Verdict {
  /** The finding. */
  headline: string
  /** What it has to be held against, and what it cannot show. */
  details: string[]
  /** What makes the numbers doubtful. */
  cautions: string[]
}

const readable: Record<MeasureName, string> = {
  accuracy: 'is decoded best',
  macroF1: 'is decoded best, all classes counted equally,',
  spanF1: 'has the most spans right',
  selectivity: 'is most selective',
  compression: 'has its shortest description',
  uuas: 'has its best UUAS',
  dspr: 'has its best distance correlation',
  root: 'has its best root accuracy',
  nspr: 'has its best depth correlation',
  mixWeight: 'has the largest mixing weight',
  differential: 'gains most'
}

/**
 * @param layer the probed labels in the whole data set, against which the tested part is checked
 * @param tests of this run; null while they are not there
 */
export function verdictOf(
  result: ProbeResult,
  name: MeasureName,
  layer: LabelLayer | null = null,
  tests: ProbeTests | null = null
): Verdict | null {
  const found = bestLayer(result, name, tests)
  if (!found) return null
  const { best, level, tested } = found
  const span = inPoints.has(name)
    ? writeInterval(name, best.interval).replace('\u202f%', ' points')
    : writeInterval(name, best.interval)
  const title = capital(result.task.title)
  const range = span ? ` (95\u202f% interval ${span})` : ''
  const place = placeOf(result, name, best.layer)
  const trained = trainedOnText(result.dataset, result.options.folds)
  const below = baselineAbove(result, name, best)
  const headline = below
    ? `${title} ${below}: ${written(name, best.value)} at best, ${place}${range}${trained}.`
    : `${title} ${readable[name]} ${place}: ${written(name, best.value)}${range}${trained}.`
  const byLayer = isByLayer(result, name)
  const refusal = intervalRefusal(result.clusters)
  // What may be claimed of a layer cannot be claimed from a mix of several.
  const signal = tested && tests && byLayer ? [signalSentence(signalOf(tests, best.layer))] : []
  return {
    headline,
    details: [
      ...baselineSentences(result, name, best.layer, tests),
      ...(byLayer ? [] : weightSentence(result)),
      ...foldSentence(result, best.layer),
      ...tuningSentence(result),
      ...(refusal === null ? [] : [refusal]),
      ...tieSentence(best.layer, level, result.layers.length, tested, byLayer),
      ...signal
    ],
    cautions: cautionsOf(result, layer)
  }
}

function placeOf(result: ProbeResult, name: MeasureName, layer: number): string {
  return placeText(isByLayer(result, name), layer)
}

/** 'stays below the linear chain (40.3 %)', of the highest baseline above the best layer; null where none is. */
function baselineAbove(result: ProbeResult, name: MeasureName, best: Measured): string | null {
  const titles: Readonly<Record<string, string>> = {
    majority: isTree(result) ? 'the linear chain' : `always predicting ${result.majority.label}`,
    memoriser: typeNames[result.task.unit].knowing
  }
  const [above] = measures[name]
    .baselines(result)
    .filter(({ id, value }) => id in titles && value > best.value)
    .sort((a, b) => b.value - a.value)
  if (!above) return null
  const surely = best.interval !== null && best.interval[1] < above.value
  return `${surely ? 'stays below' : 'does not exceed'} ${titles[above.id]} (${written(name, above.value)})`
}

function weightSentence(result: ProbeResult): string[] {
  const weights = result.layers.at(-1)?.mix?.weights
  if (!weights) return []
  return [`In the mix of all layers, layer ${weights.indexOf(Math.max(...weights))} has the largest weight.`]
}

/** Measures that are differences of shares. */
const inPoints: ReadonlySet<MeasureName> = new Set(['selectivity', 'differential'])

function written(name: MeasureName, value: number): string {
  if (name === 'compression') return `${value.toFixed(2)} times shorter than the uniform code`
  return inPoints.has(name) ? `${(value * 100).toFixed(1)} points` : writeMeasured(name, value)
}

function baselineSentences(result: ProbeResult, name: MeasureName, at: number, tests: ProbeTests | null): string[] {
  const layer = result.layers.find((candidate) => candidate.layer === at)
  if (!layer) return []
  const sentences: string[] = []
  if (name === 'selectivity') {
    if (layer.control) {
      sentences.push(
        `Accuracy there is ${percent(layer.accuracy)}; on random labels by word type, ` +
          `${percent(layer.control.accuracy)}.`
      )
    }
  } else if (name === 'spanF1') {
    if (layer.entities)
      sentences.push(`Precision ${percent(layer.entities.precision)}, recall ${percent(layer.entities.recall)}.`)
  } else if (name === 'compression' && layer.codelength) {
    const { bits, uniformBits, control } = layer.codelength
    const kilobits = (amount: number): string => `${(amount / 1000).toFixed(1)} kbit`
    sentences.push(
      `The labels of ${formatCount(result.trainWords)} ${unitOf(result, result.trainWords)} take ` +
        `${kilobits(bits)} there, ${kilobits(uniformBits)} by the uniform ` +
        `code${control ? `, and random labels by word type ${kilobits(control.bits)}` : ''}.`
    )
  } else if (name === 'uuas' && layer.accuracy >= result.majority.accuracy) {
    sentences.push(`The linear-chain baseline reaches ${percent(result.majority.accuracy)}.`)
  } else if (name === 'mixWeight' || name === 'differential') {
    sentences.push(...mixSentence(result))
  } else if (name === 'accuracy' || name === 'macroF1') {
    const measured = {
      value: layer[name],
      interval: layer[name === 'accuracy' ? 'accuracyInterval' : 'macroF1Interval']
    }
    const most = result.majority[name]
    const memory = result.memoriser[name]
    const over = (baseline: number): string =>
      `${points(measured.value - baseline)} ${measured.value >= baseline ? 'above' : 'below'}`
    const test =
      name === 'accuracy' && tests?.runId === result.id
        ? tests.controls.find(({ layer: tested, control }) => tested === at && control === 'memoriser')
        : undefined
    const known = test
      ? differs(test)
      : measured.interval !== null && (measured.interval[0] > memory || measured.interval[1] < memory)
    const beyond =
      ` and ${known ? over(memory) : 'not distinguishable from'} ${typeNames[result.task.unit].knowing} ` +
      `(${percent(memory)})`
    sentences.push(
      `That is ${over(most)} always predicting ${result.majority.label} ` +
        `(${percent(most)})${typesRecur(result) ? beyond : ''}.`
    )
    if (name === 'accuracy' && typesRecur(result) && layer.selectivity !== undefined && layer.selectivityInterval) {
      sentences.push(`Selectivity ${(layer.selectivity * 100).toFixed(1)} points.`)
    }
    if (name === 'accuracy') sentences.push(...typeSentence(result, at))
    if (layer.restarts) sentences.push(restartSentence(layer.restarts))
    if (layer.seeds && name === 'accuracy') sentences.push(seedSentence(layer.seeds))
  }
  return sentences
}

function restartSentence(restarts: readonly number[]): string {
  const spread = Math.max(...restarts) - Math.min(...restarts)
  return `${restarts.length} random starts are within ${(spread * 100).toFixed(2)} points.`
}

function seedSentence({ accuracy, selectivity }: NonNullable<ProbeResult['layers'][number]['seeds']>): string {
  const spread = (values: readonly number[]): string => `${(deviationOf(values) * 100).toFixed(2)} points`
  return (
    `Over ${accuracy.length} seeds accuracy has a standard deviation of ` +
    `${spread(accuracy)}${selectivity ? `, selectivity one of ${spread(selectivity)}` : ''}.`
  )
}

function mixSentence(result: ProbeResult): string[] {
  const { centreOfGravity, expectedLayer } = mixSummary(result) ?? {}
  if (centreOfGravity === undefined) return []
  const expected = expectedLayer === undefined ? '' : `; expected layer by accuracy gain: ${expectedLayer.toFixed(2)}`
  return [`Centre of gravity of the weights: layer ${centreOfGravity.toFixed(2)}${expected}.`]
}

/**
 * Whether knowing what was seen in training helps in testing at all: not where hardly any item is seen twice, as with
 * whole sentences. Runs of earlier versions did not count it.
 */
function typesRecur({ majority, memoriser, types }: ProbeResult): boolean {
  return types?.recur ?? memoriser.accuracy - majority.accuracy > 0.005
}

/** Accuracy apart for types that training shows and for the others, of which the memoriser can only guess the label. */
function typeSentence(result: ProbeResult, at: number): string[] {
  const scores = result.layers.find(({ layer }) => layer === at)?.types
  const { types } = result
  if (!types?.recur || !scores || scores.seen === null || scores.unseen === null) return []
  const memory = (share: number | null): string => percent(share ?? 0)
  return [
    `On ${percent(types.seen / (types.seen + types.unseen))} of the test items, whose ${itemText(result)} occurs in ` +
      `training, it is ${percent(scores.seen)} (memoriser ${memory(types.memoriser.seen)}); on the others ` +
      `${percent(scores.unseen)} (${memory(types.memoriser.unseen)}).`
  ]
}

function itemText({ task }: ProbeResult): string {
  return task.unit === 'token' ? 'word' : 'text'
}

function tieSentence(
  best: number,
  level: readonly number[],
  layers: number,
  tested: boolean,
  byLayer: boolean
): string[] {
  const [only] = level
  const unit = byLayer ? 'layer' : 'mix'
  const those = (some: readonly number[]): string =>
    byLayer ? layerList(some) : `the mix${some.length === 1 ? ' that ends' : 'es that end'} at ${layerList(some)}`
  const reason = tested ? 'paired tests, corrected' : 'their intervals overlap'
  if (only === undefined)
    return tested && layers > 1 ? [`Every other ${unit} differs from it (paired tests, corrected).`] : []
  const equal = tested ? 'not significantly different' : 'not distinguishable'
  const because = tested ? ` (${reason})` : `: ${reason}`
  if (level.length === 1) return [`${capital(those([best, only]))} are ${equal}${because}.`]
  if (level.length === layers - 1)
    return [
      tested
        ? `No other ${unit} is significantly different (${reason}).`
        : `No other ${unit} is distinguishable from it: all intervals overlap its own.`
    ]
  return [`It is ${equal} from ${those(level)}${because}.`]
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/**
 * Share of words that would have to change their label for the tested part to look like the whole split; null where
 * that is unknown.
 */
function unlikeness(result: ProbeResult, layer: LabelLayer | null): number | null {
  const whole = layer?.countsBySplit[result.dataset.testSplit]
  const scores = result.layers[0]?.perClass
  if (!layer || !whole || !scores) return null
  const total = whole.reduce((sum, count) => sum + count, 0)
  const tested = scores.reduce((sum, score) => sum + score.support, 0)
  if (total === 0 || tested === 0) return null
  const support = new Map(scores.map((score) => [score.label, score.support]))
  return (
    layer.classes.reduce(
      (sum, label, index) => sum + Math.abs((whole[index] ?? 0) / total - (support.get(label) ?? 0) / tested),
      0
    ) / 2
  )
}

const tooUnlike = 0.2

function cautionsOf(result: ProbeResult, layer: LabelLayer | null): string[] {
  const cautions: string[] = []
  // What was drawn at random is not the beginning of a file; that few items differ from all is chance, which the
  // intervals show.
  const unlike = result.drawn?.test ? null : unlikeness(result, layer)
  if (unlike !== null && unlike > tooUnlike) {
    cautions.push(
      `The tested beginning of ${result.dataset.testSplit} has a different label distribution from the ` +
        'rest, as in a sorted file. Probe all of it.'
    )
  }
  const texts = !isTree(result) && !typesRecur(result)
  if (texts)
    cautions.push(
      'Hardly any test item’s text occurs in training, so a control task cannot be learnt: selectivity says ' +
        'nothing here.'
    )
  const missing = result.coverage?.test.missing ?? 0
  if (missing > 0) {
    const share = (missing / result.coverage!.test.words) * 100
    cautions.push(
      `The model has no vector for ${share.toFixed(1)} % of the words of ${result.dataset.testSplit}. They ` +
        'were left out, so the score is not comparable to that of a model that has them all.'
    )
  }
  const unfinished = result.layers.filter((layer) => !layer.converged).map((layer) => layer.layer)
  if (unfinished.length > 0) {
    const list = layerList(unfinished)
    cautions.push(
      `The solver stopped before it converged at ${list}; ` +
        `${unfinished.length === 1 ? 'its figure is' : 'their figures are'} a lower bound.`
    )
  }
  if (result.testWords < 500) {
    cautions.push(
      `Only ${formatCount(result.testWords)} test ${unitOf(result, result.testWords)}: the intervals are wide.`
    )
  }
  if (!hasControl(result) && !isTree(result) && !texts)
    cautions.push(
      'Run without a control task, so what the layer encodes cannot be separated from what the probe memorised.'
    )
  return cautions
}

/**
 * 'Dependency relation peaks one layer later, at layer 3 (77.9 %)': one sentence a further task. Of runs that were not
 * made alike it says only that, and how.
 */
export function comparison(result: ProbeResult, other: ProbeResult, name: MeasureName): string | null {
  const here = bestLayer(result, name)
  const there = bestLayer(other, name)
  if (!here || !there) return null
  const value = written(name, there.best.value)
  const title = capital(other.task.title)
  const differences = setUpDifferences(setUpOf(other), setUpOf(result))
  if (differences.length > 0)
    return `${title} was probed differently (${differences.join(', ')}), so they are not compared.`
  if (!isByLayer(result, name))
    return `${title} ${readable[name]} ${placeOf(other, name, there.best.layer)} (${value}).`
  const step = there.best.layer - here.best.layer
  const level = new Set([there.best.layer, ...there.level])
  const at = `layer ${there.best.layer} (${value})`
  if (step === 0) return `${title} peaks there too, at ${at}.`
  // A step is claimed only if the other task's best layer differs distinguishably from this one's.
  if (level.has(here.best.layer))
    return `${title} peaks at ${at}, though not distinguishably from layer ${here.best.layer}.`
  return `${title} peaks ${spelled(Math.abs(step))} ${step > 0 ? 'later' : 'earlier'}, at ${at}.`
}

function spelled(layers: number): string {
  const word =
    ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'][layers] ??
    String(layers)
  return `${word} ${layers === 1 ? 'layer' : 'layers'}`
}
