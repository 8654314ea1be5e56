import type { ColumnValues, PreviewColumn } from '@shared/dataset'
import { quoted } from '@shared/userError'
import { isFiniteNumber, readValues } from './columnValues'
import type { StringTable } from './columns'
import { count, type Place } from './readers/refuse'

/** Exceptions that are named. */
const shownExceptions = 3

/**
 * How the values of a label column are read, with counts and reason: `101 values, 99 different: 98 numbers, 3 not
 * ("N/A" in line 12). Read as numbers: numbers with decimals.`.
 * @param times how often each string of the table occurs
 * @throws UserError for values that cannot be read as what they are taken for
 */
export function columnReport(
  title: string,
  requested: ColumnValues | undefined,
  table: StringTable,
  times: Int32Array
): Required<Pick<PreviewColumn, 'as' | 'values'>> {
  const { as, reason, numberOf } = readValues(table, times, title, requested)
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
