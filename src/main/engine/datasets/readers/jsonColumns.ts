import type { ColumnChoice, ColumnRole, ColumnValues, PreviewColumn, TableLayout } from '@shared/dataset'
import { quoted } from '@shared/userError'
import { columnStatistics } from './columnStatistics'
import { chooseLabels, guessReason, guessRoles, isNamed } from './columnGuess'
import { refuse } from './refuse'

/** One object of a file; a row written as an array gets the keys `column 1`, `column 2` and so on. */
export type JsonRow = Record<string, unknown>

/** How the keys of the objects are used. */
export interface JsonSettings {
  layout: TableLayout
  columns: JsonColumn[]
}

export interface JsonColumn {
  index: number
  name: string
  guess: ColumnRole
  role: ColumnRole
  /** Why it was guessed; absent for a role that the user chose. */
  reason?: string
  roles: ColumnRole[]
  examples: string[]
  /** What the user says its values are. */
  as?: ColumnValues
  /** Whether its values are lists: one entry a word. */
  isList: boolean
}

/** Labelled text nests lists and objects a few levels deep, never this many. */
export const deepest = 100

type Scalar = string | number | boolean

export function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

export function isScalarList(value: unknown): value is (Scalar | null)[] {
  return Array.isArray(value) && value.every((entry) => entry === null || isScalar(entry))
}

/** A row as an object; null if it is neither an object nor a list. */
export function asRow(value: unknown): JsonRow | null {
  if (typeof value !== 'object' || value === null) return null
  return Array.isArray(value)
    ? Object.fromEntries(value.map((entry, index) => [`column ${index + 1}`, entry]))
    : (value as JsonRow)
}

/**
 * Decides what the user left open by looking at the first rows: words and their labels are lists, text and its labels
 * single values.
 */
export function jsonSettings(rows: readonly JsonRow[], choice: ColumnChoice): JsonSettings {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const chosen = new Map(choice.columns?.map((column) => [column.name ?? '', column]))
  // One value of another kind is a mistake in its row and refused there.
  const mostly = (name: string, fits: (value: unknown) => boolean): boolean => {
    const values = rows.map((row) => row[name]).filter((value) => value !== undefined && value !== null)
    return values.length > 0 && values.filter(fits).length >= 0.8 * values.length
  }
  const listNames = names.filter((name) => mostly(name, isScalarList))
  const singleNames = names.filter(
    (name) =>
      mostly(name, isScalar) ||
      (rows.some((row) => isScalar(row[name])) && rows.every((row) => !Array.isArray(row[name])))
  )
  const layout =
    choice.layout ??
    (listNames.some((name) => !isNamed(name, 'label') && rows.some((row) => hasText(row[name])))
      ? 'tokenPerLine'
      : 'sentencePerRow')
  const lists = guessList(listNames, rows)
  const singles = guessSingles(singleNames, rows, layout)
  const wordsChosen = [...chosen].some(([, { role }]) => role === 'word')
  const textChosen = [...chosen].some(([, { role }]) => role === 'text')
  const columns = names.map((name, index): JsonColumn => {
    const isList = listNames.includes(name)
    let guess = isList ? (lists.get(name) ?? 'ignore') : (singles.get(name) ?? 'ignore')
    if (layout === 'sentencePerRow' && isList) guess = 'ignore'
    const steppedBack = (guess === 'word' && wordsChosen) || (guess === 'text' && textChosen)
    const roles: ColumnRole[] = isList
      ? layout === 'tokenPerLine'
        ? ['word', 'label', 'ignore']
        : ['ignore']
      : singleNames.includes(name)
        ? ['text', 'label', 'sentenceId', 'document', 'ignore']
        : ['ignore']
    return {
      index,
      name,
      guess,
      role: chosen.get(name)?.role ?? (steppedBack ? 'ignore' : guess),
      as: chosen.get(name)?.as,
      ...(!chosen.has(name) && { reason: steppedBack ? 'another was chosen' : guessReason(name, guess) }),
      roles,
      examples: examplesOf(name, rows),
      isList
    }
  })
  return { layout, columns }
}

function hasText(value: unknown): boolean {
  return Array.isArray(value) && value.some((entry) => typeof entry === 'string')
}

/** The list of words is the one whose entries vary most; lists of the same length beside it are labels. */
function guessList(names: readonly string[], rows: readonly JsonRow[]): Map<string, ColumnRole> {
  const columns = names.map((name) =>
    columnStatistics(rows.flatMap((row) => (isScalarList(row[name]) ? row[name] : []).map(String)))
  )
  const guesses = guessRoles(names, columns, 'tokenPerLine')
  const words = names[guesses.indexOf('word')]
  return new Map(
    names.map((name) => {
      if (name === words) return [name, 'word']
      // One list of a different length is a mistake in its row and refused there; many are lists of something else.
      const both = rows.filter((row) => Array.isArray(row[name]) && Array.isArray(row[words ?? '']))
      const parallel = both.filter(
        (row) => (row[name] as unknown[]).length === (row[words ?? ''] as unknown[]).length
      ).length
      return [name, parallel >= 0.8 * both.length ? 'label' : 'ignore']
    })
  )
}

function guessSingles(
  names: readonly string[],
  rows: readonly JsonRow[],
  layout: TableLayout
): Map<string, ColumnRole> {
  const columns = names.map((name) =>
    columnStatistics(rows.map((row) => (isScalar(row[name]) ? String(row[name]) : '')))
  )
  const guesses = guessRoles(names, columns, 'sentencePerRow', layout === 'sentencePerRow')
  return new Map(names.map((name, index) => [name, guesses[index] ?? 'ignore']))
}

function examplesOf(name: string, rows: readonly JsonRow[]): string[] {
  const texts = rows.filter((row) => row[name] !== undefined && row[name] !== null).map((row) => cellText(row[name]))
  return [...new Set(texts)].slice(0, 5)
}

/** A value as a cell of the preview. */
export function cellText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (isScalar(value)) return String(value)
  return isScalarList(value) ? value.map(String).join(' ') : JSON.stringify(value).slice(0, 200)
}

/** Refuses a choice of keys that does not make a data set. */
export function checkJsonColumns(file: string, { columns, layout }: JsonSettings): void {
  const place = { file }
  if (columns.length === 0) refuse(place, 'there is no object with a key in it.')
  const needed = layout === 'tokenPerLine' ? 'word' : 'text'
  const mains = columns.filter(({ role }) => role === needed)
  const what = needed === 'word' ? 'list of words' : 'text'
  if (mains.length === 0) refuse(place, `no key holds the ${what}; choose one.`)
  if (mains.length > 1)
    refuse(
      place,
      `${mains.length} keys (${mains.map(({ name }) => quoted(name)).join(', ')}) are to hold the ${what}; ` +
        'choose one of them.'
    )
  const misfit = columns.find(({ role, roles }) => role !== 'ignore' && !roles.includes(role))
  if (misfit)
    refuse(
      place,
      `the key ${quoted(misfit.name)} cannot be "${misfit.role}"; its values are ` +
        `${misfit.isList ? 'lists' : 'single values or objects'}.`
    )
  if (!columns.some(({ role }) => role === 'label')) {
    const list = layout === 'sentencePerRow' ? columns.find(({ isList }) => isList) : undefined
    const advice = list
      ? `${quoted(list.name)} holds lists, and a sentence has one label of a kind`
      : chooseLabels('keys', columns)
    refuse(place, `no key holds labels; ${advice}.`)
  }
}

export function previewColumns({ columns }: JsonSettings): PreviewColumn[] {
  return columns.map(({ as: _as, isList: _isList, ...column }) => column)
}
