import type { KeptKind, KeptSummary, ResultFormat } from '@shared/kept'
import { bibtex, type ReferenceKey } from '@shared/references'
import { keptKinds } from '../kinds'
import type { KindRules } from '../kind'
import type { ResultLibrary } from '../resultLibrary'
import { csvOf } from '@shared/csv'
import { latexTable } from './latex'

/**
 * Results as the text of a file: a table of all layers (CSV), everything (JSON), a table of the best layers (LaTeX),
 * how they were made, or what they cite.
 */
export function exportResults(library: ResultLibrary, ids: readonly string[], format: ResultFormat): string {
  const summaries = ids.map((id) => library.summary(id))
  switch (format) {
    case 'csv':
      return layerCsv(summaries)
    case 'json':
      return `${JSON.stringify(
        summaries.map((summary) => ({ ...summary, result: library.read(summary.kind, summary.id) })),
        null,
        1
      )}\n`
    case 'latex':
      return latexTable(summaries)
    case 'methods':
      return methodsText(library, summaries)
    case 'bibtex':
      return bibtexOf(library, summaries)
  }
}

/** One row a result and layer; numbers in full, shares between 0 and 1. RFC 4180. */
function layerCsv(summaries: readonly KeptSummary[]): string {
  const header = [
    'id',
    'name',
    'created',
    'kind',
    'model',
    'dataset',
    'parts',
    'task',
    'method',
    'measure',
    'layer',
    'value',
    'low',
    'high',
    'control',
    'selectivity',
    'codelength_bits',
    'majority',
    'items',
    'backend'
  ]
  const rows = summaries.flatMap(
    ({ id, name, createdAt, kind, model, dataset, task, method, score, curve, majority, items, backend }) =>
      (curve.length > 0 ? curve : [{ ...score, control: undefined, selectivity: undefined, bits: undefined }]).map(
        ({ layer, value, interval, control, selectivity, bits }) => [
          id,
          name,
          createdAt,
          kind,
          model.name,
          dataset.name,
          dataset.parts,
          task.id,
          method,
          score.measure,
          layer,
          value,
          interval?.[0],
          interval?.[1],
          control,
          selectivity,
          bits,
          majority,
          items,
          backend
        ]
      )
  )
  return csvOf([header, ...rows])
}

function methodsText(library: ResultLibrary, summaries: readonly KeptSummary[]): string {
  const paragraphs = summaries.map((summary) => {
    const { methods } = rulesOf(summary.kind)
    return `${summaries.length > 1 ? `${summary.name || `${summary.task.title}, ${summary.model.name}, ${summary.method}`}\n` : ''}${methods(library.read(summary.kind, summary.id))}\n`
  })
  return [...new Set(paragraphs)].join('\n')
}

function bibtexOf(library: ResultLibrary, summaries: readonly KeptSummary[]): string {
  const keys = summaries.flatMap(({ kind, id }): ReferenceKey[] => rulesOf(kind).cites(library.read(kind, id)))
  return bibtex(keys)
}

function rulesOf<K extends KeptKind>(kind: K): KindRules<K> {
  return keptKinds[kind]
}
