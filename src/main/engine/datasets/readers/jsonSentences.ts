import { quoted } from '@shared/userError'
import type { SplitBuilder } from '../builder'
import { isScalar, isScalarList } from './jsonColumns'
import type { JsonColumn, JsonRow, JsonSettings } from './jsonColumns'
import { documentColumn, isDocumentMark } from '../documents'
import type { LayerSpec } from '../layers'
import type { ReadContext } from './reader'
import { count, refuse } from './refuse'
import type { Place } from './refuse'
import { alignSpaces, splitWords } from '../splitWords'

/** Turns the objects of a JSON file into sentences of a split. */
export class JsonSentences {
  private readonly words: JsonColumn | undefined
  private readonly text: JsonColumn | undefined
  private readonly id: JsonColumn | undefined
  private readonly document: JsonColumn | undefined
  private readonly labels: JsonColumn[]
  private readonly names: ReadonlySet<string>
  /** Lists that were not taken for labels, though the user did not say so. */
  private readonly unreadLists: ReadonlySet<string>
  private currentDocument: string | null = null

  constructor(
    private readonly context: ReadContext,
    private readonly settings: JsonSettings
  ) {
    const find = (role: string): JsonColumn | undefined => settings.columns.find((column) => column.role === role)
    this.words = find('word')
    this.text = find('text')
    this.id = find('sentenceId')
    this.document = find('document')
    this.labels = settings.columns.filter(({ role }) => role === 'label')
    this.names = new Set(settings.columns.map(({ name }) => name))
    const unread = settings.columns.filter(({ role, isList, reason }) => isList && role === 'ignore' && reason)
    this.unreadLists = new Set(settings.layout === 'tokenPerLine' ? unread.map(({ name }) => name) : [])
  }

  add(row: JsonRow, split: SplitBuilder, place: Place): void {
    const text = this.textOf(row, place)
    const listed = this.settings.layout === 'tokenPerLine' ? this.wordsOf(row, place) : null
    const { words, spaceAfter } =
      listed === null
        ? splitWords(text ?? '')
        : { words: listed, spaceAfter: text === undefined ? null : alignSpaces(listed, text) }
    if (words.length === 0) return this.context.notes.add('emptySentence', place.file, place.line)
    if (words.length === 1 && isDocumentMark(words[0]!)) return this.newDocument(words[0]!, place)
    this.noteUnread(row, words.length, place)
    words.forEach((word, index) => {
      if (word.includes(' ')) this.context.notes.add('spaceInWord', place.file, place.line, word)
      split.word(word, spaceAfter?.[index])
    })
    for (const column of this.labels) {
      if (column.isList) this.addWordLabels(column, row[column.name], words.length, split, place)
      else split.sentenceColumn(column.name).add(this.sentenceLabel(column, row[column.name], place), place)
    }
    const document = this.document && row[this.document.name]
    if (isScalar(document) && String(document).trim() !== '') this.currentDocument = String(document).trim()
    split.sentenceColumn(documentColumn).add(this.currentDocument)
    const id = this.id && row[this.id.name]
    split.endSentence({ id: isScalar(id) ? String(id) : undefined, text, line: place.line })
  }

  private newDocument(mark: string, { file, line, part }: Place): void {
    this.context.notes.add('documentMark', file, line, mark)
    this.currentDocument = `${file}, ${part ?? `line ${line}`}`
  }

  /** Notes what a row holds beside the columns that are read and those that nobody takes for labels. */
  private noteUnread(row: JsonRow, words: number, { file, line }: Place): void {
    for (const [key, value] of Object.entries(row)) {
      if (!this.names.has(key)) this.context.notes.add('lateKey', file, line, key)
      else if (this.unreadLists.has(key) && isScalarList(value) && value.length !== words)
        this.context.notes.add('oddList', file, line, key)
    }
  }

  private textOf(row: JsonRow, place: Place): string | undefined {
    if (!this.text) return undefined
    const value = row[this.text.name]
    if (this.settings.layout === 'tokenPerLine' && (value === undefined || value === null)) return undefined
    if (value === undefined) refuse(place, `the key ${quoted(this.text.name)}, which holds the text, is missing.`)
    if (!isScalar(value)) refuse(place, `the value under ${quoted(this.text.name)} is not text.`)
    return String(value).replace(/\s+/gu, ' ').trim()
  }

  private wordsOf(row: JsonRow, place: Place): string[] {
    const name = this.words?.name ?? ''
    const value = row[name]
    if (value === undefined) refuse(place, `the key ${quoted(name)}, which holds the words, is missing.`)
    if (!isScalarList(value)) refuse(place, `the value under ${quoted(name)} is not a list of words.`)
    return value.map((entry, index) => {
      // A no-break space is a word like any other.
      const word = entry === null ? '' : String(entry).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
      if (word === '') refuse(place, `word ${index + 1} under ${quoted(name)} is empty.`)
      return word
    })
  }

  private addWordLabels({ name }: JsonColumn, value: unknown, words: number, split: SplitBuilder, place: Place): void {
    const column = split.tokenColumn(name)
    if (value !== undefined && value !== null) {
      if (!isScalarList(value)) refuse(place, `the value under ${quoted(name)} is not a list of labels.`)
      if (value.length !== words)
        refuse(
          place,
          `${count(words, 'word')} but ${count(value.length, 'label')} under ${quoted(name)}; each word needs ` +
            'one label (null for none).'
        )
    }
    for (let index = 0; index < words; index++)
      column.add(this.label(isScalarList(value) ? value[index] : null, name, place), place)
  }

  private sentenceLabel({ name }: JsonColumn, value: unknown, place: Place): string | null {
    if (value !== undefined && value !== null && !isScalar(value))
      refuse(place, `the label under ${quoted(name)} is neither text nor a number.`)
    return this.label(value, name, place)
  }

  private label(value: unknown, name: string, place: Place): string | null {
    if (typeof value === 'number' && !Number.isFinite(value))
      refuse(
        place,
        `the label under ${quoted(name)} is ${value > 0 ? 'an infinite number' : 'minus infinity'}, or one too ` +
          'large for 64 bits; write null for a missing label.'
      )
    const label = isScalar(value) ? String(value).trim() : ''
    if (label !== '' && label !== '_') return label
    this.context.notes.add('missingKey', place.file, place.line, name)
    return null
  }
}

export function jsonLayers({ columns }: JsonSettings): LayerSpec[] {
  return columns
    .filter(({ role }) => role === 'label')
    .map(({ name, isList, as }) => ({
      id: name,
      title: name,
      description: `Key ${quoted(name)} of the objects.`,
      unit: isList ? 'token' : 'sentence',
      origin: { kind: 'column', column: name, mayBeNumber: true, as }
    }))
}
