import type { Delimiter } from '@shared/dataset'
import { parse } from 'csv-parse/sync'
import { refuse } from './refuse'

const characters: Record<Delimiter, string> = { tab: '\t', comma: ',', semicolon: ';', space: ' ' }

/** Rows wait until so many are there: csv-parse costs more to start than to run. */
const batchRows = 1000

/** A quoted field may run over several lines, but one of this size was never closed. */
const longestRecord = 1 << 20

export type RowHandler = (fields: string[], line: number) => void

/** Cuts the lines of a table into rows, quoted as in RFC 4180 when `quoting` is on. A blank line is one empty field. */
export class TableRows {
  private readonly delimiter: string
  private records: { text: string; line: number }[] = []
  private open = ''
  private openLine = 0

  constructor(
    private readonly file: string,
    private readonly settings: { delimiter: Delimiter; quoting: boolean },
    private readonly onRow: RowHandler
  ) {
    this.delimiter = characters[settings.delimiter]
  }

  line(text: string, number: number): void {
    if (this.settings.delimiter === 'space') return this.onRow(text.trim().split(/[ \t]+/), number)
    if (!this.settings.quoting) return this.onRow(text.split(this.delimiter), number)
    const record = this.openLine === 0 ? text : `${this.open}\n${text}`
    const line = this.openLine === 0 ? number : this.openLine
    if (this.isOpen(record, line)) {
      this.open = record
      this.openLine = line
      if (record.length > longestRecord) this.refuseOpen()
      return
    }
    this.openLine = 0
    this.records.push({ text: record, line })
    if (this.records.length === batchRows) this.flush()
  }

  end(): void {
    if (this.openLine !== 0) this.refuseOpen()
    this.flush()
  }

  /** Ends a sample: a record that is still open stands at its edge and is left out. */
  endSample(): void {
    this.openLine = 0
    this.flush()
  }

  private flush(): void {
    const records = this.records
    this.records = []
    const texts = records.map(({ text }) => text)
    const rows = texts.some((text) => text.includes('"'))
      ? (parse(`${texts.join('\n')}\n`, {
          delimiter: this.delimiter,
          record_delimiter: '\n',
          relax_column_count: true,
          relax_quotes: true
        }) as string[][])
      : texts.map((text) => text.split(this.delimiter))
    if (rows.length !== records.length)
      throw new Error(`${rows.length} rows for ${records.length} records of ${this.file}.`)
    records.forEach(({ line }, index) => this.onRow(rows[index] ?? [], line))
  }

  /** Whether a quoted field of the record is still open at its end. */
  private isOpen(record: string, line: number): boolean {
    if (!record.includes('"')) return false
    let at = 0
    for (;;) {
      if (record[at] !== '"') {
        const next = record.indexOf(this.delimiter, at)
        if (next === -1) return false
        at = next + 1
        continue
      }
      let close = record.indexOf('"', at + 1)
      while (close !== -1 && record[close + 1] === '"') close = record.indexOf('"', close + 2)
      if (close === -1) return true
      if (close + 1 === record.length) return false
      if (record[close + 1] !== this.delimiter) {
        refuse(
          { file: this.file, line },
          'text follows a closing quote; write a quote within a quoted field twice (""), or switch quoting off.'
        )
      }
      at = close + 2
    }
  }

  private refuseOpen(): never {
    refuse(
      { file: this.file, line: this.openLine },
      'the quoted field that begins here is never closed; close it, or switch quoting off.'
    )
  }
}

/**
 * Comments as CoNLL files have them: `# sent_id = 3`, `# newdoc id = x`. A hashtag as the first word of a sentence is
 * none.
 */
export function isTableComment(line: string): boolean {
  return line.startsWith('# ') && /^# ([\w.:[\]-]+ ?=|new(doc|par)\b)/.test(line)
}
