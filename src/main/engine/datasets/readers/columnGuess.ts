import type { ColumnRole, TableLayout } from '@shared/dataset'
import { quoted } from '@shared/userError'
import { isNumberOrNone } from '../columnValues'
import { columnStatistics } from './columnStatistics'
import type { ColumnStatistics } from './columnStatistics'

/** Names that people give such columns, compared in lower case. */
const namesOf: Record<Exclude<ColumnRole, 'ignore'>, RegExp> = {
  word: /^(words?|tokens?|forms?|word_?forms?)$/,
  text: /^(text|sentence|sentence1|utterance|question|query|review|content|comment|tweet|document|input|premise)$/,
  sentenceId: /^(id|guid|uid|sent_?id|sentence_?id|sentence ?#|sentence ?(no|nr|number)\.?|example_?id)$/,
  document: /^(doc|(new)?doc(ument)?[ _]?(ids?|#|no|nr|number|name))$/,
  tokenIndex: /^(i|idx|index|token_?(id|index|no)|word_?(id|index|no))$/,
  label: new RegExp(
    '^(labels?|tags?|pos|pos_?tags?|upos|xpos|ner|ner_?tags?|chunk|chunk_?tags?|deprel|class|category|intent|target|' +
      'topic|domain|genre|sentiment|emotion|score|rating|stars|lexcat|supersense)$'
  )
}

/** Whether a name is one that columns are usually given, in any role. */
function isKnownName(name: string): boolean {
  return Object.values(namesOf).some((pattern) => pattern.test(plainName(name)))
}

/** The first line of a table may be marked as a comment: `# word`. */
function plainName(name: string): string {
  return name.replace(/^#/, '').trim().toLowerCase()
}

/** Whether a name is one that columns of a role usually have. */
export function isNamed(name: string, role: Exclude<ColumnRole, 'ignore'>): boolean {
  return namesOf[role].test(plainName(name))
}

/** Running text rather than a word or a label. */
function looksLikeText(column: ColumnStatistics): boolean {
  return isMostlyFilled(column) && (column.spaceShare >= 0.3 || column.meanLength > 24)
}

/** Annotations fill some rows only; words and texts fill every row. */
function isMostlyFilled(column: ColumnStatistics): boolean {
  return column.filled >= column.rows / 2
}

/** With so few rows, every label may be the only one of its kind. */
const tooFewToTell = 50

/** Few different values, and short ones: what a label looks like. */
function looksLikeLabel(column: ColumnStatistics, layout: TableLayout): boolean {
  if (column.filled === 0 || column.distinct < 2 || column.dashShare > 0.5 || column.meanLength > 40) return false
  if (layout === 'tokenPerLine' && column.rows < tooFewToTell) return column.spaceShare === 0
  return column.distinct < column.filled && column.distinct <= Math.max(3, Math.min(200, column.filled / 3))
}

/** A column is one of numbers if at least this share of its filled values are. */
const mostlyNumbers = 0.8

/** Numbers with decimals, apart from a few missing values: a quantity. Ids have none. */
function looksMeasured(column: ColumnStatistics): boolean {
  return isMostlyFilled(column) && column.numberShare >= mostlyNumbers && column.fractionShare >= 0.3
}

/**
 * The role each column most likely has, given how rows make sentences.
 * @param needsText false where the words come from elsewhere: then a column is a text only if it looks like one
 */
export function guessRoles(
  names: readonly string[],
  columns: readonly ColumnStatistics[],
  layout: TableLayout,
  needsText = true
): ColumnRole[] {
  const roles: ColumnRole[] = columns.map(() => 'ignore')
  let main = layout === 'tokenPerLine' ? findWords(names, columns) : findText(names, columns)
  const mainColumn = columns[main]
  if (!needsText && !isNamed(names[main] ?? '', 'text') && !(mainColumn && looksLikeText(mainColumn))) main = -1
  columns.forEach((column, index) => {
    const name = names[index] ?? ''
    if (index === main) roles[index] = layout === 'tokenPerLine' ? 'word' : 'text'
    else if (layout === 'tokenPerLine' && (isNamed(name, 'tokenIndex') || isCounter(column)))
      roles[index] = 'tokenIndex'
    else if (isNamed(name, 'sentenceId')) roles[index] = 'sentenceId'
    else if (isNamed(name, 'document')) roles[index] = 'document'
    else if (isNamed(name, 'label')) roles[index] = 'label'
    else if (looksLikeLabel(column, layout) || looksMeasured(column)) roles[index] = 'label'
  })
  return withOnlyCandidate(roles, columns)
}

/** Why a column was taken for what it is, in a few words; see `guessRoles`. */
export function guessReason(name: string, guess: ColumnRole): string {
  if (guess === 'ignore') return 'its values do not look like labels'
  return isNamed(name, guess) ? 'by its name' : 'by its values'
}

/** What to do where no column was taken for labels; names those that may hold them. */
export function chooseLabels(what: 'columns' | 'keys', columns: readonly { name: string; role: ColumnRole }[]): string {
  const unused = columns.filter(({ role }) => role === 'ignore').map(({ name }) => name)
  const [first] = unused
  const named = unused
    .slice(0, 5)
    .map((name) => quoted(name))
    .join(', ')
  const which = first === undefined ? '' : `, of ${named}${unused.length > 5 ? ', ...' : ''} (--columns ${first}=label)`
  return `choose the ${what} that hold labels${which}`
}

/** In a table too small to tell labels by their recurring, the one remaining column is the label. */
function withOnlyCandidate(roles: ColumnRole[], columns: readonly ColumnStatistics[]): ColumnRole[] {
  const candidates = columns.flatMap((column, index) =>
    roles[index] === 'ignore' &&
    column.rows < tooFewToTell &&
    column.distinct > 1 &&
    column.dashShare === 0 &&
    !looksLikeText(column)
      ? [index]
      : []
  )
  const [only] = candidates
  return roles.includes('label') || only === undefined || candidates.length > 1 ? roles : roles.with(only, 'label')
}

function isCounter(column: ColumnStatistics): boolean {
  // More steps than restarts: a label of 0 and 1 steps and restarts in turn.
  return column.filled > 1 && column.stepShare > 0.55 && column.stepShare + column.restartShare > 0.9
}

function findWords(names: readonly string[], columns: readonly ColumnStatistics[]): number {
  const named = names.findIndex((name) => isNamed(name, 'word'))
  if (named !== -1) return named
  const apart = (name: string): boolean => isNamed(name, 'sentenceId') || isNamed(name, 'document')
  const possible = columns
    .map((column, index) => ({ column, index }))
    .filter(({ column, index }) => !isCounter(column) && !apart(names[index] ?? ''))
  // Numbers vary more than words do, and are never the words where anything else is there.
  const worded = possible.filter(({ column }) => column.numberShare < mostlyNumbers)
  const candidates = worded.length > 0 ? worded : possible
  // Words vary more than their labels do; where nothing varies, they come first.
  return candidates.reduce(
    (best, next) => (next.column.distinct > best.column.distinct * 1.05 ? next : best),
    candidates[0] ?? { index: 0, column: columns[0] as ColumnStatistics }
  ).index
}

function findText(names: readonly string[], columns: readonly ColumnStatistics[]): number {
  const named = names.findIndex((name) => isNamed(name, 'text'))
  if (named !== -1) return named
  const length = (index: number): number => {
    const column = columns[index]
    return column && isMostlyFilled(column) && (column.distinct > 1 || column.rows === 1) ? column.meanLength : 0
  }
  return columns.reduce((best, _column, index) => (length(index) > length(best) ? index : best), 0)
}

/** Whether the rows are words or whole sentences. */
export function guessLayout(
  names: readonly string[],
  columns: readonly ColumnStatistics[],
  hasBlankLines: boolean
): TableLayout {
  if (names.some((name) => isNamed(name, 'word'))) return 'tokenPerLine'
  if (names.some((name) => isNamed(name, 'text')) && !hasBlankLines) return 'sentencePerRow'
  const others = columns.filter(
    (column, index) =>
      !isNamed(names[index] ?? '', 'document') &&
      !(isNamed(names[index] ?? '', 'sentenceId') && column.repeatShare > 0.3)
  )
  // Between blank lines a long value is more likely a list of features than a text.
  const running = hasBlankLines
    ? others.some((column) => isMostlyFilled(column) && column.spaceShare >= 0.5)
    : others.some(looksLikeText)
  return running ? 'sentencePerRow' : 'tokenPerLine'
}

/** Whether the first row names the columns: it holds a usual name, and no value that recurs as a label. */
export function guessHeader(rows: readonly (readonly string[])[], hasBlankLines: boolean): boolean {
  const [first, ...rest] = rows
  if (!first) return false
  const cells = first.map((cell) => cell.trim())
  if (rest.length === 0) return cells.length > 1 && cells.every((cell) => isKnownName(cell))
  // pandas and R write the numbers of the rows as a first column without a name; those of a part have gaps.
  const index = cells[0] === '' && cells.length > 1 && isIndex(rest.map((row) => row[0] ?? ''))
  const named = index ? cells.slice(1) : cells
  if (named.includes('') || new Set(cells).size < cells.length || named.some(isNumberOrNone)) return false
  if (index || named.every((cell) => isKnownName(cell))) return true
  // A name over a column of numbers.
  if (rest.length >= 3 && cells.some((_cell, column) => isNumeric(rest.map((row) => row[column] ?? '')))) return true
  const labelled = cells.map((cell, index) => {
    const values = rest.map((row) => row[index] ?? '')
    return {
      recurs: values.includes(cell),
      isLabel: looksLikeLabel(columnStatistics(values), hasBlankLines ? 'tokenPerLine' : 'sentencePerRow')
    }
  })
  if (labelled.some(({ recurs, isLabel }) => recurs && isLabel)) return false
  const known = cells.filter(isKnownName).length
  if (known >= 2 || (known === 1 && !hasBlankLines)) return true
  // The usual name of a label, over values that look like labels.
  if (cells.length > 1 && cells.some((cell, index) => isNamed(cell, 'label') && labelled[index]?.isLabel)) return true
  // Labels have their own names; so has the column of words.
  if (cells.length > 1 && cells.some((cell) => isNamed(cell, 'word'))) return true
  // A table of sentences whose label column begins with a value that never recurs as a label.
  return (
    !hasBlankLines &&
    rest.length >= 10 &&
    labelled.some(({ isLabel }) => isLabel) &&
    rest.every((row) => row.length === cells.length) &&
    cells.every((cell) => !cell.includes(' '))
  )
}

/** All numbers, apart from a few missing values. */
function isNumeric(values: readonly string[]): boolean {
  const { filled, numberShare } = columnStatistics(values)
  return filled >= 3 && numberShare >= mostlyNumbers
}

/** Whole numbers; those of joined parts recur. */
function isIndex(values: readonly string[]): boolean {
  return values.length > 0 && values.every((value) => /^\d+$/.test(value))
}
