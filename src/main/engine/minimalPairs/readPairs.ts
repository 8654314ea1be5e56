import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Notes } from '../datasets/notes'
import { refuse } from '../datasets/refuse'
import { feedLines, type LineParser } from '../datasets/source'
import { TableRows } from '../datasets/tableRows'

/** Two sentences that differ in one point; the first is the acceptable one. */
export interface MinimalPair {
  paradigm: string
  good: string
  bad: string
}

/** Which columns of a table (or keys of JSON objects) hold what; found by their usual names when left out. */
export interface PairColumns {
  good?: string
  bad?: string
  paradigm?: string
}

/** Names of BLiMP (Warstadt et al. 2020), of Marvin & Linzen's (2018) templates as tables, and plain ones; compared in lower case. */
const usualNames: Readonly<Record<keyof PairColumns, readonly string[]>> = {
  good: ['sentence_good', 'grammatical', 'good', 'acceptable'],
  bad: ['sentence_bad', 'ungrammatical', 'bad', 'unacceptable'],
  paradigm: ['uid', 'paradigm', 'construction', 'phenomenon', 'condition', 'case']
}

const extensions = ['.jsonl', '.tsv', '.csv']
const maxLineBytes = 1 << 20

/**
 * Reads minimal pairs: a table with a header or JSON Lines (gzipped or not), or a folder of such files, those without the two columns passed
 * over. A file without a column of paradigms is one paradigm, called as the file.
 * @throws UserError naming file, line and what is wrong
 */
export async function readPairs(path: string, columns: PairColumns = {}): Promise<MinimalPair[]> {
  if (!existsSync(path)) refuse({ file: basename(path) }, `there is no such file or folder (${path}).`)
  if (!statSync(path).isDirectory()) return readFile(path, columns, false)
  const files = readdirSync(path).filter((name) => extensions.some((extension) => plainName(name).endsWith(extension))).sort()
  const pairs: MinimalPair[] = []
  for (const name of files) pairs.push(...(await readFile(join(path, name), columns, true)))
  if (pairs.length === 0)
    refuse({ file: basename(path) }, `no file of the folder (${extensions.join(', ')}) has a column of acceptable and one of unacceptable sentences.`)
  return pairs
}

async function readFile(path: string, columns: PairColumns, mayPass: boolean): Promise<MinimalPair[]> {
  const file = basename(path)
  const plain = plainName(file)
  const taker = new PairTaker(file, columns, mayPass)
  const parser = plain.endsWith('.jsonl') ? jsonParser(taker) : tableParser(taker, plain.endsWith('.csv') ? 'comma' : 'tab')
  await feedLines(path, parser, { notes: new Notes(), maxLineBytes })
  if (taker.pairs.length === 0 && !mayPass) refuse({ file }, 'there is no pair of sentences in it.')
  return taker.pairs
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.gz$/, '')
}

/** Finds the columns by their names and takes one pair after another. */
class PairTaker {
  readonly pairs: MinimalPair[] = []
  private at: Record<keyof PairColumns, string | null> | null = null
  private passed = false

  constructor(
    readonly file: string,
    private readonly columns: PairColumns,
    private readonly mayPass: boolean
  ) {}

  /** To be called once, with every name there is. */
  names(names: readonly string[], line: number): void {
    const find = (role: keyof PairColumns): string | null => {
      const chosen = this.columns[role]
      if (chosen !== undefined) return names.find((name) => name === chosen) ?? null
      return usualNames[role].flatMap((usual) => names.filter((name) => name.toLowerCase() === usual))[0] ?? null
    }
    this.at = { good: find('good'), bad: find('bad'), paradigm: find('paradigm') }
    const missing = (['good', 'bad', 'paradigm'] as const).find((role) => this.at?.[role] === null && (role !== 'paradigm' || this.columns.paradigm !== undefined))
    if (missing === undefined) return
    if (this.mayPass && this.columns[missing] === undefined) this.passed = true
    else
      refuse(
        { file: this.file, line },
        `no column is called ${(this.columns[missing] ? [this.columns[missing]] : usualNames[missing]).map((name) => `"${name}"`).join(' or ')}; it has ${names.join(', ')}. Name the columns with --good, --bad and --paradigm.`
      )
  }

  row(value: (name: string) => string, line: number): void {
    if (!this.at || this.passed) return
    const text = (role: 'good' | 'bad'): string => {
      const name = this.at?.[role] ?? ''
      const sentence = value(name).trim()
      if (sentence === '') refuse({ file: this.file, line }, `the sentence (column "${name}") is empty.`)
      return sentence
    }
    const paradigm = this.at.paradigm === null ? plainName(this.file).replace(/\.[a-z]+$/, '') : value(this.at.paradigm).trim()
    this.pairs.push({ paradigm, good: text('good'), bad: text('bad') })
  }
}

function tableParser(taker: PairTaker, delimiter: 'tab' | 'comma'): LineParser {
  let names: string[] | null = null
  const rows = new TableRows(taker.file, { delimiter, quoting: delimiter === 'comma' }, (fields, line) => {
    if (fields.every((field) => field.trim() === '')) return
    if (!names) {
      names = fields.map((field) => field.trim())
      return taker.names(names, line)
    }
    const header = names
    if (fields.length !== header.length) refuse({ file: taker.file, line }, `${fields.length} columns where the first line names ${header.length}; check the delimiter.`)
    taker.row((name) => fields[header.indexOf(name)] ?? '', line)
  })
  return { line: (text, number) => rows.line(text, number), end: () => rows.end() }
}

function jsonParser(taker: PairTaker): LineParser {
  let first = true
  return {
    line(text, number) {
      if (text.trim() === '') return
      let object: unknown
      try {
        object = JSON.parse(text)
      } catch {
        refuse({ file: taker.file, line: number }, 'this is not JSON; each line holds one object.')
      }
      if (typeof object !== 'object' || object === null || Array.isArray(object)) refuse({ file: taker.file, line: number }, 'each line has to hold one object.')
      const row = object as Record<string, unknown>
      if (first) taker.names(Object.keys(row), number)
      first = false
      taker.row((name) => (typeof row[name] === 'string' ? row[name] : ''), number)
    },
    end: () => undefined
  }
}
