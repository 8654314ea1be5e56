import { asRow, cellText, checkJsonColumns, deepest, jsonSettings, previewColumns } from './jsonColumns'
import type { JsonRow, JsonSettings } from './jsonColumns'
import { findJsonError } from './jsonError'
import { JsonSentences, jsonLayers } from './jsonSentences'
import { isUserError } from '@shared/userError'
import { isDeep, parseDataJson, parsePythonJson } from '../../files/pythonJson'
import type { SplitBuilder } from '../builder'
import type { DatasetReader, ReadContext } from './reader'
import { refuse } from './refuse'
import type { Place } from './refuse'
import type { FileHead, LineParser } from './source'

/** JSON Lines: one object a line, `{"text": ..., "label": ...}` or `{"tokens": [...], "tags": [...]}`. */
export const jsonLines: DatasetReader = {
  id: 'jsonLines',
  title: 'JSON Lines',
  extensions: ['.jsonl', '.ndjson'],
  maxLineBytes: 8 << 20,
  headBytes: 1 << 18,
  sniff(head) {
    if (jsonLines.extensions.some((extension) => head.plainName.endsWith(extension))) return 1
    const [first, second] = head.lines.filter((line) => line.trim() !== '')
    // Two whole objects on two lines are never one JSON document.
    return first !== undefined && second !== undefined && isObject(first) && isObject(second) ? 0.95 : 0
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
      parser: (context) => new JsonLinesParser(context, settings),
      layers: () => jsonLayers(settings),
      documents: settings.columns.find(({ role }) => role === 'document')?.name
    }
  }
}

function isObject(line: string): boolean {
  try {
    const value = parsePythonJson(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** The first rows; the last line of a sample is whole, because heads end at line ends. */
function sampleRows(head: FileHead): JsonRow[] {
  const rows: JsonRow[] = []
  head.lines.slice(0, 1000).forEach((line, index) => {
    if (line.trim() !== '') rows.push(parseLine(line, { file: head.file, line: index + 1 }))
  })
  return rows
}

/** The object of a line. @throws UserError with the line for anything else */
export function parseLine(line: string, place: Place): JsonRow {
  let value: unknown
  try {
    if (isDeep(line, deepest)) refuse(place, `lists and objects are nested more than ${deepest} levels deep.`)
    value = parseDataJson(line)
  } catch (error) {
    if (isUserError(error)) throw error
    const { column, expected } = findJsonError(line)
    refuse(place, `this is not valid JSON: ${expected} expected at character ${column}; each line holds one object.`)
  }
  const row = Array.isArray(value) ? null : asRow(value)
  return (
    row ??
    refuse(
      place,
      `${Array.isArray(value) ? 'a list' : 'a single value'} where an object is expected; each line holds one object.`
    )
  )
}

class JsonLinesParser implements LineParser {
  private readonly sentences: JsonSentences
  private readonly split: SplitBuilder

  constructor(
    private readonly context: ReadContext,
    settings: JsonSettings
  ) {
    this.sentences = new JsonSentences(context, settings)
    this.split = context.split()
  }

  line(text: string, number: number): void {
    if (text.trim() === '') return
    const place = { file: this.context.file, line: number }
    this.sentences.add(parseLine(text, place), this.split, place)
  }

  end(): void {
    // Every line was a sentence of its own.
  }
}
