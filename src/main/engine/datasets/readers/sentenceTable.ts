import type { ColumnBuilder } from '../columns'
import type { SplitBuilder } from '../builder'
import { documentColumn } from '../documents'
import type { ReadContext } from './reader'
import { count, refuse } from './refuse'
import type { LineParser } from './source'
import { splitWords } from '../splitWords'
import { TableRows, isTableComment } from './tableRows'
import { isBlank } from './tableSettings'
import type { TableSettings } from './tableSettings'

/** A sentence a row: its text and the labels it carries as a whole. */
export class SentenceTableParser implements LineParser {
  private readonly rows: TableRows
  private readonly split: SplitBuilder
  private readonly labels: { column: ColumnBuilder; index: number; name: string }[]
  private readonly textIndex: number
  private readonly idIndex: number
  private readonly documentIndex: number
  private readonly documents: ColumnBuilder
  private readonly width: number
  private headerPending: boolean

  constructor(
    private readonly context: ReadContext,
    settings: TableSettings
  ) {
    this.split = context.split()
    this.rows = new TableRows(context.file, settings, (fields, line) => this.row(fields, line))
    this.headerPending = settings.header
    this.width = settings.columns.length
    this.textIndex = settings.columns.findIndex(({ role }) => role === 'text')
    this.idIndex = settings.columns.findIndex(({ role }) => role === 'sentenceId')
    this.documentIndex = settings.columns.findIndex(({ role }) => role === 'document')
    this.documents = this.split.sentenceColumn(documentColumn)
    this.labels = settings.columns
      .filter(({ role }) => role === 'label')
      .map(({ index, name }) => ({ index, name, column: this.split.sentenceColumn(name) }))
  }

  line(text: string, number: number): void {
    if (isTableComment(text)) this.context.notes.add('comment', this.context.file, number)
    else this.rows.line(text, number)
  }

  end(): void {
    this.rows.end()
  }

  private row(fields: readonly string[], line: number): void {
    const { file, notes } = this.context
    if (isBlank(fields)) return
    if (this.headerPending) {
      this.headerPending = false
      return
    }
    if (fields.length !== this.width) {
      refuse(
        { file, line },
        `${count(fields.length, 'column')} where the other rows have ${this.width}; check the delimiter and the quotes.`
      )
    }
    const text = (fields[this.textIndex] ?? '').replace(/\s+/gu, ' ').trim()
    const { words, spaceAfter } = splitWords(text)
    if (words.length === 0) return notes.add('emptySentence', file, line)
    if (text.length > 2 && text.startsWith('"') && text.endsWith('"') && text.indexOf('"', 1) === text.length - 1)
      notes.add('quotedField', file, line, text)
    words.forEach((word, index) => this.split.word(word, spaceAfter[index]))
    for (const { column, index, name } of this.labels) {
      const value = (fields[index] ?? '').trim()
      const missing = value === '' || value === '_'
      if (missing) notes.add('missingValue', file, line, name)
      column.add(missing ? null : value, { file, line })
    }
    this.documents.add(fields[this.documentIndex]?.trim() || null)
    this.split.endSentence({ id: fields[this.idIndex] || undefined, text, line })
  }
}
