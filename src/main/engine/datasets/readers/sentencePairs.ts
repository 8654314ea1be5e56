import { quoted } from '@shared/userError'
import { valuesChosen } from '../columnValues'
import type { DatasetReader, ReadContext } from './reader'
import { count, refuse } from './refuse'
import type { LineParser } from './source'
import { splitWords } from '../splitWords'
import { TableRows } from './tableRows'

/** Names of the two columns of sentences, and of the column that says how they are related; compared in lower case. */
const sentenceNames = [
  ['sentence1', 'sentence2'],
  ['sentence_1', 'sentence_2'],
  ['premise', 'hypothesis'],
  ['question1', 'question2'],
  ['text1', 'text2']
] as const
const labelNames = ['score', 'similarity', 'relatedness_score', 'gold_label', 'label', 'is_duplicate']

interface PairTable {
  delimiter: 'tab' | 'comma'
  names: string[]
  first: number
  second: number
  label: number
}

/** A table whose rows are two sentences and how they are related: a similarity (STS), an inference, a paraphrase. */
export const sentencePairs: DatasetReader = {
  id: 'sentencePairs',
  title: 'Table of sentence pairs',
  extensions: ['.tsv', '.csv'],
  maxLineBytes: 1 << 20,
  headBytes: 1 << 18,
  sniff: (head) => (tableOf(head.lines[0] ?? '') ? 0.9 : 0),
  preview(head) {
    const table = tableOf(head.lines[0] ?? '')
    const rows: string[][] = []
    if (table) {
      const reader = new TableRows(
        head.file,
        { delimiter: table.delimiter, quoting: table.delimiter === 'comma' },
        (fields) => void rows.push(fields)
      )
      head.lines.slice(1, 21).forEach((line, index) => reader.line(line, index + 2))
      reader.endSample()
    }
    return {
      columns: (table?.names ?? []).map((name, index) => {
        const role =
          index === table?.first || index === table?.second ? 'text' : index === table?.label ? 'label' : 'ignore'
        return {
          index,
          name,
          examples: rows.slice(0, 3).map((row) => row[index] ?? ''),
          guess: role,
          role,
          roles: [role]
        }
      }),
      rows
    }
  },
  plan(head, choice) {
    const table =
      tableOf(head.lines[0] ?? '') ??
      refuse(
        { file: head.file, line: 1 },
        'the first line does not name two columns of sentences ' +
          `(${sentenceNames.map((pair) => pair.join(' and ')).join(', ')}) and one of ${labelNames.join(', ')}.`
      )
    const name = table.names[table.label] ?? ''
    return {
      parser: (context) => new PairParser(context, table),
      layers: () => [],
      spanLayers: () => [
        {
          id: name,
          title: name,
          unit: 'pair',
          description: `Column ${quoted(name)}, of the two sentences of a row`,
          column: name,
          mayBeNumber: true,
          ofSentences: true,
          as: valuesChosen(choice, name)
        }
      ]
    }
  }
}

function tableOf(header: string): PairTable | null {
  const delimiter = header.includes('\t') ? 'tab' : 'comma'
  const names = header.split(delimiter === 'tab' ? '\t' : ',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
  const lower = names.map((name) => name.toLowerCase())
  const sentences = sentenceNames.find((pair) => pair.every((name) => lower.includes(name)))
  const label = labelNames.find((name) => lower.includes(name))
  if (!sentences || !label) return null
  return {
    delimiter,
    names,
    first: lower.indexOf(sentences[0]),
    second: lower.indexOf(sentences[1]),
    label: lower.indexOf(label)
  }
}

/** A row becomes two sentences, which the model reads independently, and a pair of them. */
class PairParser implements LineParser {
  private readonly rows: TableRows
  private isHeader = true

  constructor(
    private readonly context: ReadContext,
    private readonly table: PairTable
  ) {
    this.rows = new TableRows(
      context.file,
      { delimiter: table.delimiter, quoting: table.delimiter === 'comma' },
      (fields, line) => this.row(fields, line)
    )
  }

  line(text: string, number: number): void {
    this.rows.line(text, number)
  }

  end(): void {
    this.rows.end()
  }

  private row(fields: readonly string[], line: number): void {
    if (this.isHeader) {
      this.isHeader = false
      return
    }
    const place = { file: this.context.file, line }
    if (fields.every((field) => field.trim() === '')) return
    if (fields.length !== this.table.names.length)
      refuse(
        place,
        `${count(fields.length, 'column')} where the first line names ${this.table.names.length}; check the ` +
          'delimiter and the quotes.'
      )
    const split = this.context.split()
    const texts = [this.table.first, this.table.second].map((index) => (fields[index] ?? '').trim())
    const [first, second] = texts.map((text, index) => {
      const { words, spaceAfter } = splitWords(text)
      if (words.length === 0)
        refuse(
          place,
          'the sentence is empty (column ' +
            `${quoted(this.table.names[index === 0 ? this.table.first : this.table.second] ?? '')}).`
        )
      const start = split.words
      words.forEach((word, at) => split.word(word, spaceAfter[at]))
      split.endSentence({ id: `${split.name}-${line}.${index + 1}`, text, line })
      return [start, split.words] as const
    })
    const label = (fields[this.table.label] ?? '').trim()
    split
      .spanColumn(this.table.names[this.table.label] ?? '')
      .add(label === '' || label === '-' ? null : label, first!, second, place)
  }
}
