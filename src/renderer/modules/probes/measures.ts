import type { Interval, ProbeLayerResult, ProbeResult } from '@shared/probe'
import { typeNames } from './wording'

export type MeasureName = 'accuracy' | 'macroF1' | 'spanF1' | 'selectivity'

export interface Measured {
  value: number
  interval: Interval
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
  of(layer: ProbeLayerResult): Measured | null
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
    of: (layer) => ({ value: layer.accuracy, interval: layer.accuracyInterval }),
    baselines: (result) => baselinesBy(result, 'accuracy')
  },
  macroF1: {
    name: 'macroF1',
    title: 'Macro-F1',
    explanation: 'Mean of the classes’ F1: rare classes count as much as frequent ones.',
    of: (layer) => ({ value: layer.macroF1, interval: layer.macroF1Interval }),
    baselines: (result) => baselinesBy(result, 'macroF1')
  },
  spanF1: {
    name: 'spanF1',
    title: 'Span F1',
    explanation: 'F1 of whole stretches, as conlleval counts them: both ends and the type have to be right. Always answering O reaches 0.',
    of: ({ entities }) => (entities ? { value: entities.f1, interval: entities.interval } : null),
    baselines: () => []
  },
  selectivity: {
    name: 'selectivity',
    title: 'Selectivity',
    explanation: 'Accuracy minus accuracy on the control task, where every word type has a random label (Hewitt & Liang 2019). High: the layer, not the probe, knows.',
    of: (layer) => (layer.selectivity === undefined || !layer.selectivityInterval ? null : { value: layer.selectivity, interval: layer.selectivityInterval }),
    baselines: () => []
  }
}

/** Layers by a measure, those without it left out. */
export function measuredLayers(result: ProbeResult, name: MeasureName): (Measured & { layer: number })[] {
  return result.layers.flatMap((layer) => {
    const measured = measures[name].of(layer)
    return measured ? [{ layer: layer.layer, ...measured }] : []
  })
}

/** The measures a run can be shown by: one without BIO tags has no stretches to score. Selectivity is offered always, to say what it lacks. */
export function measuresOf(result: ProbeResult | null): MeasureName[] {
  return (Object.keys(measures) as MeasureName[]).filter((name) => name !== 'spanF1' || result?.layers.some((layer) => layer.entities))
}

export function hasControl(result: ProbeResult): boolean {
  return result.layers.some((layer) => layer.control !== undefined)
}

/** The best layer by a measure, and the others whose 95 % interval overlaps its own. */
export function bestLayer(result: ProbeResult, name: MeasureName): { best: Measured & { layer: number }; level: number[] } | null {
  const layers = measuredLayers(result, name)
  const first = layers[0]
  if (!first) return null
  const best = layers.reduce((a, b) => (b.value > a.value ? b : a), first)
  return { best, level: layers.filter((layer) => layer !== best && layer.interval[1] >= best.interval[0]).map((layer) => layer.layer) }
}
