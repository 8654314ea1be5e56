import type { ResultKindId } from '@shared/results'
import type { StoredResult } from './kind'
import { kindOfFile } from './kinds'

/** A result in a file that a command wrote, or the id of one that the library keeps. */
export type FileResult = {
  /** Where it is in the file: 'runs[0]'; empty for the file itself. */
  place: string
} & ({ kind: ResultKindId; result: StoredResult<ResultKindId> } | { id: string })

/**
 * Every result of a file: the file itself, its fields and the items of its lists. A list of runs (`sweep --json`,
 * `results --json`) names results of the library by their ids.
 */
export function resultsOfFile(json: unknown): FileResult[] {
  const whole = resultAt('', json, kindOfFile(json))
  const fields = isObject(json) ? Object.entries(json) : []
  const inside = fields.flatMap(([name, value]) => within(Array.isArray(json) ? `[${name}]` : name, value))
  return [...whole, ...inside]
}

function within(place: string, value: unknown): FileResult[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => within(`${place}[${i}]`, item))
  if (!isObject(value)) return []
  const kind = isStamped(value) ? kindOfFile(value) : null
  if (kind) return resultAt(place, value, kind)
  // `results --export json` has each result beside its line of the list.
  if (isStamped(value.result)) return within(`${place}.result`, value.result)
  return isRun(value) ? [{ place, id: value.id }] : []
}

/** Without the results that a command wrote beside it. */
function resultAt(place: string, value: unknown, kind: ResultKindId | null): FileResult[] {
  if (kind === null) return []
  const fields = Object.entries(value as object).filter(([, field]) => ![field].flat().some(isStamped))
  return [{ place, kind, result: Object.fromEntries(fields) as unknown as StoredResult<ResultKindId> }]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isStamped(value: unknown): boolean {
  return isObject(value) && 'resultKind' in value && 'provenance' in value
}

/** A run of a sweep, or a line of the list. */
function isRun(value: Record<string, unknown>): value is { id: string } {
  return typeof value.id === 'string' && ('state' in value || ('kind' in value && 'subject' in value))
}
