import type { ColumnChoice, ColumnRole, ColumnValues, Delimiter, TableLayout } from '@shared/dataset'
import { columnStatistics } from './columnStatistics'
import type { ColumnStatistics } from './columnStatistics'
import { guessHeader, guessLayout, guessReason, guessRoles } from './columnGuess'
import { isDocumentMark } from '../documents'
import type { FileHead } from './source'
import { TableRows, isTableComment, separatorOf } from './tableRows'

/** Rows looked at when guessing. */
const sampleRows = 5000

export interface TableColumn {
  index: number
  /** From the header or the user, otherwise `column 1` and so on. */
  name: string
  guess: ColumnRole
  role: ColumnRole
  /** Why it was guessed; absent for a role that the user chose. */
  reason?: string
  /** What the user says its values are. */
  as?: ColumnValues
  /** Name from the file, where the user gives it another. */
  renamed?: string
  examples: string[]
}

/** How a table is read, every setting decided. */
export interface TableSettings {
  delimiter: Delimiter
  quoting: boolean
  /** Whether the user wants that otherwise than it is guessed. */
  requoted: boolean
  header: boolean
  layout: TableLayout
  columns: TableColumn[]
}

export interface TableSample extends TableSettings {
  /** Rows of data at the beginning, without header, comments and blank lines. */
  rows: string[][]
}

/** Decides what the user left open by looking at the beginning of a table. */
export function tableSettings(head: FileHead, choice: ColumnChoice): TableSample {
  const separator = separatorOf(head.lines[0] ?? '')
  const lines = head.lines.slice(separator ? 1 : 0).filter((line) => !isTableComment(line))
  const delimiter = choice.delimiter ?? separator ?? guessDelimiter(head.plainName, lines)
  const usual = delimiter !== 'tab' || hasQuotedFields(lines.slice(0, sampleRows))
  const quoting = delimiter !== 'space' && (choice.quoting ?? usual)
  const requoted = delimiter !== 'space' && quoting !== usual
  const all = sample(head, lines, delimiter, quoting)
  const hasBlankLines = all.some((row, index) => isBlank(row) && all.slice(index).some((later) => !isBlank(later)))
  const filled = all.filter((row) => !isBlank(row) && !isDocumentMark(row[0] ?? ''))
  const header = choice.header ?? guessHeader(filled, hasBlankLines)
  const rows = header ? filled.slice(1) : filled
  const width = Math.max(1, (header ? filled[0]?.length : mostFrequentWidth(rows)) ?? 1)
  const chosen = new Map(choice.columns?.map((column) => [column.index, column]))
  const named = Array.from({ length: width }, (_unused, index) => (header ? filled[0]?.[index]?.trim() : '') ?? '')
  const ownNames = uniqueNames(named)
  const names = uniqueNames(named.map((name, index) => chosen.get(index)?.name ?? name))
  const statistics = Array.from({ length: width }, (_unused, index): ColumnStatistics =>
    columnStatistics(rows.map((row) => row[index] ?? ''))
  )
  const layout = choice.layout ?? guessLayout(names, statistics, hasBlankLines)
  const guesses = guessRoles(names, statistics, layout)
  const columns = names.map((name, index): TableColumn => {
    // pandas and R number the rows in a column without a name.
    const unnamed = header && (named[index] === '' || /^Unnamed: \d+$/.test(name))
    const guess = unnamed ? 'ignore' : (guesses[index] ?? 'ignore')
    const { role = guess, as } = chosen.get(index) ?? {}
    const reason = chosen.has(index) ? undefined : guessReason(name, guess)
    return {
      index,
      name,
      guess,
      role,
      ...(reason && { reason }),
      ...(as && { as }),
      ...(name !== ownNames[index] && { renamed: ownNames[index] }),
      examples: statistics[index]?.examples ?? []
    }
  })
  return { delimiter, quoting, requoted, header, layout, columns: withOneMainColumn(columns, layout, chosen), rows }
}

/** When the user moves the words or the text to another column, the guessed column is no longer used. */
function withOneMainColumn(
  columns: TableColumn[],
  layout: TableLayout,
  chosen: ReadonlyMap<number, { role: ColumnRole }>
): TableColumn[] {
  const main: ColumnRole = layout === 'tokenPerLine' ? 'word' : 'text'
  if (![...chosen.values()].some(({ role }) => role === main)) return columns
  return columns.map((column) =>
    column.role === main && !chosen.has(column.index)
      ? { ...column, role: 'ignore', reason: 'another was chosen' }
      : column
  )
}

/**
 * Whether fields of a tab-separated table are quoted as Excel quotes them: every field that begins with a quote ends
 * with its closing one, and one at least has its inner quotes doubled, which plain text never has.
 */
function hasQuotedFields(lines: readonly string[]): boolean {
  const fields = lines
    .flatMap((line) => (line.includes('"') ? line.split('\t') : []))
    .filter((field) => field[0] === '"')
  const whole = /^"(?:[^"]|"")*"$/
  return (
    fields.every((field) => whole.test(field)) &&
    fields.some((field) => field.length > 4 && field.slice(1, -1).includes('""'))
  )
}

export function isBlank(row: readonly string[]): boolean {
  return row.every((field) => field.trim() === '')
}

function sample(head: FileHead, lines: readonly string[], delimiter: Delimiter, quoting: boolean): string[][] {
  const rows: string[][] = []
  const splitter = new TableRows(head.file, { delimiter, quoting }, (fields) => void rows.push(fields))
  lines.slice(0, sampleRows).forEach((line, index) => splitter.line(line, index + 1))
  // The sample may stop within a quoted field: what is incomplete is left out, and judged when the whole file is read.
  splitter.endSample()
  return rows
}

function guessDelimiter(plainName: string, lines: readonly string[]): Delimiter {
  const filled = lines.filter((line) => line.trim() !== '').slice(0, 500)
  const shareWith = (character: string): number =>
    filled.filter((line) => line.includes(character)).length / Math.max(1, filled.length)
  if (shareWith('\t') > 0.5) return 'tab'
  const commas = shareWith(',')
  const semicolons = shareWith(';')
  if (plainName.endsWith('.csv')) return semicolons > 0.9 && semicolons > commas ? 'semicolon' : 'comma'
  if (plainName.endsWith('.tsv') || plainName.endsWith('.tab')) return 'tab'
  const widths = new Set(filled.map((line) => line.replace(/^[ \t]+|[ \t]+$/g, '').split(/[ \t]+/).length))
  if (widths.size === 1 && !widths.has(1)) return 'space'
  if (commas > 0.9) return 'comma'
  return semicolons > 0.9 ? 'semicolon' : 'tab'
}

function mostFrequentWidth(rows: readonly (readonly string[])[]): number {
  const counts = new Map<number, number>()
  for (const row of rows) counts.set(row.length, (counts.get(row.length) ?? 0) + 1)
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), [1, 0])[0]
}

function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((given, index) => {
    const name = given === '' ? `column ${index + 1}` : given
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name} (${times})`
  })
}
