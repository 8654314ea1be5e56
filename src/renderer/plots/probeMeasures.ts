import { differs } from '@shared/pairedTest'
import {
  differentialScores,
  type Interval,
  type ProbeLayerResult,
  type ProbeResult,
  type StructureScores
} from '@shared/probe'
import { isOfSingleLayers, layersRead } from '@shared/probeSetUp'
import type { ProbeTests } from '@shared/signal'
import { interval as shareInterval, percent } from '@/plots/format'
import { typeNames } from '@/plots/taskWords'

export const measureNames = [
  'accuracy',
  'macroF1',
  'spanF1',
  'selectivity',
  'compression',
  'uuas',
  'dspr',
  'root',
  'nspr',
  'mixWeight',
  'differential'
] as const
export type MeasureName = (typeof measureNames)[number]

export interface Measured {
  value: number
  /** Where there is one. */
  interval: Interval | null
}

export interface Baseline {
  id: string
  title: string
  value: number
  /** SVG dash pattern of its line. */
  dash: string
}

export interface Measure {
  name: MeasureName
  title: string
  /** What it is, in a sentence or two, for the tooltip. */
  explanation: string
  /** Null where a layer lacks it: a run without a control task has no selectivity. */
  of(layer: ProbeLayerResult, result: ProbeResult): Measured | null
  /** Shares are written in percent. */
  unit: 'share' | 'number'
  baselines(result: ProbeResult): Baseline[]
}

function baselinesBy({ majority, memoriser, task }: ProbeResult, key: 'accuracy' | 'macroF1'): Baseline[] {
  return [
    { id: 'majority', title: `always ${majority.label}`, value: majority[key], dash: '6 4' },
    { id: 'memoriser', title: typeNames[task.unit].baseline, value: memoriser[key], dash: '2 3' }
  ]
}

/** What the chart can show. Every measure brings what it has to be held against. */
export const measures: Record<MeasureName, Measure> = {
  accuracy: {
    name: 'accuracy',
    title: 'Accuracy',
    explanation: 'Share of test words whose label the probe gets right.',
    unit: 'share',
    of: (layer) => (layer.structure ? null : { value: layer.accuracy, interval: layer.accuracyInterval }),
    baselines: (result) => baselinesBy(result, 'accuracy')
  },
  macroF1: {
    name: 'macroF1',
    title: 'Macro-F1',
    explanation: 'Mean of the classes’ F1: rare classes count as much as frequent ones.',
    unit: 'share',
    of: (layer) => (layer.structure ? null : { value: layer.macroF1, interval: layer.macroF1Interval }),
    baselines: (result) => baselinesBy(result, 'macroF1')
  },
  spanF1: {
    name: 'spanF1',
    title: 'Span F1',
    explanation:
      'F1 of whole spans, as conlleval counts them: both ends and the type have to be right. Always ' +
      'answering O reaches 0.',
    unit: 'share',
    of: ({ entities }) => (entities ? { value: entities.f1, interval: entities.interval } : null),
    baselines: () => []
  },
  selectivity: {
    name: 'selectivity',
    title: 'Selectivity',
    explanation:
      'Accuracy minus accuracy on the control task, where every word type has a random label (Hewitt & ' +
      'Liang 2019). High: the layer, not the probe, knows.',
    unit: 'share',
    of: (layer, { types }) =>
      layer.selectivity === undefined || !layer.selectivityInterval || types?.recur === false
        ? null
        : { value: layer.selectivity, interval: layer.selectivityInterval },
    baselines: () => []
  },
  compression: {
    name: 'compression',
    title: 'Compression',
    explanation:
      'Uniform codelength divided by the measured one (Voita & Titov 2020): how much shorter the labels ' +
      'become for someone who has the vectors. High: easy to learn from few words.',
    unit: 'number',
    of: (layer) => (layer.codelength ? { value: layer.codelength.compression, interval: null } : null),
    baselines: () => []
  },
  uuas: structural(
    'uuas',
    'UUAS',
    'Share of the tree’s edges, without directions and punctuation, in the minimum spanning tree of the ' +
      'predicted distances (Hewitt & Manning 2019).',
    'share'
  ),
  dspr: structural(
    'dspr',
    'DSpr',
    'Spearman correlation of predicted and true distances, by word, averaged over sentence lengths 5 to 50.',
    'number'
  ),
  root: structural('root', 'Root', 'Share of sentences whose root is the word of least predicted depth.', 'share'),
  nspr: structural(
    'nspr',
    'NSpr',
    'Spearman correlation of predicted and true depths, by sentence, averaged over sentence lengths 5 to 50.',
    'number'
  ),
  mixWeight: {
    name: 'mixWeight',
    title: 'Mix weight',
    explanation: 'Weight of each layer in the mix of all of them (Peters et al. 2018, equation 1); all sum to 1.',
    unit: 'number',
    of: (layer, result) => value(result.layers.at(-1)?.mix?.weights[layer.layer]),
    baselines: ({ layers }) =>
      layers.at(-1)?.mix
        ? [{ id: 'even', title: 'uniform', value: 1 / layers.at(-1)!.mix!.weights.length, dash: '6 4' }]
        : []
  },
  differential: {
    name: 'differential',
    title: 'Added by layer',
    explanation:
      'Accuracy of the mix up to a layer minus that of the mix up to the layer before (Tenney et al. 2019, ' +
      'equation 3).',
    unit: 'share',
    of: (layer, result) => (layer.mix ? value(differentialScores(result)?.get(layer.layer)) : null),
    baselines: () => []
  }
}

function structural(name: keyof StructureScores, title: string, explanation: string, unit: Measure['unit']): Measure {
  return {
    name,
    title,
    explanation,
    unit,
    of: (layer) => layer.structure?.[name] ?? null,
    baselines: (result) =>
      name === 'uuas' ? [{ id: 'majority', title: 'linear chain', value: result.majority.accuracy, dash: '6 4' }] : []
  }
}

function value(number: number | undefined): Measured | null {
  return number === undefined ? null : { value: number, interval: null }
}

/** The measures a run has, in the order of the list. */
export function measuresOf(result: ProbeResult): Measure[] {
  return measureNames
    .map((name) => measures[name])
    .filter((measure) => result.layers.some((layer) => measure.of(layer, result) !== null))
}

/** What a run can be made once more for; selectivity only where types recur. */
function offered(name: MeasureName, { types }: ProbeResult): boolean {
  return name === 'compression' || (name === 'selectivity' && types?.recur !== false)
}

/** Those, and what a probe of classes can be run once more for. */
export function measuresToAsk(result: ProbeResult): Measure[] {
  const has = new Set(measuresOf(result).map(({ name }) => name))
  return measureNames
    .filter((name) => has.has(name) || (!isTree(result) && offered(name, result)))
    .map((name) => measures[name])
}

/** A value as it is written; `coarse` for the ticks of an axis. */
export function writeMeasured(name: MeasureName, number: number, coarse = false): string {
  if (measures[name].unit === 'share') return percent(number, coarse ? 0 : 1)
  return number.toFixed(coarse ? (number >= 10 ? 0 : 2) : 2)
}

export function writeInterval(name: MeasureName, interval: Interval | null): string {
  if (!interval) return ''
  return measures[name].unit === 'share' ? shareInterval(interval) : interval.map((end) => end.toFixed(2)).join('–')
}

/** Layers by a measure, those without it left out. */
export function measuredLayers(result: ProbeResult, name: MeasureName): (Measured & { layer: number })[] {
  return result.layers.flatMap((layer) => {
    const measured = measures[name].of(layer, result)
    return measured ? [{ layer: layer.layer, ...measured }] : []
  })
}

/** Whether the values of a measure are those of single layers; of a mix, only what it says of its layers is. */
export function isByLayer(result: ProbeResult, name: MeasureName): boolean {
  return isOfSingleLayers(result.options) || name === 'mixWeight' || name === 'differential'
}

/** What the scores at a layer were read from: 'Layer 5', or of a mix 'Layers 0 to 5, mixed'. */
export function readFrom(result: ProbeResult, layer: number): string {
  return layersRead(isOfSingleLayers(result.options), layer).replace('l', 'L')
}

export function hasControl(result: ProbeResult): boolean {
  return result.layers.some((layer) => layer.control !== undefined)
}

/**
 * The best layer by a measure, and the others that do not differ from it: by paired tests where the run has
 * them, which it has of accuracy alone, otherwise because their 95 % intervals overlap.
 */
export function bestLayer(
  result: ProbeResult,
  name: MeasureName,
  tests: ProbeTests | null = null
): { best: Measured & { layer: number }; level: number[]; tested: boolean } | null {
  const layers = measuredLayers(result, name)
  const first = layers[0]
  if (!first) return null
  const best = layers.reduce((a, b) => (b.value > a.value ? b : a), first)
  if (name === 'accuracy' && tests?.runId === result.id)
    return { best, level: tests.againstBest.filter((test) => !differs(test)).map(({ layer }) => layer), tested: true }
  const overlaps = (layer: Measured): boolean =>
    layer.interval !== null && best.interval !== null && layer.interval[1] >= best.interval[0]
  return {
    best,
    level: layers.filter((layer) => layer !== best && overlaps(layer)).map((layer) => layer.layer),
    tested: false
  }
}

/** Whether a run is of a structural probe: trees have no classes. */
export function isTree(result: ProbeResult): boolean {
  return result.layers.some((layer) => layer.structure !== undefined)
}
