import type { Delimiter } from '@shared/dataset'
import { parse } from 'csv-parse/sync'
import { refuse } from './refuse'

const characters: Record<Delimiter, string> = { tab: '\t', comma: ',', semicolon: ';', space: ' ' }

/** Rows are parsed in batches of this size: csv-parse costs more to start than to run. */
const batchRows = 1000

/** A quoted field may run over several lines, but one of this size was never closed. */
const longestRecord = 1 << 20

export type RowHandler = (fields: string[], line: number) => void

/** Cuts the lines of a table into rows, quoted as in RFC 4180 when `quoting` is on. A blank line is one empty field. */
export class TableRows {
  private readonly delimiter: string
  private records: { text: string; line: number }[] = []
  /** Lines of a record whose quoted field is still open. */
  private open: string[] = []
  private openLength = 0
  private openLine = 0

  constructor(
    private readonly file: string,
    private readonly settings: { delimiter: Delimiter; quoting: boolean },
    private readonly onRow: RowHandler
  ) {
    this.delimiter = characters[settings.delimiter]
  }

  line(text: string, number: number): void {
    if (number === 1 && separatorOf(text)) return
    if (this.settings.delimiter === 'space')
      return this.onRow(text.replace(/^[ \t]+|[ \t]+$/g, '').split(/[ \t]+/), number)
    if (!this.settings.quoting) return this.onRow(text.split(this.delimiter), number)
    const line = this.openLine === 0 ? number : this.openLine
    // Only the new line is examined: an open field stays open until a quote closes it.
    if (this.endsOpen(text, line, this.openLine !== 0)) {
      this.open.push(text)
      this.openLength += text.length + 1
      this.openLine = line
      if (this.openLength > longestRecord) this.refuseOpen()
      return
    }
    const record = this.openLine === 0 ? text : [...this.open, text].join('\n')
    this.closeOpen()
    this.records.push({ text: record, line })
    if (this.records.length === batchRows) this.flush()
  }

  private closeOpen(): void {
    this.open = []
    this.openLength = 0
    this.openLine = 0
  }

  end(): void {
    if (this.openLine !== 0) this.refuseOpen()
    this.flush()
  }

  /** Ends a sample: a record still open at its edge is left out. */
  endSample(): void {
    this.closeOpen()
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

  /**
   * Whether a quoted field is open at the end of a line.
   * @param within whether one is open at its beginning
   */
  private endsOpen(text: string, line: number, within: boolean): boolean {
    if (!text.includes('"')) return within
    let at = 0
    let quoted = within
    for (;;) {
      if (!quoted && text[at] !== '"') {
        const next = text.indexOf(this.delimiter, at)
        if (next === -1) return false
        at = next + 1
        continue
      }
      const from = quoted ? at : at + 1
      quoted = false
      let close = text.indexOf('"', from)
      while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2)
      if (close === -1) return true
      if (close + 1 === text.length) return false
      if (text[close + 1] !== this.delimiter) {
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
 * Comments as CoNLL files have them: `# sent_id = 3`, `# newdoc id = x`, `# id 5239d808-f300`, `#begin document (x)`.
 * A hashtag as the first word of a sentence is not a comment.
 */
export function isTableComment(line: string): boolean {
  if (!line.startsWith('#')) return false
  return /^(# ([\w.:[\]-]+ ?=|new(doc|par)\b|id [\w-]{8,}(\s|$))|#(begin document \(|end document$))/.test(line)
}

const separatorLine = /^\ufeff?"?sep=(.)"?$/i

/** What Excel writes into the first line of some CSV files: `sep=;`. */
export function separatorOf(line: string): Delimiter | null {
  const character = separatorLine.exec(line)?.[1]
  const known = (Object.keys(characters) as Delimiter[]).find((name) => characters[name] === character)
  return known && known !== 'space' ? known : null
}
