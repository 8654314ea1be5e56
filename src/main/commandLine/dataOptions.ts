import { basename } from 'node:path'
import * as v from 'valibot'
import { chosenColumn } from '@shared/columnChoice'
import type {
  ColumnChoice,
  ColumnRole,
  DatasetPreview,
  OpenDatasetRequest,
  PreviewColumn,
  SampleRequest,
  TableLayout
} from '@shared/dataset'
import { seed as seedField } from '@shared/fields'
import { nearest } from '@shared/nearest'
import { UserError } from '@shared/userError'
import type { Services } from '../engine/services'
import { choice, chosen, group, parsed, type Values } from './option'

/** A column as typed, by name or by number from 1, and the role it is given. */
interface TypedColumn {
  column: string
  role: ColumnRole
}

const { role: columnRole, as: columnValues } = chosenColumn

/** Options of every command that opens data: they overrule what is guessed from the beginning of a file. */
export const dataOptions = group('How tables and JSON Lines are read, if the guess is wrong', {
  columns: parsed(
    'LIST',
    'roles of misread columns, for example body=text,2=label; a column is given by its name or by its number from 1. ' +
      'word: a word on each line; text: a sentence in each row',
    columnRole.options.join(', '),
    readColumns
  ),
  as: choice(
    columnValues.wrapped.options,
    'KIND',
    'what the values of a label are: of the labels that --columns names, otherwise of those that the command is about'
  ),
  header: choice(['yes', 'no'] as const, 'ANSWER', 'whether the first row of a table names its columns'),
  'read-words': parsed(
    'N[:SEED]',
    'read about N words of each file, of whole documents drawn with the seed (default 1); the rest of a corpus ' +
      'is never in memory',
    'words, 1 or more',
    readSample
  )
})

export type DataValues = Values<typeof dataOptions>

/**
 * The options as the choice that opening takes; undefined where none is given.
 * @param opened what will be opened
 * @param labels the labels that the command is about; all when empty
 * @throws UserError naming the option that does not fit the file
 */
export async function columnChoice(
  { datasets }: Pick<Services, 'datasets'>,
  { paths, splitNames }: Pick<OpenDatasetRequest, 'paths' | 'splitNames'>,
  { columns: typed = [], as, header }: DataValues,
  labels: readonly string[]
): Promise<ColumnChoice | undefined> {
  if (typed.length === 0 && as === undefined && header === undefined) return undefined
  const layout = layoutOf(typed)
  const general = { ...(header && { header: header === 'yes' }), ...(layout && { layout }) }
  const preview = await datasets.preview(paths, general, splitNames)
  const file = checkedName(preview, header === undefined ? (typed.length > 0 ? 'columns' : 'as') : 'header')
  const roles = new Map<PreviewColumn, ColumnRole>()
  for (const { column, role } of typed) {
    const match = columnNamed(preview.columns, column)
    if (!match) throw unknownColumn('columns', column, preview.columns, file)
    if (roles.has(match)) throw new UserError(`--columns gives the column '${match.name}' two roles.`)
    roles.set(match, role)
  }
  const valued = as === undefined ? [] : labelColumns(preview.columns, roles, labels, file)
  for (const column of valued) roles.set(column, 'label')
  const columns = [...roles].map(([column, role]) => ({
    index: column.index,
    // The keys of JSON objects are found by name, the columns of tables by number.
    ...(preview.header === undefined && { name: column.name }),
    role,
    ...(valued.includes(column) && { as })
  }))
  return { ...general, ...(columns.length > 0 && { columns }) }
}

function readSample(given: string, name: string): SampleRequest {
  const [, words, seed = '1'] = /^(\d+)(?::(\d+))?$/.exec(given) ?? []
  const sample = { words: Number(words), seed: Number(seed) }
  if (!(sample.words >= 1) || !v.is(seedField, sample.seed))
    throw new UserError(`--${name} is '${given}'; it must be a number of words, with a seed for example 100000:2.`)
  return sample
}

function readColumns(given: string, name: string): TypedColumn[] {
  return given.split(',').map((part) => {
    const sign = part.lastIndexOf('=')
    const column = part.slice(0, Math.max(0, sign)).trim()
    if (column === '')
      throw new UserError(`--${name} is '${given}'; it takes columns with their roles, for example body=text,2=label.`)
    return { column, role: chosen(columnRole.options, part.slice(sign + 1).trim(), name) }
  })
}

/** Words have a line each, texts a row. */
function layoutOf(typed: readonly TypedColumn[]): TableLayout | undefined {
  if (typed.some(({ role }) => role === 'word')) return 'tokenPerLine'
  return typed.some(({ role }) => role === 'text') ? 'sentencePerRow' : undefined
}

/** @returns the name of the file @throws UserError if its format has no such option */
function checkedName(preview: DatasetPreview, option: keyof DataValues): string {
  const { columns, problems, formatTitle, layout, header } = preview
  const file = basename(preview.path)
  if (columns.length === 0 && problems[0] !== undefined) throw new UserError(problems[0])
  const numbered = option === 'as' && columns.some(({ as: values }) => values !== undefined)
  const fits = numbered || (option === 'header' ? header : layout) !== undefined
  if (fits) return file
  const kinds = option === 'header' ? 'tables' : 'tables and JSON Lines'
  throw new UserError(`--${option} is for ${kinds}, and ${file} is read as ${formatTitle}. Omit --${option}.`)
}

function columnNamed(columns: readonly PreviewColumn[], given: string): PreviewColumn | undefined {
  return columns.find(({ name }) => name === given) ?? columns.find(({ index }) => String(index + 1) === given)
}

function labelColumns(
  columns: readonly PreviewColumn[],
  roles: ReadonlyMap<PreviewColumn, ColumnRole>,
  labels: readonly string[],
  file: string
): PreviewColumn[] {
  const listed = columns.filter((column) => roles.get(column) === 'label')
  if (listed.length > 0) return listed
  const [first] = labels
  if (first === undefined) return columns.filter((column) => (roles.get(column) ?? column.guess) === 'label')
  const named = columns.filter((column) => labels.includes(column.name) && !roles.has(column))
  if (named.length === 0) throw unknownColumn('as', first, columns, file)
  return named
}

function unknownColumn(option: string, given: string, columns: readonly PreviewColumn[], file: string): UserError {
  const names = columns.map(({ name }) => name)
  const meant = nearest(given, names)
  const suggestion = meant ? ` Did you mean ${meant}?` : ''
  return new UserError(`--${option}: ${file} has no column '${given}'; it has ${names.join(', ')}.${suggestion}`)
}
