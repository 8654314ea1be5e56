import type { PreviewColumn } from '@shared/dataset'
import { quoted } from '@shared/userError'
import type { ColumnBuilder } from '../columns'
import type { SplitBuilder } from '../builder'
import { SentenceComments } from './conlluComments'
import { EntityMentions, entityTypeColumn } from './conlluEntities'
import { conlluLayers } from './conlluLayers'
import { documentColumn, documentName, isDocumentMark } from '../documents'
import { checkTree } from './conlluTree'
import type { DatasetReader, FormatPreview, ReadContext } from './reader'
import { count, refuse } from './refuse'
import type { FileHead, LineParser } from './source'

export const standardColumns = ['ID', 'FORM', 'LEMMA', 'UPOS', 'XPOS', 'FEATS', 'HEAD', 'DEPREL', 'DEPS', 'MISC']
const columnsComment = '# global.columns ='
const wholeNumber = /^[1-9]\d*$/
const range = /^([1-9]\d*)-([1-9]\d*)$/
const decimal = /^\d+\.[1-9]\d*$/
const feature = /^[^=|]+=[^=|]+$/

/**
 * CoNLL-U (universaldependencies.org/format.html) and CoNLL-U Plus, whose first line names the columns; its additional
 * columns become label layers.
 */
export const conllu: DatasetReader = {
  id: 'conllu',
  title: 'CoNLL-U',
  extensions: ['.conllu', '.conllup'],
  maxLineBytes: 1 << 20,
  headBytes: 1 << 18,
  sniff: (head) =>
    conllu.extensions.some((extension) => head.plainName.endsWith(extension)) ? 0.95 : looksLikeConllu(head) ? 0.9 : 0,
  preview: (head) => previewConllu(head, columnNames(head)),
  plan(head, choice) {
    const columns = columnNames(head)
    for (const needed of ['ID', 'FORM']) {
      if (!columns.includes(needed))
        refuse({ file: head.file, line: 1 }, `the columns named here lack ${needed}, which every word needs.`)
    }
    const own = columns.filter((name) => !standardColumns.includes(name))
    return {
      parser: (context) =>
        new ConlluParser(context, { columns, own, format: columns.length === 10 ? 'CoNLL-U' : null }),
      layers: (tables) => conlluLayers(tables, own, choice),
      spanLayers: () => [
        {
          id: entityTypeColumn,
          title: 'Entity type',
          unit: 'span',
          description: 'Type of each mention marked by Entity= in column MISC, given the mention',
          column: entityTypeColumn
        }
      ],
      checkHead(other, first) {
        const names = columnNames(other)
        if (names.join() !== columns.join())
          refuse(
            { file: other.file, line: 1 },
            `the columns are not those of ${first}; open files of one kind together.`
          )
      }
    }
  }
}

/** The first rows of a file of the CoNLL-U family under the names of its columns; further columns are not shown. */
export function previewConllu(
  head: FileHead,
  columns: readonly string[],
  unread: readonly string[] = []
): FormatPreview {
  const rows = head.lines
    .filter((line) => /^\d/.test(line))
    .slice(0, 200)
    .map((line) => line.split('\t').slice(0, columns.length))
  return {
    columns: columns.map((name, index): PreviewColumn => {
      const role =
        name === 'FORM'
          ? 'word'
          : name === 'ID'
            ? 'tokenIndex'
            : ['LEMMA', 'DEPS', 'MISC', ...unread].includes(name)
              ? 'ignore'
              : 'label'
      const examples = [...new Set(rows.map((row) => row[index] ?? ''))].filter((value) => value !== '_').slice(0, 5)
      return { index, name, examples, guess: role, role, roles: [role] }
    }),
    rows: rows.slice(0, 20)
  }
}

function looksLikeConllu(head: FileHead): boolean {
  if (head.lines[0]?.startsWith(columnsComment)) return true
  const first = head.lines.find((line) => line !== '' && !line.startsWith('#'))
  return first !== undefined && /^1(-\d+)?\t/.test(first) && first.split('\t').length === 10
}

function columnNames(head: FileHead): string[] {
  const first = head.lines[0] ?? ''
  return first.startsWith(columnsComment) ? first.slice(columnsComment.length).trim().split(/\s+/) : standardColumns
}

/** All languages together have some 200 features; each becomes a label set. */
const mostFeatures = 500

/** Which columns a file of the CoNLL-U family has. */
export interface ConlluColumns {
  columns: readonly string[]
  /** Columns that become label columns under their own names, in addition to UPOS, XPOS, FEATS and DEPREL. */
  own: readonly string[]
  /** The format that has these columns; null where the file names them itself. */
  format: string | null
}

export class ConlluParser implements LineParser {
  private readonly columns: readonly string[]
  private readonly format: string | null
  private readonly split: SplitBuilder
  private readonly at: Record<'id' | 'form' | 'lemma' | 'upos' | 'xpos' | 'feats' | 'head' | 'deprel' | 'misc', number>
  private readonly lemma: ColumnBuilder
  private readonly labels: { column: ColumnBuilder; at: number; name: string }[]
  private readonly knownFeatures = new Set<string>(['_'])
  private readonly featureNames = new Set<string>()
  private readonly mentions: EntityMentions
  private readonly sentenceComments: SentenceComments
  private heads: number[] = []
  private lines: number[] = []
  private words = 0
  private sentenceStart = 0
  private rangeEnd = 0
  private rangeSpace: boolean | undefined = true
  private id: string | undefined
  private document: string | null = null
  private readonly documents: ColumnBuilder
  private text: string | undefined

  constructor(
    private readonly context: ReadContext,
    { columns, own, format }: ConlluColumns
  ) {
    this.columns = columns
    this.format = format
    this.split = context.split()
    const at = (name: string): number => columns.indexOf(name)
    this.at = {
      id: at('ID'),
      form: at('FORM'),
      lemma: at('LEMMA'),
      upos: at('UPOS'),
      xpos: at('XPOS'),
      feats: at('FEATS'),
      head: at('HEAD'),
      deprel: at('DEPREL'),
      misc: at('MISC')
    }
    this.mentions = new EntityMentions(this.split)
    this.sentenceComments = new SentenceComments(this.split)
    this.lemma = this.split.tokenColumn('lemma')
    this.documents = this.split.sentenceColumn(documentColumn)
    this.labels = ['UPOS', 'XPOS', 'FEATS', 'DEPREL', ...own]
      .filter((name) => columns.includes(name))
      .map((name) => ({
        column: this.split.tokenColumn(own.includes(name) ? name : name.toLowerCase()),
        at: at(name),
        name
      }))
  }

  line(text: string, number: number): void {
    if (text === '') return this.endSentence()
    if (this.sentenceStart === 0) this.sentenceStart = number
    if (text.charCodeAt(0) === 35) return this.comment(text, number)
    const fields = text.split('\t')
    if (fields.length !== this.columns.length) return this.oddLine(text, fields.length, number)
    const id = fields[this.at.id] ?? ''
    if (this.words === 0 && id === '1' && isDocumentMark(fields[this.at.form] ?? '')) return this.documentMark(number)
    if (id === String(this.words + 1)) return this.word(fields, number)
    this.otherId(id, fields, number)
  }

  end(): void {
    this.endSentence()
  }

  private comment(text: string, number: number): void {
    if (this.words > 0 && text.startsWith('# sent_id =')) this.refuseMissingBlank(number)
    if (text.startsWith('# sent_id = ')) this.id = text.slice(12).trim()
    else if (text.startsWith('# text = ')) this.text = text.slice(9).trim()
    else if (text.startsWith('# newdoc')) {
      this.newDocument(documentName(text) ?? `${this.context.file}, line ${number}`)
    } else this.sentenceComments.comment(text)
    this.context.notes.add('comment', this.context.file, number)
  }

  /** A sentence of nothing but `-DOCSTART-`, as converters from other formats leave it. */
  private documentMark(number: number): void {
    this.context.notes.add('documentMark', this.context.file, number, '-DOCSTART-')
    this.newDocument(`${this.context.file}, line ${number}`)
    this.id = undefined
    this.text = undefined
  }

  private newDocument(name: string): void {
    this.document = name
    this.mentions.newDocument()
    this.sentenceComments.newDocument()
  }

  private oddLine(text: string, found: number, number: number): void {
    const { file, notes } = this.context
    if (text.trim() === '') {
      notes.add('blankWithSpaces', file, number)
      return this.endSentence()
    }
    const format = this.format
      ? `${this.format} has ${this.columns.length}`
      : `the first line names ${this.columns.length}`
    const advice =
      found > this.columns.length
        ? 'further columns need a first line that names them all, as in CoNLL-U Plus'
        : 'check that the columns are separated by tabs'
    refuse({ file, line: number }, `${count(found, 'column')} where ${format}; ${advice}.`)
  }

  /** An id that is not the next word's: a multiword token, an empty node, or a mistake. */
  private otherId(id: string, fields: string[], line: number): void {
    const { file, notes } = this.context
    const next = this.words + 1
    const span = range.exec(id)
    if (span) {
      const start = Number(span[1])
      const end = Number(span[2])
      if (start !== next || end < start)
        refuse({ file, line }, `the multiword token ${id} should begin with the next word, ${next}, and end after it.`)
      notes.add('multiword', file, line, fields[this.at.form])
      this.rangeEnd = end
      this.rangeSpace = this.spaceAfter(fields[this.at.misc])
      return
    }
    if (decimal.test(id)) return notes.add('emptyNode', file, line)
    if (!wholeNumber.test(id))
      refuse(
        { file, line },
        `the id ${quoted(id)} is neither a number, nor a range such as 3-4, nor an empty node such as 3.1.`
      )
    if (id === '1') this.refuseMissingBlank(line)
    refuse(
      { file, line },
      `the id is ${id} where ${next} is next; the words of a sentence are numbered 1, 2, 3 and so on.`
    )
  }

  private refuseMissingBlank(line: number): never {
    refuse(
      { file: this.context.file, line },
      'a sentence begins here, but the one before it has not ended; put a blank line between sentences.'
    )
  }

  private word(fields: string[], line: number): void {
    const { file, notes } = this.context
    const form = fields[this.at.form] ?? ''
    // A no-break space is a word like any other.
    if (/^[ \t]*$/.test(form)) refuse({ file, line }, 'the word (column FORM) is empty.')
    if (form.includes(' ')) notes.add('spaceInWord', file, line, form)
    this.words++
    const inRange = this.words <= this.rangeEnd
    this.split.word(
      form,
      inRange ? this.words === this.rangeEnd && this.rangeSpace : this.spaceAfter(fields[this.at.misc])
    )
    const lemma = fields[this.at.lemma] ?? '_'
    this.lemma.add(lemma === '_' && form !== '_' ? null : lemma)
    for (const { column, at, name } of this.labels) {
      const value = fields[at] ?? '_'
      if (value === '') refuse({ file, line }, `column ${name} is empty; CoNLL-U writes "_" for a missing value.`)
      if (name === 'FEATS') this.checkFeatures(value, line)
      else if (value === '_') notes.add('missingValue', file, line, name)
      else if (name === 'DEPREL' && value.includes(':')) notes.add('subtype', file, line, value)
      column.add(value === '_' ? null : value, { file, line })
    }
    this.mentions.word(fields[this.at.misc] ?? '')
    this.heads.push(this.headOf(fields[this.at.head] ?? '_', line))
    this.lines.push(line)
  }

  /** Without `# text`, a space that MISC does not exclude is there only if the script uses spaces. */
  private spaceAfter(misc = '_'): boolean | undefined {
    if (/(^|\|)SpaceAfter=No(\||$)/.test(misc)) return false
    return this.text === undefined ? undefined : /\s/.test(this.text)
  }

  private checkFeatures(value: string, line: number): void {
    if (this.knownFeatures.has(value)) return
    const wrong = value.split('|').find((part) => !feature.test(part))
    if (wrong !== undefined)
      refuse(
        { file: this.context.file, line },
        `the feature ${quoted(wrong)} is not of the form Name=Value (column FEATS).`
      )
    this.knownFeatures.add(value)
    for (const part of value.split('|')) this.featureNames.add(part.slice(0, part.indexOf('=')))
    if (this.featureNames.size > mostFeatures)
      refuse(
        { file: this.context.file, line },
        `by this line the file has ${this.featureNames.size.toLocaleString('en-US')} different feature names ` +
          `(column FEATS), and no treebank has more than ${mostFeatures}; move anything that is not a feature ` +
          'to column MISC.'
      )
  }

  private headOf(value: string, line: number): number {
    if (value === '_') return -1
    if (value === '0' || wholeNumber.test(value)) return Number(value)
    refuse({ file: this.context.file, line }, `the head ${quoted(value)} is not a number (column HEAD).`)
  }

  private endSentence(): void {
    const { file, notes } = this.context
    if (this.words > 0) {
      checkTree(this.heads, this.lines, file, notes)
      for (const head of this.heads) this.split.head(head)
      this.mentions.endSentence()
      this.sentenceComments.endSentence()
      this.documents.add(this.document)
      this.split.endSentence({ id: this.id, text: this.text, line: this.lines[0] })
    } else if (this.id !== undefined) {
      notes.add('emptySentence', file, this.sentenceStart)
    }
    this.heads = []
    this.lines = []
    this.words = 0
    this.sentenceStart = 0
    this.rangeEnd = 0
    this.id = undefined
    this.text = undefined
  }
}
