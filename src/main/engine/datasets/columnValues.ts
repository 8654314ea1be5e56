import type { ColumnChoice, ColumnValues } from '@shared/dataset'
import { quoted, UserError } from '@shared/userError'
import { count, refuse, type Place } from './readers/refuse'

/** Also with the minus of typesetters, U+2212. */
const numeric = /^[+\-\u2212]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const decimalComma = /^[+\-\u2212]?\d+,\d+$/
/** Numbers as people write them that are not read as such: `1,100.5`, `1 000`, `12 %`. */
const writtenNumber = /^[+\-\u2212\u2013]?(\d{1,3}([,'\u2019 \u00a0\u202f]\d{3})+|\d+)?([.,]\d+)?[ \u00a0]?%?$/
/** How programs write a missing value: Python, pandas, R, Excel. */
const nothing = /^([+-]?nan|n\/?a|#n\/a|none|null|nil|missing|-|\?|\.)$/i
const infinite = /^[+-]?inf(inity)?$/i

/** With more distinct integers than this, a column of numbers is a quantity rather than a list of classes. */
const mostNumberedClasses = 30
/** Ids 0 to K - 1 without a gap are classes up to this many. */
const mostClassIds = 2000
/** Names of columns of ids: `pos_tags`, `label`, `class_id`. */
const idName = /(^|[_ .-])(tags?|ids?|labels?|class(es)?|categor(y|ies))$/i
/** A quantity may have this share of distinct values that are not numbers before it counts as classes, ... */
const mostOdd = 0.1
/** ... and this share of all its values. */
const mostOddTimes = 0.2

/** Whether a text is a number that 32 bits can hold. */
export function isFiniteNumber(value: string): boolean {
  return numeric.test(value) && Number.isFinite(Math.fround(plainNumber(value)))
}

/** Whether a text is a number, also an infinite one, or what programs write for a missing one: never a name. */
export function isNumberOrNone(value: string): boolean {
  return !Number.isNaN(Number(value)) || numeric.test(value) || infinite.test(value) || nothing.test(value)
}

function plainNumber(value: string): number {
  return Number(value.replace('\u2212', '-'))
}

/** What the user says the values of a column are that only its name identifies; undefined for nothing. */
export function valuesChosen({ columns }: ColumnChoice, name: string): ColumnValues | undefined {
  return columns?.find((column) => column.name === name)?.as
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
  /** What does not fit, counted, as a sentence: values that are not numbers and count as unlabelled. */
  warning: string | null
}

/** How often each string of a table occurs in columns of its ids; -1 is none. */
export function timesOf({ strings }: Pick<ColumnTable, 'strings'>, columns: readonly Int32Array[]): Int32Array {
  const times = new Int32Array(strings.length)
  for (const column of columns) for (const id of column) if (id >= 0) times[id] = times[id]! + 1
  return times
}

/**
 * Whether the values of a column are classes or a quantity, for probing or for regression.
 * @param times how often each value of the table occurs; those that never do are passed over
 * @param title name of the column, for sentences
 * @param requested what the user says they are; undefined to look at them
 * @throws UserError with file and line for an infinite value in a quantity, and for one that is not a number where the
 * user asks for numbers
 */
export function readValues(
  table: ColumnTable,
  times: ArrayLike<number>,
  title: string,
  requested: ColumnValues | undefined
): ValuesRead {
  const ids = Array.from(table.strings.keys()).filter((id) => times[id]! > 0)
  const at = (id: number): string => table.strings[id]!
  if (requested === 'classes') return asClasses(asChosen)
  const numberOf = numberReader(ids.map(at))
  const odd: number[] = []
  const endless: number[] = []
  const numbers: number[] = []
  for (const id of ids) {
    const number = numberOf(at(id))
    if (infinite.test(at(id)) || Math.abs(Math.fround(number)) === Infinity) endless.push(id)
    else if (Number.isNaN(number)) odd.push(id)
    else numbers.push(id)
  }
  const strange = odd.filter((id) => !nothing.test(at(id)))
  const name = quoted(title)
  const different = numbers.map((id) => numberOf(at(id)))
  const sum = (some: readonly number[]): number => some.reduce((total, id) => total + times[id]!, 0)
  const guess =
    requested === undefined
      ? guessKind(different, odd.length + endless.length, sum([...strange, ...endless]) / sum(ids), title)
      : null
  if (guess?.as === 'classes') {
    const warning =
      mixedWarning(name, numbers, [...endless, ...strange], { at, sum, measured: isMeasured(different) }) ??
      notationWarning(name, ids.map(at))
    return { ...asClasses(guess.reason), note: warning === null ? guess.note : null, warning }
  }
  const [wrong] = requested === 'numbers' ? strange : []
  if (wrong !== undefined)
    refuse(
      table.places.get(wrong) ?? { file: title },
      `${quoted(at(wrong))} is not a number, but the column ${name} is to be read as numbers.`
    )
  const [first] = endless
  if (first !== undefined)
    refuse(
      table.places.get(first) ?? { file: title },
      `${quoted(at(first))} is not a finite 32-bit number, but the column ${name} is read as numbers. ` +
        'Correct it, leave it empty, or have the column read as classes (--as classes).'
    )
  refuseMerged(different, name)
  const note =
    requested === undefined
      ? `The column ${name} holds ${count(numbers.length, 'different number')}: it is read as a quantity, for ` +
        'regression; choose "classes" (--as classes) to read it as classes.'
      : null
  return {
    as: 'numbers',
    numberOf,
    reason: guess?.reason ?? asChosen,
    note,
    warning: unlabelledWarning(name, odd.map(at), sum(odd))
  }
}

function asClasses(reason: string): ValuesRead {
  return { as: 'classes', numberOf: () => NaN, reason, note: null, warning: null }
}

/** Values of a quantity that are not numbers, and how often they occur. */
function unlabelledWarning(name: string, values: readonly string[], occurring: number): string | null {
  if (values.length === 0) return null
  const [are, mark] = occurring === 1 ? ['is not a number', 'counts'] : ['are not numbers', 'count']
  return `${count(occurring, 'value')} of the column ${name} (${examplesOf(values)}) ${are} and ${mark} as unlabelled.`
}

function examplesOf(values: readonly string[]): string {
  const named = values.slice(0, 3).map((value) => quoted(value))
  return `${named.join(', ')}${values.length > 3 ? ', ...' : ''}`
}

/** Many different numbers, or some with decimals: what a measurement gives. */
function isMeasured(numbers: readonly number[]): boolean {
  return (
    numbers.length >= 2 && (numbers.length > mostNumberedClasses || numbers.some((number) => !Number.isInteger(number)))
  )
}

/**
 * @param numbers the different numbers
 * @param others how many different values are no numbers
 * @param oddShare share of all values that are no numbers, missing ones aside
 */
function guessKind(
  numbers: readonly number[],
  others: number,
  oddShare: number,
  title: string
): Pick<ValuesRead, 'as' | 'reason' | 'note'> {
  const whole = numbers.every((number) => Number.isInteger(number))
  const mostlyNumbers = others <= mostOdd * (numbers.length + others) && oddShare <= mostOddTimes
  const measured = mostlyNumbers && isMeasured(numbers)
  const named = whole && idName.test(title)
  if (measured && !(whole && (named || areIds(numbers)))) {
    const reason = whole ? `more than ${mostNumberedClasses} different numbers` : 'numbers with decimals'
    return { as: 'numbers', reason, note: null }
  }
  const say = numbers.length > 2 && mostlyNumbers
  const ids = measured ? (named ? ' under a name that suggests ids' : ', from 0 without a gap') : ''
  return {
    as: 'classes',
    reason: classReason(numbers.length, mostlyNumbers, ids),
    note: say
      ? `The column ${quoted(title)} holds ${numbers.length} different ${whole ? 'whole ' : ''}numbers${ids}: ` +
        'they are read as classes; choose "numbers" (--as numbers) to read them as numbers.'
      : null
  }
}

/** @param ids what makes many whole numbers ids; empty where they are few */
function classReason(numbers: number, mostlyNumbers: boolean, ids: string): string {
  if (ids !== '') return `whole numbers${ids}`
  if (numbers === 0) return 'they are not numbers'
  if (!mostlyNumbers) return 'too many are not numbers'
  return `no more than ${mostNumberedClasses} different whole numbers`
}

/** A warning where most values are measured numbers, but too many are not for a quantity; null elsewhere. */
function mixedWarning(
  name: string,
  numbers: readonly number[],
  others: readonly number[],
  { at, sum, measured }: { at(id: number): string; sum(ids: readonly number[]): number; measured: boolean }
): string | null {
  const total = sum(numbers) + sum(others)
  if (!measured || others.length === 0 || sum(numbers) * 2 < total) return null
  return (
    `${sum(others).toLocaleString('en-US')} of ${count(total, 'value')} of the column ${name} are not numbers ` +
    `(${examplesOf(others.map(at))}): it is read as classes, one for each different value. Correct or empty them to ` +
    'have a quantity.'
  )
}

/** A warning where values are written as people write numbers and programs do not; null elsewhere. */
function notationWarning(name: string, values: readonly string[]): string | null {
  const written = values.filter((value) => /\d/.test(value) && writtenNumber.test(value))
  const example = written.find((value) => !numeric.test(value))
  if (example === undefined || values.length <= mostNumberedClasses || written.length < (1 - mostOdd) * values.length)
    return null
  return (
    `The values of the column ${name} look like numbers, written in a way that is not read (${quoted(example)}): ` +
    'it is read as classes, one for each different value. Write plain numbers, such as 1234.5, to have a quantity.'
  )
}

/** Refuses different numbers of which many become one in 32 bits, which is what a regression computes with. */
function refuseMerged(numbers: readonly number[], name: string): void {
  const exact = new Set(numbers).size
  const kept = new Set(numbers.map(Math.fround)).size
  if (kept >= (1 - mostOdd) * exact) return
  throw new UserError(
    `The ${count(exact, 'different number')} of the column ${name} are too close to one another for 32 bits, where ` +
      `${count(kept, 'number')} would be left. Subtract what they have in common, or have the column read as classes ` +
      '(--as classes).'
  )
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
    return numeric.test(text) ? plainNumber(text) : NaN
  }
}
