import type { Interval, ProbeResult } from '@shared/probe'
import type { TaskUnit } from '@shared/task'

/** How numbers of a probe are written, everywhere the same. Shares come between 0 and 1. */

const thin = '\u202f'

export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)}${thin}%`
}

/** How sure a probe was of an answer; never a certainty, which rounding would make of it. */
export function certainty(probability: number): string {
  return probability >= 0.9995 ? `> 99.9${thin}%` : percent(probability)
}

/** '92.4–93.2 %'. */
export function interval([low, high]: Interval): string {
  return `${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)}${thin}%`
}

/** A difference of two shares in percentage points, without its sign. */
export function points(difference: number): string {
  const value = Math.abs(difference) * 100
  const text = value < 9.95 ? value.toFixed(1) : value.toFixed(0)
  return `${text} ${text === '1.0' ? 'point' : 'points'}`
}

/** A difference of two shares in percentage points, with its sign. */
export function signedPoints(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${Math.abs(difference * 100).toFixed(1)}`
}

const carriers = { token: 'word', span: 'span', pair: 'pair', sentence: 'sentence' } as const

/** What is counted in a task's test part, by its unit. */
export function unitOf(result: { task: Pick<ProbeResult['task'], 'unit'> }, amount: number): string {
  const unit = carriers[result.task.unit]
  return amount === 1 ? unit : `${unit}s`
}

/** What the memoriser goes by, which is what the control task labels at random. */
export const typeNames: Readonly<Record<TaskUnit, { baseline: string; knowing: string }>> = {
  token: { baseline: 'word alone', knowing: 'knowing each word’s usual label' },
  span: { baseline: 'head word alone', knowing: 'knowing the usual label of each head word' },
  pair: { baseline: 'both words alone', knowing: 'knowing the usual label of each pair of words' },
  sentence: { baseline: 'seen sentences', knowing: 'knowing each sentence seen in training' }
}

/** 'layer 2', 'layers 2 and 3', 'layers 1, 2 and 4', 'layers 0 and 2 to 6'. */
export function layerList(layers: readonly number[]): string {
  const sorted = [...layers].sort((a, b) => a - b)
  const runs: number[][] = []
  for (const layer of sorted) {
    const last = runs.at(-1)
    if (last && layer === last.at(-1)! + 1) last.push(layer)
    else runs.push([layer])
  }
  const parts = runs.flatMap((run) => (run.length > 2 ? [`${run[0]} to ${run.at(-1)}`] : run.map(String)))
  const list = parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
  return `${sorted.length === 1 ? 'layer' : 'layers'} ${list}`
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

/** '14:05' today, '3 Mar, 14:05' otherwise. */
export function moment(iso: string, now = new Date()): string {
  const date = new Date(iso)
  const time = hour.format(date)
  return date.toDateString() === now.toDateString() ? time : `${day.format(date)}, ${time}`
}

/** A p-value; what lies below its last place as a bound. */
export function probability(p: number): string {
  return p < 0.0005 ? '< 0.001' : p.toFixed(3)
}
