import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Notes } from '../datasets/notes'
import { refuse } from '../datasets/readers/refuse'
import { compressedName, feedLines, plainName, type LineParser } from '../datasets/readers/source'
import { rowFileKinds } from '../datasets/shards/rowFiles'
import { parseDataJson } from '../files/pythonJson'
import { TableRows } from '../datasets/readers/tableRows'
import { PairTaker, type PairColumns } from './pairColumns'
import type { MinimalPair } from './minimalPair'

export type { MinimalPair, PairColumns }

const rowExtensions = rowFileKinds.flatMap(({ extensions }) => extensions)
const extensions = ['.jsonl', '.tsv', '.csv', ...rowExtensions]
const maxLineBytes = 1 << 20

/** BLiMP's table of paradigms, next to its pairs if these are one table. */
const paradigmTable = 'paradigms.tsv'

/**
 * Reads minimal pairs: a table with a header, JSON Lines, Parquet or Arrow, or a folder of such files, those without
 * the two columns passed over; where a folder has no such file itself, those in the folders of it are read. A file
 * without a column of paradigms is one paradigm, called as the file.
 * @param notes counts what is read otherwise than it may be meant
 * @throws UserError naming file, line and what is wrong
 */
export async function readPairs(
  path: string,
  columns: PairColumns = {},
  notes: Notes = new Notes()
): Promise<MinimalPair[]> {
  if (!existsSync(path)) refuse({ file: basename(path) }, `there is no such file or folder (${path}).`)
  if (!statSync(path).isDirectory())
    return withPhenomena(await readFile(path, columns, false, notes), join(dirname(path), paradigmTable))
  const pairs = await readFolder(path, columns, notes)
  if (pairs.length > 0) return pairs
  for (const inner of readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .sort((a, b) => (a.name < b.name ? -1 : 1)))
    pairs.push(...(await readFolder(join(path, inner.name), columns, notes)))
  if (pairs.length === 0)
    refuse(
      { file: basename(path) },
      `no file of the folder (${extensions.join(', ')}) has a column of acceptable and one of unacceptable sentences.`
    )
  return pairs
}

async function readFolder(path: string, columns: PairColumns, notes: Notes): Promise<MinimalPair[]> {
  const files = readdirSync(path).filter(isPairFile).sort()
  const pairs: MinimalPair[] = []
  for (const name of files) pairs.push(...(await readFile(join(path, name), columns, true, notes)))
  return withPhenomena(pairs, join(path, paradigmTable))
}

async function readFile(path: string, columns: PairColumns, mayPass: boolean, notes: Notes): Promise<MinimalPair[]> {
  const file = basename(path)
  const taker = new PairTaker(file, file.replace(compressedName, '').replace(/\.[a-z]+$/i, ''), columns, mayPass)
  await readRows(
    path,
    (names, line) => taker.names(names, line),
    (value, line) => taker.row(value, line),
    notes
  )
  for (const { good, bad } of taker.pairs)
    for (const text of [good, bad]) if (/^".*"$/.test(text)) notes.add('quotedSentence', file, undefined, text)
  if (taker.pairs.length === 0 && !mayPass) refuse({ file }, 'it has no pairs of sentences.')
  return taker.pairs
}

/**
 * Reads a table with a header, JSON Lines, Parquet or Arrow, row by row.
 * @param onNames called once with all columns, or with the keys of the first object
 * @param notes counts what is said of the file
 */
export async function readRows(
  path: string,
  onNames: (names: readonly string[], line: number) => void,
  onRow: (value: (name: string) => string, line: number) => void,
  notes: Notes = new Notes()
): Promise<void> {
  const file = basename(path)
  const plain = plainName(file)
  const parser = ['.jsonl', ...rowExtensions].some((extension) => plain.endsWith(extension))
    ? jsonParser(file, onNames, onRow)
    : tableParser(file, plain.endsWith('.csv') ? 'comma' : 'tab', onNames, onRow)
  await feedLines(path, parser, { notes, maxLineBytes })
}

/**
 * Adds the phenomenon and the field of each paradigm from the table next to the pairs, if there is one and the pairs
 * do not say.
 */
async function withPhenomena(pairs: MinimalPair[], path: string): Promise<MinimalPair[]> {
  if (pairs.length === 0 || pairs.some(({ phenomenon }) => phenomenon !== undefined) || !existsSync(path)) return pairs
  const fields = new Map<string, Pick<MinimalPair, 'phenomenon' | 'field'>>()
  let usable = false
  await readRows(
    path,
    (names) => (usable = ['UID', 'field', 'linguistics_term'].every((name) => names.includes(name))),
    (value) => usable && fields.set(value('UID'), { phenomenon: value('linguistics_term'), field: value('field') })
  )
  return pairs.map((pair) => ({ ...pair, ...fields.get(pair.paradigm) }))
}

/** Whether a file of a folder may hold pairs, by its name. */
export function isPairFile(name: string): boolean {
  return extensions.some((extension) => plainName(name).endsWith(extension))
}

type OnNames = Parameters<typeof readRows>[1]
type OnRow = Parameters<typeof readRows>[2]

function tableParser(file: string, delimiter: 'tab' | 'comma', onNames: OnNames, onRow: OnRow): LineParser {
  let names: string[] | null = null
  const rows = new TableRows(file, { delimiter, quoting: delimiter === 'comma' }, (fields, line) => {
    if (fields.every((field) => field.trim() === '')) return
    if (!names) {
      names = fields.map((field) => field.trim())
      return onNames(names, line)
    }
    const header = names
    if (fields.length !== header.length)
      refuse(
        { file, line },
        `${fields.length} columns where the first line names ${header.length}; check the delimiter.`
      )
    onRow((name) => fields[header.indexOf(name)] ?? '', line)
  })
  return { line: (text, number) => rows.line(text, number), end: () => rows.end() }
}

function jsonParser(file: string, onNames: OnNames, onRow: OnRow): LineParser {
  let first = true
  return {
    line(text, number) {
      if (text.trim() === '') return
      let object: unknown
      try {
        object = parseDataJson(text)
      } catch {
        refuse({ file, line: number }, 'this is not JSON; each line must hold one object.')
      }
      if (typeof object !== 'object' || object === null || Array.isArray(object))
        refuse({ file, line: number }, 'each line must hold one object.')
      const row = object as Record<string, unknown>
      if (first) onNames(Object.keys(row), number)
      first = false
      onRow((name) => (typeof row[name] === 'string' ? row[name] : ''), number)
    },
    end: () => undefined
  }
}
