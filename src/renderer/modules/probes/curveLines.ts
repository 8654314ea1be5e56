import { curveSteps, type CurveResult } from '@shared/curve'
import { curveKinds } from '@shared/curveSettings'
import type { LayerLine } from '@/plots/layerLine'
import { formatCount } from '@/plots/format'
import { markerNames } from '@/plots/markers'

export type CurveMeasure = 'accuracy' | 'selectivity'

/** A place on the axis and its label. */
export interface CurvePlace {
  at: number
  title: string
}

/** The places in their order; one apart, which is a logarithmic axis for sizes that double. */
export function curvePlaces(curve: CurveResult): CurvePlace[] {
  const steps = curveSteps(curve, curve.layers[0] ?? 0)
  return steps.map(({ at, trainItems }) => ({
    at,
    title: curve.settings.kind === 'size' ? formatCount(Math.round(trainItems)) : String(at)
  }))
}

/**
 * A line a layer with a band over the draws; the chosen layer in front. Where accuracy grows with the data, what the
 * memoriser reaches with as many.
 */
export function curveLines(
  curve: CurveResult,
  layer: number,
  measure: CurveMeasure,
  colour: (layer: number) => string,
  nameOf: (layer: number) => string = String
): LayerLine[] {
  const places = curvePlaces(curve)
  const lines = curve.layers.map((one): LayerLine => {
    const emphasised = one === layer
    const control = measure === 'accuracy' && emphasised ? curveSteps(curve, one, 'control') : []
    return {
      id: `layer-${one}`,
      title: `layer ${nameOf(one)}`,
      colour: colour(one),
      marker: markerNames[one % markerNames.length] ?? 'circle',
      dash: null,
      emphasised,
      baselines: [],
      points: curveSteps(curve, one, measure).map((step) => ({
        layer: places.findIndex(({ at }) => at === step.at),
        value: step.mean,
        low: step.low,
        high: step.high
      })),
      companion:
        control.length > 0
          ? {
              title: 'its control task',
              points: control.map((step) => ({ layer: places.findIndex(({ at }) => at === step.at), value: step.mean }))
            }
          : null
    }
  })
  return [...(measure === 'accuracy' && curve.settings.kind === 'size' ? [memoriserLine(curve, places)] : []), ...lines]
}

function memoriserLine({ baselines }: CurveResult, places: readonly CurvePlace[]): LayerLine {
  const points = places.map(({ at }, place) => {
    const values = baselines.filter((one) => one.at === at).map(({ memoriser }) => memoriser)
    return {
      layer: place,
      value: values.reduce((sum, value) => sum + value, 0) / values.length,
      low: Math.min(...values),
      high: Math.max(...values)
    }
  })
  return {
    id: 'memoriser',
    title: 'memoriser',
    colour: 'var(--text-faint)',
    marker: 'diamond',
    dash: '2 3',
    emphasised: false,
    baselines: [],
    points,
    companion: null
  }
}

/** Across languages: a line a language tested on, for one that was trained on. */
export function languageLines(curve: CurveResult, train: string, colour: (split: string) => string): LayerLine[] {
  if (curve.settings.kind !== 'languages') return []
  return curve.settings.splits.map((test, i) => ({
    id: test,
    title: test === train ? `${test}, itself` : test,
    colour: colour(test),
    marker: markerNames[i % markerNames.length] ?? 'circle',
    dash: null,
    emphasised: test === train,
    companion: null,
    points: curve.points
      .filter((point) => point.trainSplit === train && point.testSplit === test)
      .map(({ layer, accuracy }) => ({ layer, value: accuracy, low: accuracy, high: accuracy })),
    baselines: []
  }))
}

export function curveAxis(curve: CurveResult): string {
  return curveKinds[curve.settings.kind].axis
}

/** One row a trained probe. */
export function curveRows(curve: CurveResult) {
  return [...curve.points, ...(curve.random ?? [])].map((point) => {
    const base = curve.baselines.find(
      (one) =>
        one.at === point.at &&
        one.trainSplit === point.trainSplit &&
        one.testSplit === point.testSplit &&
        (one.seed === point.seed || curve.settings.kind !== 'size')
    )
    return {
      model: curve.model.name,
      dataset: curve.dataset.name,
      task: curve.task.id,
      curve: curve.settings.kind,
      layer: point.layer,
      at: point.at,
      seed: point.seed,
      train_split: point.trainSplit,
      test_split: point.testSplit,
      train_items: point.trainItems,
      test_items: point.testItems,
      measure: curve.measure,
      value: point.accuracy,
      control_accuracy: point.control,
      ...(point.complexity === undefined ? {} : { complexity: point.complexity }),
      selectivity: point.control === undefined ? undefined : point.accuracy - point.control,
      majority_accuracy: base?.majority,
      memoriser_accuracy: base?.memoriser,
      converged: point.converged,
      run: curve.id
    }
  })
}
