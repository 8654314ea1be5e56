import { quoted } from '@shared/userError'
import { rangeOrDecimal } from './columnStatistics'
import type { ColumnBuilder } from '../columns'
import type { SplitBuilder } from '../builder'
import { documentColumn, isDocumentMark } from '../documents'
import type { ReadContext } from './reader'
import { count, refuse } from './refuse'
import type { LineParser } from './source'
import { alignSpaces } from '../splitWords'
import { TableRows, isTableComment } from './tableRows'
import { isBlank } from './tableSettings'
import type { TableSettings } from './tableSettings'

/** Not a no-break space, which is a word like any other. */
const outerSpace = /^[ \t]+|[ \t]+$/g

/** A whole file of more words than this in one sentence most likely lacks its blank lines. */
const suspiciousWords = 200

/** A word a line; a blank line, a new sentence number or a word count that starts again ends the sentence. */
export class TokenTableParser implements LineParser {
  private readonly rows: TableRows
  private readonly split: SplitBuilder
  private readonly labels: { column: ColumnBuilder; index: number; name: string }[]
  private readonly wordIndex: number
  private readonly wordName: string
  private readonly sentenceIdIndex: number
  private readonly tokenIndexIndex: number
  private readonly documentIndex: number
  private width = 0
  private headerPending: boolean
  private words: string[] = []
  private firstLine = 0
  private lastPosition = -1
  private id: string | undefined
  private text: string | undefined
  private document: string | null = null
  private readonly documents: ColumnBuilder

  constructor(
    private readonly context: ReadContext,
    settings: TableSettings
  ) {
    const find = (role: string): number => settings.columns.findIndex((column) => column.role === role)
    this.split = context.split()
    this.rows = new TableRows(context.file, settings, (fields, line) => this.row(fields, line))
    this.headerPending = settings.header
    this.wordIndex = find('word')
    this.wordName = settings.columns[this.wordIndex]?.name ?? ''
    this.sentenceIdIndex = find('sentenceId')
    this.tokenIndexIndex = find('tokenIndex')
    this.documentIndex = find('document')
    this.width = settings.columns.length
    this.documents = this.split.sentenceColumn(documentColumn)
    this.labels = settings.columns
      .filter(({ role }) => role === 'label')
      .map(({ index, name }) => ({ index, name, column: this.split.tokenColumn(name) }))
  }

  line(text: string, number: number): void {
    if (isTableComment(text)) return this.comment(text, number)
    this.rows.line(text, number)
  }

  end(): void {
    this.rows.end()
    this.endSentence()
    const { notes, file } = this.context
    if (this.split.sentences === 1 && this.split.words > suspiciousWords) notes.add('oneSentence', file)
  }

  private newDocument(mark: string, line: number): void {
    const { file, notes } = this.context
    notes.add('documentMark', file, line, mark.split(/[ \t]/, 1)[0])
    this.endSentence()
    this.document = `${file}, line ${line}`
  }

  private comment(text: string, number: number): void {
    if (text.startsWith('#begin document')) return this.newDocument(text, number)
    this.context.notes.add('comment', this.context.file, number)
    if (this.words.length > 0) return
    if (text.startsWith('# sent_id = ')) this.id = text.slice(12).trim()
    else if (text.startsWith('# text = ')) this.text = text.slice(9).trim()
  }

  private row(fields: string[], line: number): void {
    const { file, notes } = this.context
    if (isBlank(fields)) {
      if (fields.length > 1 || fields[0] !== '') notes.add('blankWithSpaces', file, line)
      return this.endSentence()
    }
    if (this.headerPending) {
      this.headerPending = false
      return
    }
    if (isDocumentMark(fields[0] ?? '')) return this.newDocument(fields[0]!, line)
    if (fields.length !== this.width) {
      refuse(
        { file, line },
        `${count(fields.length, 'column')} where the other rows have ${this.width}; check the delimiter.`
      )
    }
    const position = fields[this.tokenIndexIndex]
    if (position !== undefined && rangeOrDecimal.test(position)) return notes.add('tokenRange', file, line, position)
    if (this.startsSentence(fields, position)) this.endSentence()
    this.word(fields, line)
  }

  private startsSentence(fields: readonly string[], position: string | undefined): boolean {
    if (this.words.length > 0 && position !== undefined && Number(position) <= this.lastPosition) return true
    const document = fields[this.documentIndex]?.trim()
    if (this.words.length > 0 && document && this.document !== null && document !== this.document) return true
    const id = fields[this.sentenceIdIndex]
    return id !== undefined && id !== '' && this.words.length > 0 && this.id !== undefined && id !== this.id
  }

  private word(fields: readonly string[], line: number): void {
    const { file, notes } = this.context
    const form = (fields[this.wordIndex] ?? '').replace(outerSpace, '')
    if (form === '') refuse({ file, line }, `the word (column ${quoted(this.wordName)}) is empty.`)
    if (form.includes(' ')) notes.add('spaceInWord', file, line, form)
    if (/^".*[^"].*"$/.test(form)) notes.add('quotedField', file, line, form)
    if (this.words.length === 0) this.firstLine = line
    this.words.push(form)
    this.lastPosition = Number(fields[this.tokenIndexIndex] ?? NaN)
    const id = fields[this.sentenceIdIndex]
    if (id) this.id = id
    const document = fields[this.documentIndex]?.trim()
    if (document) this.document = document
    for (const { column, index, name } of this.labels) {
      const value = (fields[index] ?? '').trim()
      const missing = value === '' || value === '_'
      if (missing) notes.add('missingValue', file, line, name)
      column.add(missing ? null : value, { file, line })
    }
  }

  private endSentence(): void {
    if (this.words.length > 0) {
      const spaces = this.text === undefined ? null : alignSpaces(this.words, this.text)
      this.words.forEach((word, index) => this.split.word(word, spaces?.[index]))
      this.documents.add(this.document)
      this.split.endSentence({ id: this.id, text: this.text, line: this.firstLine })
      this.words = []
      this.id = undefined
      this.text = undefined
    }
    this.lastPosition = -1
  }
}
