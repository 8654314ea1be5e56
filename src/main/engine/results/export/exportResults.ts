import { bibtex, type ReferenceKey } from '@shared/references'
import { resultTitles, type ListedResult, type ResultFormat, type ResultRows } from '@shared/results'
import { kindOf } from '../kinds'
import { resultJson } from '../resultJson'
import { earlierRecipe } from '../recipes'
import type { ResultLibrary } from '../resultLibrary'
import { csvOf } from '@shared/csv'
import { latexTable } from './latex'

/**
 * Results as the text of a file: a table of all their numbers (CSV), everything (JSON), a table of the best layers
 * (LaTeX), how they were made, or their references.
 */
export function exportResults(library: ResultLibrary, ids: readonly string[], format: ResultFormat): string {
  const listed = ids.map((id) => library.listed(id))
  switch (format) {
    case 'csv':
      return rowsCsv(library, listed)
    case 'json':
      return resultJson(listed.map((line) => ({ ...line, result: library.read(line.kind, line.id) })))
    case 'latex':
      return latexTable(listed)
    case 'methods':
      return methodsText(library, listed)
    case 'bibtex':
      return bibtexOf(library, listed)
  }
}

/** What a row of any kind begins with. */
const identifying = ['id', 'name', 'created', 'kind', 'model', 'dataset', 'parts', 'task', 'method']

/** The rows of every result below one another, with the columns of all; numbers in full. RFC 4180. */
function rowsCsv(library: ResultLibrary, listed: readonly ListedResult[]): string {
  const tables = listed.map((line) => ({ line, table: resultRows(library, line.id) }))
  const columns = [...new Set(tables.flatMap(({ table }) => table.columns))]
  const rows = tables.flatMap(({ line, table }) => {
    const { id, name, createdAt, kind, subject, summary } = line
    const about = [
      id,
      name,
      createdAt,
      kind,
      subject.model.name,
      subject.data.name,
      subject.data.parts,
      subject.task?.id,
      summary.method
    ]
    const places = columns.map((column) => table.columns.indexOf(column))
    return table.rows.map((row) => [
      ...about,
      ...places.map((place) => (place < 0 ? null : row[place])),
      summary.backend
    ])
  })
  return csvOf([[...identifying, ...columns, 'backend'], ...rows])
}

/** All numbers of one result as a table. @throws UserError if it is no longer kept */
export function resultRows(library: ResultLibrary, id: string): ResultRows {
  const { kind } = library.listed(id)
  return kindOf(kind).rows(library.read(kind, id))
}

function methodsText(library: ResultLibrary, listed: readonly ListedResult[]): string {
  const paragraphs = listed.map((line) => {
    const title = line.name || `${titleOf(line)}, ${line.subject.model.name}, ${line.summary.method}`
    const result = library.read(line.kind, line.id)
    const text = [kindOf(line.kind).methods(result, line), earlierRecipe(line.kind, result)].filter(Boolean).join(' ')
    return `${listed.length > 1 ? `${title}\n` : ''}${text}\n`
  })
  return [...new Set(paragraphs)].join('\n')
}

function titleOf({ kind, subject }: ListedResult): string {
  return subject.task?.title ?? resultTitles[kind]
}

function bibtexOf(library: ResultLibrary, listed: readonly ListedResult[]): string {
  const keys = listed.flatMap((line): ReferenceKey[] => kindOf(line.kind).cites(library.read(line.kind, line.id), line))
  return bibtex(keys)
}
