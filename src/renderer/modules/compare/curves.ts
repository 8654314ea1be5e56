import type { ModelInfo } from '@shared/model'
import type { Interval, ProbeResult } from '@shared/probe'
import { isOfSingleLayers, layersRead, runLine, setUpOf } from '@shared/probeSetUp'
import type { DepthLine, DepthReference } from '@/plots/depthLines'
import { moment } from '@/plots/format'
import type { SeriesLook } from '@/plots/markers'
import { measures, type MeasureName } from '@/plots/probeMeasures'

/** What curves can show: the measures of a probe, and what it reaches on the control task. */
export type CompareMeasure = Extract<MeasureName, 'accuracy' | 'macroF1' | 'selectivity'> | 'control'

export const measureTexts: Record<CompareMeasure, { title: string; hint: string }> = {
  accuracy: { title: 'Accuracy', hint: measures.accuracy.explanation },
  macroF1: { title: 'Macro-F1', hint: measures.macroF1.explanation },
  selectivity: { title: 'Selectivity', hint: measures.selectivity.explanation },
  control: {
    title: 'Control',
    hint:
      'Accuracy on the control task: a random label for every word type (Hewitt & Liang 2019). What the probe ' +
      'memorises.'
  }
}

export interface ModelRun {
  model: ModelInfo
  result: ProbeResult
}

/** Whether the scores are those of single layers; of mixes, each belongs to all layers up to it. */
export function areOfSingleLayers(runs: readonly ModelRun[]): boolean {
  return runs.every(({ result }) => isOfSingleLayers(result.options))
}

/** 'layer 5', or of a mix 'layers 0 to 5, mixed'. */
export function readAt({ options }: ProbeResult, layer: number): string {
  return layersRead(isOfSingleLayers(options), layer)
}

/** How the runs were made, with their times; once where that is the same for all of them. */
export function runLines(runs: readonly ModelRun[]): string[] {
  const lines = new Map<string, ModelRun[]>()
  for (const run of runs) {
    const line = runLine(setUpOf(run.result)).join(' · ')
    lines.set(line, [...(lines.get(line) ?? []), run])
  }
  return [...lines].map(([line, made]) => {
    const names = lines.size > 1 ? `${made.map(({ model }) => model.name).join(', ')}: ` : ''
    return `${names}${line} · ${[...new Set(made.map(({ result }) => moment(result.createdAt)))].join(', ')}`
  })
}

/** One layer by one measure. */
export interface MeasuredLayer {
  layer: number
  value: number
  interval: Interval
}

/** The measured layers of a run, those without the measure left out. */
export function measured(result: ProbeResult, name: CompareMeasure): MeasuredLayer[] {
  return result.layers.flatMap((layer) => {
    const value =
      name === 'control'
        ? layer.control
          ? { value: layer.control.accuracy, interval: layer.control.interval }
          : null
        : measures[name].of(layer, result)
    return value ? [{ layer: layer.layer, value: value.value, interval: value.interval }] : []
  })
}

export function depthLines(
  runs: readonly ModelRun[],
  name: CompareMeasure,
  lookOf: (id: string) => SeriesLook,
  primary: string | null
): DepthLine[] {
  return runs.flatMap(({ model, result }): DepthLine[] => {
    const layers = measured(result, name)
    if (layers.length === 0) return []
    return [
      {
        id: model.id,
        title: model.name,
        ...lookOf(model.id),
        layers: model.layers,
        emphasised: model.id === primary,
        points: layers.map(({ layer, value, interval }) => ({
          layer,
          value,
          low: interval?.[0] ?? value,
          high: interval?.[1] ?? value
        }))
      }
    ]
  })
}

/** The baselines, once: they belong to the labels and words, not to a model. */
export function depthReferences(runs: readonly ModelRun[], name: CompareMeasure): DepthReference[] {
  const first = runs[0]
  return first && name !== 'control'
    ? measures[name].baselines(first.result).map(({ id, title, value, dash }) => ({ id, title, value, dash }))
    : []
}

/** The best layer of a run by a measure; the lowest of several equal ones. */
export function bestOf(result: ProbeResult, name: CompareMeasure): MeasuredLayer | null {
  return measured(result, name).reduce<MeasuredLayer | null>(
    (best, one) => (best === null || one.value > best.value ? one : best),
    null
  )
}

/** Place of a layer between embeddings (0) and last layer (1); 0 for a model without blocks. */
export function relativeDepth(layer: number, layers: number): number {
  return layers > 0 ? layer / layers : 0
}
