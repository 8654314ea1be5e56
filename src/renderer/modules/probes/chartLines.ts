import type { ProbeResult } from '@shared/probe'
import { methodTitle, type ProbeMethodOptions } from '@shared/probeMethods'
import type { LayerLine } from '@/plots/layerLine'
import { formatCount } from '@/plots/format'
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

/** A run's title on the chart: the task's, and for the second run of a comparison what differs from the first. */
export function runTitle(runs: readonly ChartRun[], { result, compared }: ChartRun): string {
  if (!compared) return result.task.title
  const first = runs.find((run) => !run.compared && run.result.task.id === result.task.id)
  return `${result.task.title}, ${first ? runDifference(result, first.result) : 'compared'}`
}

/** What sets a run apart from another one of its task, in a few words. */
export function runDifference(run: ProbeResult, other: ProbeResult): string {
  const parts: string[] = []
  if (run.pool !== other.pool) parts.push(run.pool === 'mean' ? 'mean of subwords' : `${run.pool} subword`)
  if (run.dataset.trainSplit !== other.dataset.trainSplit) parts.push(`trained on ${run.dataset.trainSplit}`)
  if (run.trainWords !== other.trainWords) parts.push(`${formatCount(run.trainWords)} words`)
  parts.push(...probeDifference(run.options.probe, other.options.probe))
  if (run.options.seed !== other.options.seed) parts.push(`seed ${run.options.seed}`)
  return parts.join(', ') || 'earlier run'
}

function probeDifference(probe: ProbeMethodOptions, other: ProbeMethodOptions): string[] {
  const title = methodTitle(probe)
  if (title !== methodTitle(other)) return [title]
  return probe.kind === 'linear' &&
    other.kind === 'linear' &&
    probe.inverseRegularisation !== other.inverseRegularisation
    ? [`C ${probe.inverseRegularisation}`]
    : []
}
