import type { Interval } from '@shared/probe'

/** Numbers as the window writes them, in one place so that they look the same everywhere. */

export { formatCount, formatCounted } from '@shared/counts'

/** A share between 0 and 1 as percent with one decimal, without the sign: '94.2'. */
export function formatPercent(share: number): string {
  return (share * 100).toFixed(1)
}

/** Seconds as a person would say them: 'under 1 s', '12 s', '3 min', '1 h 20 min'. */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return 'under 1 s'
  if (seconds < 90) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const rest = minutes % 60
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** Bytes in decimal units, as disks are sold: '45.4 MB'. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

const thin = '\u202f'

export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)}${thin}%`
}

/** Whether a share is a whole number of percent, as most ticks of an axis are. */
export function isWholePercent(share: number): boolean {
  return Math.abs(share * 1000 - Math.round(share * 100) * 10) < 0.5
}

/** A tick of an axis of shares: '80 %', or '82.5 %' between them. */
export function tickPercent(share: number): string {
  return percent(share, isWholePercent(share) ? 0 : 1)
}

/** How sure a probe was of an answer; never a certainty, which rounding would make of it. */
export function certainty(probability: number): string {
  return probability >= 0.9995 ? `> 99.9${thin}%` : percent(probability)
}

/** '92.4–93.2 %'. */
export function interval(interval: Interval): string {
  return interval ? `${interval.map((end) => (end * 100).toFixed(1)).join('–')}${thin}%` : noInterval
}

/** '+0.4 to +1.2', of a difference of two shares in percentage points. */
export function signedRange(interval: Interval): string {
  return interval?.map(signedPoints).join(' to ') ?? noInterval
}

/** In place of an interval that there is not: all units were of one cluster. */
export const noInterval = 'no interval'

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

/**
 * '14:05' today, '3 Mar, 14:05' otherwise.
 * @param at ISO 8601, or milliseconds since 1970
 */
export function moment(at: string | number, now = new Date()): string {
  const date = new Date(at)
  const time = hour.format(date)
  return date.toDateString() === now.toDateString() ? time : `${day.format(date)}, ${time}`
}

/** A p-value; values below its last decimal place as a bound. */
export function probability(p: number): string {
  return p < 0.0005 ? '< 0.001' : p.toFixed(3)
}

/** Milliseconds of something that should be at once; null from a minute on, when another cause made it wait. */
export function formatDuration(milliseconds: number): string | null {
  if (milliseconds >= 60_000) return null
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`
}
