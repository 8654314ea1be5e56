import type { PreviewColumn } from '@shared/dataset'
import { quoted } from '@shared/userError'
import type { SplitBuilder } from './builder'
import { isFiniteNumber, readValues } from './columnValues'
import type { LayerSpec } from './layers'
import { count, type Place } from './readers/refuse'
import type { Tables } from './split'

/** Exceptions that are named. */
const shownExceptions = 3

/**
 * How the values of a label column are read, with counts and reason: `101 values, 99 different: 98 numbers, 3 not
 * ("N/A" in line 12). Read as numbers: numbers with decimals.`; null for labels that are never numbers.
 * @throws UserError for values that cannot be read as what they are taken for
 */
export function columnReport(
  { origin, title, unit }: LayerSpec,
  tables: Tables,
  splits: readonly SplitBuilder[]
): Required<Pick<PreviewColumn, 'as' | 'values'>> | null {
  const table = origin.kind === 'column' && origin.mayBeNumber ? tables.columns.get(origin.column) : undefined
  if (origin.kind !== 'column' || !table) return null
  const { as, reason, numberOf } = readValues(table, title, origin.as)
  const times = new Int32Array(table.size)
  for (const split of splits)
    for (const id of split.valuesOf(unit, origin.column)) if (id >= 0) times[id] = times[id]! + 1
  const isNumber = (value: string): boolean =>
    as === 'numbers' ? !Number.isNaN(numberOf(value)) : isFiniteNumber(value)
  const sum = (ids: readonly number[]): number => ids.reduce((total, id) => total + times[id]!, 0)
  const all = [...times.keys()].filter((id) => times[id]! > 0)
  const numbers = all.filter((id) => isNumber(table.at(id)))
  const others = all.filter((id) => !isNumber(table.at(id)))
  const total = `${count(sum(all), 'value')}, ${all.length.toLocaleString('en-US')} different`
  const named = others
    .slice(0, shownExceptions)
    .map(
      (id) => `${quoted(table.at(id))}${placed(table.places.get(id))}${times[id]! > 1 ? `, ${times[id]} times` : ''}`
    )
  const exceptions = `${named.join('; ')}${others.length > named.length ? '; ...' : ''}`
  const mixed =
    numbers.length === 0
      ? ''
      : others.length === 0
        ? ', all numbers'
        : `: ${count(sum(numbers), 'number')}, ${sum(others).toLocaleString('en-US')} not (${exceptions})`
  return { as, values: `${total}${mixed}. Read as ${as}: ${reason}.` }
}

function placed(place: Place | undefined): string {
  if (place?.line !== undefined) return ` in line ${place.line}`
  return place?.part === undefined ? '' : ` in ${place.part}`
}
