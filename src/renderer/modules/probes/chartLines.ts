import type { ProbeResult } from '@shared/probe'
import { isOfSingleLayers, setUpDifferences, setUpOf } from '@shared/probeSetUp'
import type { LayerLine } from '@/plots/layerLine'
import { markerNames, type SeriesLook } from '@/plots/markers'
import { measuredLayers, measures, type MeasureName } from '@/plots/probeMeasures'

/** Colour and marker by a task's place among the data set's tasks, so that they stay while others come and go. */
export function taskStyle(taskIds: readonly string[], task: string, colour: (task: string) => string): SeriesLook {
  const place = Math.max(0, taskIds.indexOf(task))
  return { colour: colour(task), marker: markerNames[place % markerNames.length] ?? 'circle' }
}

/** A run to be drawn; `compared` marks the second run of a task, drawn dashed beside the first. */
export interface ChartRun {
  result: ProbeResult
  compared: boolean
}

/** The lines of the main chart; runs that lack the measure are left out. */
export function chartLines(
  runs: readonly ChartRun[],
  name: MeasureName,
  task: string,
  style: (task: string) => SeriesLook
): LayerLine[] {
  return runs.flatMap(({ result, compared }): LayerLine[] => {
    const layers = measuredLayers(result, name)
    if (layers.length === 0) return []
    const { colour, marker } = style(result.task.id)
    const emphasised = result.task.id === task && !compared
    const control = result.layers.flatMap((layer) =>
      layer.control ? [{ layer: layer.layer, value: layer.control.accuracy }] : []
    )
    return [
      {
        id: result.id,
        title: runTitle(runs, { result, compared }),
        colour,
        marker,
        dash: compared ? '7 4' : null,
        points: layers.map(({ layer, value, interval }) => ({
          layer,
          value,
          low: interval?.[0] ?? value,
          high: interval?.[1] ?? value
        })),
        companion:
          name === 'accuracy' && control.length > 0 && !compared ? { title: 'control task', points: control } : null,
        baselines: compared ? [] : measures[name].baselines(result),
        emphasised
      }
    ]
  })
}

/**
 * A run's title on the chart: the task's, and how the run was made where it cannot be compared with the first one, or
 * where its scores are not those of single layers.
 */
export function runTitle(runs: readonly ChartRun[], { result, compared }: ChartRun): string {
  const { title } = result.task
  const first = (compared ? runs.find((run) => !run.compared && run.result.task.id === result.task.id) : runs[0])
    ?.result
  if (compared) return `${title}, ${first ? runDifference(result, first) : 'compared'}`
  const mixed = isOfSingleLayers(result.options) ? [] : ['mix up to each layer']
  if (!first || first.id === result.id) return [title, ...mixed].join(', ')
  return [title, ...setUpDifferences(setUpOf(result), setUpOf(first))].join(', ')
}

/** What sets a run apart from another one of its task, in a few words. */
export function runDifference(run: ProbeResult, other: ProbeResult): string {
  const parts = setUpDifferences(setUpOf(run), setUpOf(other))
  if (run.options.seed !== other.options.seed) parts.push(`seed ${run.options.seed}`)
  return parts.join(', ') || 'earlier run'
}
