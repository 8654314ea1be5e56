import type { ColumnValues } from '@shared/dataset'
import { quoted } from '@shared/userError'
import { count, refuse, type Place } from './readers/refuse'

const numeric = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const decimalComma = /^[+-]?\d+,\d+$/
/** How programs write a missing value: Python, pandas, R, Excel. */
const nothing = /^([+-]?nan|n\/?a|#n\/a|none|null|nil|missing|-|\?|\.)$/i
const infinite = /^[+-]?inf(inity)?$/i

/** With more distinct integers than this, a column of numbers is a quantity rather than a list of classes. */
const mostNumberedClasses = 30
/** Ids 0 to K - 1 without a gap are classes up to this many. */
const mostClassIds = 2000
/** Names of columns of ids: `pos_tags`, `label`, `class_id`. */
const idName = /(^|[_ .-])(tags?|ids?|labels?|class(es)?|categor(y|ies))$/i
/** A quantity may have this many distinct non-numeric values before its column counts as a list of classes. */
const mostOdd = 0.1

/** Whether a text is a number that 32 bits can hold. */
export function isFiniteNumber(value: string): boolean {
  return numeric.test(value) && Number.isFinite(Math.fround(Number(value)))
}

/** Whether the labels of spans or pairs are numbers that are measured rather than numbered classes. */
export function isQuantity(values: readonly string[]): boolean {
  if (values.length < 2 || !values.every(isFiniteNumber)) return false
  return values.length > mostNumberedClasses || values.some((value) => !Number.isInteger(Number(value)))
}

const asChosen = 'as chosen'

/** Distinct values of a column in order of appearance, and where those that are not plain numbers first occur. */
interface ColumnTable {
  strings: readonly string[]
  places: ReadonlyMap<number, Place>
}

/** How a column of labels was read. */
export interface ValuesRead {
  as: ColumnValues
  /** The number of a value, NaN for none; of `numbers` alone. */
  numberOf(value: string): number
  /** Why, in a few words: 'numbers with decimals'. */
  reason: string
  /** The same with how to override it, as a sentence; null if there is nothing to say. */
  note: string | null
  /** Values that are not numbers and count as unlabelled. */
  exceptions: readonly string[]
}

/**
 * Whether the values of a column are classes or a quantity, for probing or for regression.
 * @param title name of the column, for sentences
 * @param requested what the user says they are; undefined to look at them
 * @throws UserError with file and line for an infinite value in a quantity, and for one that is not a number where the
 * user asks for numbers
 */
export function readValues(table: ColumnTable, title: string, requested: ColumnValues | undefined): ValuesRead {
  const values = table.strings
  const classes = (reason: string, note: string | null): ValuesRead => ({
    as: 'classes',
    numberOf: () => NaN,
    reason,
    note,
    exceptions: []
  })
  if (requested === 'classes') return classes(asChosen, null)
  const numberOf = numberReader(values)
  const odd: number[] = []
  const endless: number[] = []
  const numbers: number[] = []
  values.forEach((value, id) => {
    const number = numberOf(value)
    if (infinite.test(value) || Math.abs(Math.fround(number)) === Infinity) endless.push(id)
    else if (Number.isNaN(number)) odd.push(id)
    else numbers.push(number)
  })
  const strange = odd.filter((id) => !nothing.test(values[id]!))
  const guess = requested === undefined ? guessKind(numbers, odd.length + endless.length, title) : null
  if (guess?.as === 'classes') return classes(guess.reason, guess.note)
  const name = quoted(title)
  const [wrong] = requested === 'numbers' ? strange : []
  if (wrong !== undefined)
    refuse(
      table.places.get(wrong) ?? { file: title },
      `${quoted(values[wrong]!)} is not a number, but the column ${name} is to be read as numbers.`
    )
  const [first] = endless
  if (first !== undefined)
    refuse(
      table.places.get(first) ?? { file: title },
      `${quoted(values[first]!)} is not a finite 32-bit number, but the column ${name} is read as numbers. ` +
        'Correct it, leave it empty, or have the column read as classes.'
    )
  const note =
    requested === undefined
      ? `The column ${name} holds ${count(numbers.length, 'different number')}: it is read as a quantity, for ` +
        'regression; choose "classes" to read it as classes.'
      : null
  return { as: 'numbers', numberOf, reason: guess?.reason ?? asChosen, note, exceptions: odd.map((id) => values[id]!) }
}

function guessKind(
  numbers: readonly number[],
  others: number,
  title: string
): Pick<ValuesRead, 'as' | 'reason' | 'note'> {
  const whole = numbers.every((number) => Number.isInteger(number))
  const measured =
    numbers.length >= 2 &&
    others <= mostOdd * (numbers.length + others) &&
    (numbers.length > mostNumberedClasses || !whole)
  const named = whole && idName.test(title)
  if (measured && !(whole && (named || areIds(numbers)))) {
    const reason = whole ? `more than ${mostNumberedClasses} different numbers` : 'numbers with decimals'
    return { as: 'numbers', reason, note: null }
  }
  const say = numbers.length > 2 && others <= mostOdd * (numbers.length + others)
  const ids = measured ? (named ? ' under a name that suggests ids' : ', from 0 without a gap') : ''
  return {
    as: 'classes',
    reason: classReason(numbers.length, others, ids),
    note: say
      ? `The column ${quoted(title)} holds ${numbers.length} different ${whole ? 'whole ' : ''}numbers${ids}: ` +
        'they are read as classes; choose "numbers" to read them as numbers.'
      : null
  }
}

/** @param ids what makes many whole numbers ids; empty where they are few */
function classReason(numbers: number, others: number, ids: string): string {
  if (ids !== '') return `whole numbers${ids}`
  if (numbers === 0) return 'they are not numbers'
  if (others > mostOdd * (numbers + others)) return 'too many are not numbers'
  return `no more than ${mostNumberedClasses} different whole numbers`
}

/** Consecutive integers: 0, 1, ... K - 1. */
function areIds(numbers: readonly number[]): boolean {
  const different = new Set(numbers)
  return (
    different.size <= mostClassIds &&
    different.has(0) &&
    Array.from(different.keys()).every((n) => n >= 0 && n < different.size)
  )
}

/** Reads numbers with a decimal point, or with a comma where at least half of the values have one. */
function numberReader(values: readonly string[]): (value: string) => number {
  const withComma = values.filter((value) => decimalComma.test(value))
  // Three digits behind every comma may as well be thousands.
  const thousands = withComma.every((value) => /,\d{3}$/.test(value))
  const comma = withComma.length >= 2 && withComma.length * 2 >= values.length && !thousands
  return (value) => {
    const text = comma && decimalComma.test(value) ? value.replace(',', '.') : value
    return numeric.test(text) ? Number(text) : NaN
  }
}
