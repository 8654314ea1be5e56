import { countedInputs, itemOfResult, type FinetuneResult } from '@shared/finetune'
import { studentQuantile } from '@shared/normal'
import type { Interval } from '@shared/probe'
import { deviationOf, meanOf } from '@shared/spread'
import { runTitle } from './runTitle'

/** What a way to adapt costs along training: change of a loss or an accuracy since before the first update. */
export interface ForgettingLine {
  title: string
  points: { step: number; value: number; interval?: Interval }[]
}

/** What is lost, and how that is read. */
export type Forgotten = { kind: 'language model' } | { kind: 'probe'; task: string; layer: number }

interface Measured {
  step: number
  value: number
  interval: Interval
}

/** Half of a 95 % interval in standard errors: by Student's t, whose expansion is too small for two or three values. */
function halfWidth(values: number): number {
  return { 2: 12.7062, 3: 4.3027 }[values] ?? studentQuantile(1.959964, values - 1)
}

/** A line for each way, means over its runs; those that lose least first. */
export function forgettingLines(
  results: readonly FinetuneResult[],
  what: Forgotten = { kind: 'language model' }
): ForgettingLine[] {
  const ways = new Map<string, Map<number, Measured[]>>()
  const sizes = new Map<string, Set<number>>()
  for (const result of results) {
    const title = runTitle(result)
    sizes.set(title, (sizes.get(title) ?? new Set()).add(result.trainSentences))
  }
  for (const result of results) {
    const measured = what.kind === 'probe' ? probeChanges(result, what) : lossChanges(result)
    if (measured.length === 0) continue
    const way = runTitle(result)
    const title =
      sizes.get(way)!.size > 1 ? `${way}, ${countedInputs(result.trainSentences, itemOfResult(result.task))}` : way
    const byStep = ways.get(title) ?? new Map<number, Measured[]>()
    for (const point of measured) byStep.set(point.step, [...(byStep.get(point.step) ?? []), point])
    ways.set(title, byStep)
  }
  // A loss that rises and an accuracy that falls are what is lost.
  const sign = what.kind === 'probe' ? -1 : 1
  return [...ways]
    .map(([title, byStep]) => ({
      title,
      points: [...byStep.values()].sort(([a], [b]) => a!.step - b!.step).map(joined)
    }))
    .sort((a, b) => sign * (a.points.at(-1)!.value - b.points.at(-1)!.value))
}

/** Of one run its own interval; of several the one of their mean, by Student's t. */
function joined(points: readonly Measured[]): ForgettingLine['points'][number] {
  const [{ step, value, interval }] = points as [Measured]
  if (points.length === 1) return { step, value, ...(interval && { interval }) }
  const values = points.map((point) => point.value)
  const mean = meanOf(values)
  const reach = (halfWidth(values.length) * deviationOf(values)) / Math.sqrt(values.length)
  return { step, value: mean, interval: [mean - reach, mean + reach] }
}

/** By epoch, in nats a token. */
function lossChanges({ epochs }: FinetuneResult): Measured[] {
  const first = epochs[0]?.languageModelLoss ?? null
  if (first === null) return []
  return epochs.flatMap(({ epoch, languageModelLoss }) =>
    languageModelLoss === null ? [] : [{ step: epoch, value: languageModelLoss - first, interval: null }]
  )
}

/** By update, in shares of the test items. */
function probeChanges({ probes = [] }: FinetuneResult, { task, layer }: { task: string; layer: number }): Measured[] {
  const probed = probes.find((one) => one.task.id === task)
  return (probed?.points ?? []).flatMap(({ step, layers }) => {
    const found = layers.find((one) => one.layer === layer)
    return found ? [{ step, value: found.change?.difference ?? 0, interval: found.change?.interval ?? null }] : []
  })
}
