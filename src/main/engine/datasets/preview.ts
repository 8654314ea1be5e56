import { basename } from 'node:path'
import type { ColumnChoice, ColumnValues, DatasetPreview } from '@shared/dataset'
import { isUserError } from '@shared/userError'
import { DatasetBuilder } from './builder'
import { columnReport } from './columnReport'
import { timesOf } from './columnValues'
import type { SplitBuilder } from './builder'
import { chosenFormats, readFileHead } from './readers/fileFormat'
import { Notes } from './notes'
import type { DatasetReader, FormatPreview } from './readers/reader'
import type { FileHead } from './readers/source'
import type { SplitFile } from './expandPaths'

/** Shows how files would be read: the first one's beginning, its columns, and the errors that opening would report. */
export async function previewFiles(files: readonly SplitFile[], choice: ColumnChoice): Promise<DatasetPreview> {
  const paths = files.map(({ path }) => path)
  const path = paths[0] ?? ''
  const { reader, head } = await readFileHead(path, choice)
  const shown = showColumns(reader, head, choice)
  const trial = shown.format
    ? tryReading(reader, head, choice, path)
    : { sentences: 0, words: 0, problems: [], notes: [], canOpen: false, splits: [], reports: new Map() }
  const others = await tryOthers(paths, reader, head, choice)
  return {
    path,
    format: reader.id,
    formatTitle: reader.title,
    formats: chosenFormats.map(({ id, title }) => ({ id, title })),
    ...(shown.format ?? { rows: [] }),
    columns: shown.format?.columns.map((column) => ({ ...column, ...trial.reports.get(column.name) })) ?? [],
    sentences: trial.sentences,
    words: trial.words,
    complete: head.complete,
    problems: [...shown.problems, ...trial.problems, ...others],
    notes: trial.notes,
    canOpen: trial.canOpen && others.length === 0,
    splits: files
      .filter(({ split }, index) => files.findIndex((file) => file.split === split) === index)
      .map(({ path: file, split }) => ({ path: file, name: split })),
    ownSplits: trial.splits.length > 1 ? trial.splits : []
  }
}

function showColumns(
  reader: DatasetReader,
  head: FileHead,
  choice: ColumnChoice
): { format: FormatPreview | null; problems: string[] } {
  const { result, problem } = attempt(() => reader.preview(head, choice))
  return { format: result, problems: problem === null ? [] : [problem] }
}

interface Trial {
  sentences: number
  words: number
  problems: string[]
  notes: string[]
  canOpen: boolean
  splits: string[]
  /** How the values of labels are read, by column. */
  reports: Map<string, ColumnReport>
}

type ColumnReport = ReturnType<typeof columnReport>

/**
 * Reads the beginning as opening would; whatever follows the last blank line of a cut beginning may be half a
 * sentence.
 */
function tryReading(reader: DatasetReader, head: FileHead, choice: ColumnChoice, path: string): Trial {
  const notes = new Notes()
  const builder = new DatasetBuilder(notes)
  const reports = new Map<string, ColumnReport>()
  const { problem } = attempt(() => {
    const made = new Map<string, SplitBuilder>()
    const named = (name: string): SplitBuilder => {
      const split = made.get(name) ?? builder.split(name, path, head.file)
      made.set(name, split)
      return split
    }
    const plan = reader.plan(head, choice)
    const parser = plan.parser({ file: head.file, builder, notes, split: () => named(''), namedSplit: named })
    head.lines.forEach((line, index) => parser.line(line, index + 1))
    if (head.complete) parser.end()
    const report = (
      { id, title }: { id: string; title: string },
      { column, as }: { column: string; as?: ColumnValues },
      valuesOf: (split: SplitBuilder) => Int32Array
    ): void => {
      const table = builder.tables.columns.get(column)
      if (table) reports.set(id, columnReport(title, as, table, timesOf(table, builder.splits.map(valuesOf))))
    }
    for (const spec of plan.layers(builder.tables)) {
      const { origin, unit } = spec
      if (origin.kind === 'column' && origin.mayBeNumber)
        report(spec, origin, (split) => split.valuesOf(unit, origin.column))
    }
    for (const spec of plan.spanLayers?.(builder.tables) ?? [])
      if (spec.mayBeNumber) report(spec, spec, (split) => split.spanColumn(spec.column).labelIds())
  })
  const filled = builder.splits.filter(({ sentences }) => sentences > 0)
  return {
    sentences: filled.reduce((sum, { sentences }) => sum + sentences, 0),
    words: filled.reduce((sum, { words }) => sum + words, 0),
    problems: [...(problem === null ? [] : [problem]), ...notes.sentences('warning')],
    notes: notes.sentences('note'),
    canOpen: problem === null,
    splits: filled.map(({ name }) => name),
    reports
  }
}

/** What opening would say of the further files' columns. */
async function tryOthers(
  paths: readonly string[],
  reader: DatasetReader,
  head: FileHead,
  choice: ColumnChoice
): Promise<string[]> {
  const plan = attempt(() => reader.plan(head, choice)).result
  const problems: string[] = []
  for (const path of paths.slice(1)) {
    try {
      const other = await readFileHead(path, { ...choice, format: reader.id })
      plan?.checkHead?.(other.head, basename(head.file))
    } catch (error) {
      if (!isUserError(error)) throw error
      problems.push(error.message)
    }
  }
  return problems
}

/** Runs something that may be refused, and returns the reason. */
function attempt<Result>(work: () => Result): { result: Result | null; problem: string | null } {
  try {
    return { result: work(), problem: null }
  } catch (error) {
    if (!isUserError(error)) throw error
    return { result: null, problem: error.message }
  }
}
