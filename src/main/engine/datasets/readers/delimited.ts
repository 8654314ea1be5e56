import type { ColumnRole, PreviewColumn } from '@shared/dataset'
import { quoted } from '@shared/userError'
import type { LayerSpec } from '../layers'
import { chooseLabels } from './columnGuess'
import type { DatasetReader, ReadContext } from './reader'
import { refuse } from './refuse'
import { SentenceTableParser } from './sentenceTable'
import type { LineParser } from './source'
import { tableSettings } from './tableSettings'
import type { TableColumn, TableSample, TableSettings } from './tableSettings'
import { TokenTableParser } from './tokenTable'

const tokenRoles: ColumnRole[] = ['word', 'label', 'sentenceId', 'document', 'tokenIndex', 'ignore']
const sentenceRoles: ColumnRole[] = ['text', 'label', 'sentenceId', 'document', 'ignore']

/** Tables: a word a line with blank lines between sentences (CoNLL-2003, IOB2 and their kin), or a sentence a row. */
export const delimited: DatasetReader = {
  id: 'delimited',
  title: 'Table (TSV, CSV, CoNLL columns)',
  extensions: ['.tsv', '.csv', '.tab', '.conll', '.iob', '.iob2', '.bio', '.txt'],
  maxLineBytes: 1 << 20,
  headBytes: 1 << 18,
  sniff(head) {
    if (delimited.extensions.some((extension) => head.plainName.endsWith(extension))) return 0.8
    const lines = head.lines.filter((line) => line !== '').slice(0, 100)
    const withTab = lines.filter((line) => line.includes('\t')).length
    return lines.length > 0 && withTab / lines.length > 0.9 ? 0.5 : 0
  },
  preview(head, choice) {
    const { rows, columns, ...settings } = tableSettings(head, choice)
    return {
      layout: settings.layout,
      delimiter: settings.delimiter,
      quoting: settings.quoting,
      header: settings.header,
      columns: columns.map(({ as: _as, ...column }): PreviewColumn => ({
        ...column,
        roles: settings.layout === 'tokenPerLine' ? tokenRoles : sentenceRoles
      })),
      rows: rows.slice(0, 20)
    }
  },
  plan(head, choice) {
    const settings = tableSettings(head, choice)
    checkColumns(head.file, settings)
    return {
      parser: (context) => parserFor(context, settings),
      layers: () => labelLayers(settings),
      documents: settings.columns.find(({ role }) => role === 'document')?.name,
      checkHead(other, first) {
        const { columns, header } = tableSettings(other, {
          ...choice,
          delimiter: settings.delimiter,
          quoting: settings.quoting,
          header: settings.header,
          columns: undefined
        })
        const names = (list: readonly TableColumn[]): string => list.map(({ name }) => name).join(', ')
        const ownNames = names(tableSettings(head, { ...choice, columns: undefined, header: settings.header }).columns)
        if (columns.length !== settings.columns.length) {
          refuse(
            { file: other.file },
            `the rows have ${columns.length} columns where those of ${first} have ${settings.columns.length}; ` +
              'open files of one kind together.'
          )
        }
        if (header && names(columns) !== ownNames) {
          refuse(
            { file: other.file, line: 1 },
            `the columns are ${names(columns)} where ${first} has ${ownNames}; open files of one kind together.`
          )
        }
      }
    }
  }
}

function parserFor(context: ReadContext, settings: TableSettings): LineParser {
  return settings.layout === 'tokenPerLine'
    ? new TokenTableParser(context, settings)
    : new SentenceTableParser(context, settings)
}

/** Refuses a choice of columns that does not make a data set. */
function checkColumns(file: string, { columns, layout, header, rows }: TableSample): void {
  const main = layout === 'tokenPerLine' ? 'word' : 'text'
  const mains = columns.filter(({ role }) => role === main)
  const place = { file }
  if (header && rows.length === 0)
    refuse(place, 'there is no row under the header; if its first row is data, say so (header: no).')
  if (mains.length === 0) refuse(place, `no column holds the ${main === 'word' ? 'words' : 'text'}; choose one.`)
  if (mains.length > 1) {
    refuse(
      place,
      `${mains.length} columns (${mains.map(({ name }) => quoted(name)).join(', ')}) are to hold the ` +
        `${main === 'word' ? 'words' : 'text'}; choose one of them.`
    )
  }
  const known = layout === 'tokenPerLine' ? tokenRoles : sentenceRoles
  const misfit = columns.find(({ role }) => !known.includes(role))
  if (misfit)
    refuse(
      place,
      `column ${quoted(misfit.name)} cannot be "${misfit.role}" where ` +
        `${layout === 'tokenPerLine' ? 'each line is a word' : 'each row is a sentence'}.`
    )
  if (!columns.some(({ role }) => role === 'label')) {
    const bars = rows.length > 0 && rows.every((row) => row[0]?.includes('|'))
    const single = bars
      ? 'its fields seem to be separated by "|"; separate them by tabs, commas or semicolons'
      : 'there is only one column; check the delimiter'
    const reason = columns.length === 1 ? single : chooseLabels('columns', columns)
    refuse(place, `no column holds labels; ${reason}.`)
  }
}

function labelLayers({ columns, layout, quoting, requoted }: TableSettings): LayerSpec[] {
  return columns
    .filter(({ role }) => role === 'label')
    .map(({ name, index, as, renamed }) => ({
      id: name,
      title: name,
      description: `Column ${index + 1} of the table.`,
      unit: layout === 'tokenPerLine' ? 'token' : 'sentence',
      origin: {
        kind: 'column',
        column: name,
        mayBeNumber: true,
        as,
        ...((renamed !== undefined || requoted) && { chosen: { column: renamed, ...(requoted && { quoting }) } })
      }
    }))
}
