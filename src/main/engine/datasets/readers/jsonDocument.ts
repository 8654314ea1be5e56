import { asRow, cellText, checkJsonColumns, jsonSettings, deepest, previewColumns } from './jsonColumns'
import { isUserError } from '@shared/userError'
import { isDeep, parseDataJson } from '../../files/pythonJson'
import type { JsonRow, JsonSettings } from './jsonColumns'
import { findJsonError } from './jsonError'
import { JsonSentences, jsonLayers } from './jsonSentences'
import type { DatasetReader, ReadContext } from './reader'
import { refuse } from './refuse'
import type { FileHead, LineParser } from './source'
import { splitNameOfKey } from '../splitNames'

/** A document is parsed as a whole, so it must fit in memory several times over. */
const largestDocument = 64 << 20

interface Part {
  /** The key of its list; undefined when the document is one list. */
  key: string | undefined
  entries: unknown[]
}

/**
 * One JSON document: a list of objects (or of lists such as [text, label]), or an object of such lists, one a split.
 */
export const jsonDocument: DatasetReader = {
  id: 'jsonDocument',
  title: 'JSON document',
  extensions: ['.json'],
  maxLineBytes: largestDocument,
  headBytes: largestDocument,
  sniff(head) {
    if (head.plainName.endsWith('.json')) return 0.9
    return /^\s*[[{]\s*$/.test(head.lines[0] ?? '') ? 0.6 : 0
  },
  preview(head, choice) {
    const rows = sampleRows(head)
    const settings = jsonSettings(rows, choice)
    return {
      layout: settings.layout,
      columns: previewColumns(settings),
      rows: rows.slice(0, 20).map((row) => settings.columns.map(({ name }) => cellText(row[name])))
    }
  },
  plan(head, choice) {
    const settings = jsonSettings(sampleRows(head), choice)
    checkJsonColumns(head.file, settings)
    return {
      parser: (context) => new JsonDocumentParser(context, settings),
      layers: () => jsonLayers(settings),
      documents: settings.columns.find(({ role }) => role === 'document')?.name
    }
  }
}

function sampleRows(head: FileHead): JsonRow[] {
  if (!head.complete)
    refuse(
      { file: head.file },
      `the document is larger than ${largestDocument.toLocaleString('en-US')} bytes; write it as JSON Lines, ` +
        'one object a line.'
    )
  const parts = partsOf(head.lines.join('\n'), head.file)
  // A few of every part: the first may be a list of rare cases.
  return parts.flatMap((part) =>
    part.entries.slice(0, Math.ceil(1000 / parts.length)).map((entry, index) => rowOf(entry, part, index, head.file))
  )
}

function partsOf(text: string, file: string): Part[] {
  let document: unknown
  try {
    if (isDeep(text, deepest)) refuse({ file }, `lists and objects are nested more than ${deepest} levels deep.`)
    document = parseDataJson(text)
  } catch (error) {
    if (isUserError(error)) throw error
    const { line, column, expected } = findJsonError(text)
    refuse({ file, line }, `this is not valid JSON: ${expected} expected at character ${column}.`)
  }
  if (Array.isArray(document)) return [{ key: undefined, entries: document }]
  const lists = Object.entries(asRow(document) ?? {}).flatMap(([key, value]) =>
    Array.isArray(value) && value.some((entry) => asRow(entry) !== null) ? [{ key, entries: value as unknown[] }] : []
  )
  if (lists.length === 0)
    refuse({ file }, 'the document is neither a list of sentences nor an object of such lists, one a split.')
  return lists.length === 1 && lists[0] ? [{ ...lists[0], key: undefined }] : lists
}

function rowOf(entry: unknown, { key }: Part, index: number, file: string): JsonRow {
  return (
    asRow(entry) ??
    refuse({ file, part: partName(key, index) }, 'a single value where an object or a list is expected.')
  )
}

function partName(key: string | undefined, index: number): string {
  return key === undefined ? `entry ${index + 1}` : `${JSON.stringify(key)} entry ${index + 1}`
}

class JsonDocumentParser implements LineParser {
  private readonly lines: string[] = []

  constructor(
    private readonly context: ReadContext,
    private readonly settings: JsonSettings
  ) {}

  line(text: string): void {
    this.lines.push(text)
  }

  end(): void {
    const { file } = this.context
    const sentences = new JsonSentences(this.context, this.settings)
    for (const part of partsOf(this.lines.join('\n'), file)) {
      const split = part.key === undefined ? this.context.split() : this.context.namedSplit(splitNameOfKey(part.key))
      part.entries.forEach((entry, index) => {
        sentences.add(rowOf(entry, part, index, file), split, { file, part: partName(part.key, index) })
      })
    }
  }
}
