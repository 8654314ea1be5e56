import { createHash } from 'node:crypto'
import type { LabelUnit } from '@shared/dataset'
import { joinWords, usualSpaces } from '@shared/words'
import { ColumnBuilder, Int32List, StringTable, detach } from './columns'
import type { Notes } from './notes'
import { refuse } from './readers/refuse'
import { SpanBuilder } from './spanColumn'
import type { FileShard, SplitData, Tables } from './split'

/** Longer than this, a sentence does not fit the usual window of 512 tokens even at one token a word. */
const longSentence = 512

/** Whole books have fewer words: in a longer file the sentence ends are missing. */
const longestSentence = 50_000

/** Beyond this the columns no longer fit comfortably in memory next to a model; the limit is about 80 bytes a word. */
const maxWords = 20_000_000

/** In place of whether a space follows a word, until its sentence ends. */
const unknownSpace = -1

/** Filled by a reader: the splits of one data set and the string tables they share. */
export class DatasetBuilder {
  readonly tables: Tables = { forms: new StringTable(), columns: new Map() }
  readonly splits: SplitBuilder[] = []
  words = 0

  constructor(readonly notes: Notes) {}

  /** @param keep which sentences of the file are kept, by their number from 0; all where it is left out */
  split(name: string, path: string, file: string, keep?: KeepSentence): SplitBuilder {
    const split = new SplitBuilder(name, path, file, this, keep)
    this.splits.push(split)
    return split
  }

  /** The string table of a column, created on first use. */
  table(column: string): StringTable {
    let table = this.tables.columns.get(column)
    if (!table) {
      table = new StringTable()
      this.tables.columns.set(column, table)
    }
    return table
  }
}

/** Whether a sentence of a split is kept, by its number in the files, from 0. */
export type KeepSentence = (sentence: number) => boolean

/** One split while it is read: words one after another, closed sentence by sentence. */
export class SplitBuilder {
  private readonly starts = new Int32List()
  private readonly forms = new Int32List()
  private readonly spaces = new Int32List()
  private readonly heads = new Int32List()
  private readonly tokenColumns = new Map<string, ColumnBuilder>()
  private readonly sentenceColumns = new Map<string, ColumnBuilder>()
  private readonly spanColumns = new Map<string, SpanBuilder>()
  private readonly ids: string[] = []
  private readonly texts: string[] = []
  /** Whether the sentence that is read is one of those that are kept. */
  private kept: boolean
  /** Words of the sentence that is read. */
  private open = 0
  /** Sentences read so far, whether or not they are kept. */
  read = 0

  constructor(
    readonly name: string,
    readonly path: string,
    /** The file that is being read. */
    public file: string,
    private readonly dataset: DatasetBuilder,
    private readonly keep: KeepSentence = () => true
  ) {
    this.starts.push(0)
    this.kept = keep(0)
  }

  get sentences(): number {
    return this.ids.length
  }

  get words(): number {
    return this.forms.length
  }

  /** The values so far of a column, as ids of its table; -1 where there is none. */
  valuesOf(unit: LabelUnit, id: string): Int32Array {
    return (unit === 'token' ? this.tokenColumns : this.sentenceColumns).get(id)?.ids.view() ?? new Int32Array(0)
  }

  /** A column with one value a word: add one for each word before its sentence ends. */
  tokenColumn(id: string): ColumnBuilder {
    return this.columnIn(this.tokenColumns, id)
  }

  /** A column with one value a sentence: add one before the sentence ends. */
  sentenceColumn(id: string): ColumnBuilder {
    return this.columnIn(this.sentenceColumns, id)
  }

  /** Labelled spans of words, or pairs of them: any number, indexed by words of the split. */
  spanColumn(id: string): SpanBuilder {
    let column = this.spanColumns.get(id)
    if (!column) {
      column = new SpanBuilder(this.dataset.table(id))
      this.spanColumns.set(id, column)
    }
    return column
  }

  /** @param spaceAfter whether a space follows it in the text; left out where the file does not say */
  word(form: string, spaceAfter?: boolean): void {
    this.open++
    if (!this.kept) return
    this.forms.push(this.dataset.tables.forms.add(form))
    this.spaces.push(spaceAfter === undefined ? unknownSpace : Number(spaceAfter))
    if (++this.dataset.words > maxWords) {
      refuse(
        { file: this.file },
        `the data set has more than ${maxWords.toLocaleString('en-US')} words, more than fits in memory; ` +
          'open a part of it.'
      )
    }
  }

  /**
   * Head of the last word: 1-based within the sentence, 0 for the root, -1 for none. All words have one, or none.
   */
  head(value: number): void {
    if (this.kept) this.heads.push(value)
  }

  /** Closes the sentence made of the words added since the last call. `line` is where it ends. */
  endSentence(sentence: { id?: string; text?: string; line?: number }): void {
    const start = this.starts.view()[this.sentences] ?? 0
    const length = this.open
    if (length === 0) throw new Error('A sentence needs a word.')
    const { kept } = this
    this.open = 0
    this.read++
    this.kept = this.keep(this.read)
    if (!kept) return
    if (length > longestSentence)
      refuse(
        { file: this.file, line: sentence.line },
        `the sentence that begins here has ${length.toLocaleString('en-US')} words, more than any sentence has ` +
          `(${longestSentence.toLocaleString('en-US')}); separate the sentences, usually by a blank line.`
      )
    if (length > longSentence) this.dataset.notes.add('longSentence', this.file, sentence.line, `${length} words`)
    this.fillSpaces(start)
    const id = sentence.id ?? `${this.name}-${this.read}`
    this.ids.push(detach(id))
    this.texts.push(detach(sentence.text ?? this.textOf(start)))
    this.starts.push(this.words)
  }

  /**
   * The split as typed arrays. Throws where a column does not fit the words: a defect of the reader.
   * @param files that it was read from
   */
  finish(files: readonly FileShard[]): SplitData {
    const columns = (builders: Map<string, ColumnBuilder>, expected: number): Map<string, Int32Array> =>
      new Map(
        [...builders].map(([id, { ids }]) => {
          if (ids.length !== expected) throw new Error(`Column ${id} has ${ids.length} values for ${expected}.`)
          return [id, ids.toArray()]
        })
      )
    if (this.heads.length !== 0 && this.heads.length !== this.words)
      throw new Error(`${this.heads.length} heads for ${this.words} words.`)
    return {
      name: this.name,
      path: this.path,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      fileHash: hashOfFiles(files),
      ...(files.length > 1 && { shards: [...files] }),
      wordsHash: '',
      starts: this.starts.toArray(),
      forms: this.forms.toArray(),
      spaceAfter: Uint8Array.from(this.spaces.view()),
      heads: this.heads.length > 0 ? this.heads.toArray() : undefined,
      tokenColumns: columns(this.tokenColumns, this.words),
      sentenceColumns: columns(this.sentenceColumns, this.sentences),
      spans: new Map([...this.spanColumns].map(([id, column]) => [id, column.finish()])),
      ids: this.ids,
      texts: this.texts
    }
  }

  private columnIn(columns: Map<string, ColumnBuilder>, id: string): ColumnBuilder {
    let column = columns.get(id)
    if (!column) {
      column = new ColumnBuilder(this.dataset.table(id), () => this.kept)
      columns.set(id, column)
    }
    return column
  }

  /** Where the file does not say whether a space follows a word, its script does. */
  private fillSpaces(start: number): void {
    const spaces = this.spaces.view(start)
    if (!spaces.includes(unknownSpace)) return
    usualSpaces(this.wordsFrom(start)).forEach((space, word) => {
      if (spaces[word] === unknownSpace) spaces[word] = Number(space)
    })
  }

  private textOf(start: number): string {
    return joinWords(
      this.wordsFrom(start),
      Array.from(this.spaces.view(start), (space) => space === 1)
    )
  }

  private wordsFrom(start: number): string[] {
    return Array.from(this.forms.view(start), (form) => this.dataset.tables.forms.at(form))
  }
}

/** The hash of one file, or of the hashes of several. */
function hashOfFiles(files: readonly FileShard[]): string {
  const [first, second] = files
  if (first && !second) return first.fileHash
  return createHash('sha256')
    .update(files.map(({ fileHash }) => `${fileHash}\n`).join(''))
    .digest('hex')
}
