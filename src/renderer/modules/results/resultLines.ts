import type { ResultPoint, ListedResult } from '@shared/results'
import { classScale } from '@/plots/colorScale'
import type { DepthLine } from '@/plots/depthLines'
import { markerNames, type SeriesLook } from '@/plots/markers'
import type { ThemeName } from '@/stores/themeStore'
import { mostCompared } from './resultStore'
import { resultTitle } from './resultWords'

/** What the curves of results can show. */
export type ResultMeasure = 'score' | 'selectivity' | 'control' | 'bits'

export const resultMeasures: Record<ResultMeasure, string> = {
  score: 'Score',
  selectivity: 'Selectivity',
  control: 'Control task',
  bits: 'Codelength'
}

const places = Array.from({ length: mostCompared }, (_, place) => `result ${place}`)

/** Colour and marker by place among the compared. */
export function lookAt(place: number, theme: ThemeName): SeriesLook {
  return {
    colour: classScale(places, theme).color(places[place % mostCompared]),
    marker: markerNames[place % markerNames.length] ?? 'circle'
  }
}

/** A line a result; one without the measure, or without layers, has none. */
export function curveLines(results: readonly ListedResult[], measure: ResultMeasure, theme: ThemeName): DepthLine[] {
  return results.slice(0, mostCompared).flatMap((result, place): DepthLine[] => {
    const points = result.summary.curve.flatMap((point) => {
      const value = valueOf(point, measure)
      if (value === undefined) return []
      const [low, high] = measure === 'score' && point.interval ? point.interval : [value, value]
      return [{ layer: point.layer, value, low, high }]
    })
    if (points.length === 0) return []
    return [
      {
        id: result.id,
        title: resultTitle(result, results),
        ...lookAt(place, theme),
        layers: Math.max(...result.summary.curve.map(({ layer }) => layer)),
        points,
        emphasised: false
      }
    ]
  })
}

/** Measures that some of the results have. */
export function measuresOf(results: readonly ListedResult[]): ResultMeasure[] {
  return (Object.keys(resultMeasures) as ResultMeasure[]).filter((measure) =>
    results.some(({ summary: { curve } }) => curve.some((point) => valueOf(point, measure) !== undefined))
  )
}

function valueOf(point: ResultPoint, measure: ResultMeasure): number | undefined {
  return measure === 'score' ? point.value : point[measure]
}
