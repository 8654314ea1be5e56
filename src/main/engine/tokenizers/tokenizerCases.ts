import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isUserError, UserError } from '@shared/userError'
import { listNamedFolder } from '../files/namedFile'
import { openTextTokenizer } from './openTokenizer'
import type { TextEncoding, TextTokenizer } from './textTokenizer'

/** What Python's tokenizer gave; fields that a case omits are not compared. */
interface Expected {
  ids?: number[]
  tokens?: string[]
  offsets?: number[][]
  type_ids?: number[]
  word_ids?: (number | null)[]
}
type Case = Expected & ({ text: string } | { a: string; b: string } | { words: string[] })

const fields = [
  ['ids', 'ids'],
  ['tokens', 'tokens'],
  ['offsets', 'offsets'],
  ['type_ids', 'typeIds'],
  ['word_ids', 'wordIds']
] as const satisfies readonly (readonly [keyof Expected, keyof TextEncoding])[]

export interface CasesResult {
  cases: number
  agreeing: number
  /** For each case that differs, where. */
  differences: string[]
}

/**
 * Folders under `folder`, or itself, that hold a tokenizer and cases.json.
 * @throws UserError where there is none
 */
export function caseFolders(folder: string): { name: string; folder: string }[] {
  const entries = listNamedFolder(folder)
  if (existsSync(join(folder, 'cases.json'))) return [{ name: basename(folder), folder }]
  const inside = entries
    .map(({ name }) => ({ name, folder: join(folder, name) }))
    .filter((entry) => existsSync(join(entry.folder, 'cases.json')))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  if (!inside.length) {
    throw new UserError(
      `${folder} holds no cases: neither it nor a folder in it has cases.json. docs/tokenizers.md says how ` +
        'to make them.'
    )
  }
  return inside
}

/**
 * Encodes every case of a folder's cases.json (texts, pairs, words) and compares ids, tokens, offsets, segments and
 * word indices.
 * @throws UserError where a file is missing or not of this form
 */
export async function checkCases(folder: string): Promise<CasesResult> {
  const cases = readCases(join(folder, 'cases.json'))
  const tokenizer = await openTextTokenizer(folder, { cut: true })
  const differences: string[] = []
  for (const [title, theirs] of cases) {
    let difference: string | null
    try {
      difference = differenceOf(await encode(tokenizer, theirs), theirs)
    } catch (error) {
      if (isUserError(error)) throw error
      difference = error instanceof Error ? error.message : String(error)
    }
    if (difference) differences.push(`${title}: ${difference}`)
  }
  return { cases: cases.length, agreeing: cases.length - differences.length, differences }
}

function readCases(path: string): [string, Case][] {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UserError(`${path} is not valid JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
  const groups = json !== null && typeof json === 'object' && !Array.isArray(json) ? Object.entries(json) : []
  const cases = groups.flatMap(([group, list]) =>
    Array.isArray(list) ? list.map((entry: unknown, index): [string, unknown] => [`${group} ${index + 1}`, entry]) : []
  )
  if (!cases.length) throw new UserError(`${path} has no cases; it must be an object of lists: texts, pairs, words.`)
  for (const [title, entry] of cases) {
    if (!isCase(entry)) {
      throw new UserError(`${path}: ${title} is not a case; it needs 'text', 'a' and 'b', or 'words', and 'ids'.`)
    }
  }
  return cases as [string, Case][]
}

function isCase(entry: unknown): boolean {
  if (entry === null || typeof entry !== 'object') return false
  const has = (key: string): boolean => typeof (entry as Record<string, unknown>)[key] === 'string'
  const list = (key: string): boolean => Array.isArray((entry as Record<string, unknown>)[key])
  return list('ids') && (has('text') || (has('a') && has('b')) || list('words'))
}

function encode(tokenizer: TextTokenizer, theirs: Case): Promise<TextEncoding> {
  if ('words' in theirs) return tokenizer.encodeWords(theirs.words)
  return 'text' in theirs ? tokenizer.encode(theirs.text) : tokenizer.encode(theirs.a, theirs.b)
}

/** Where the first list that differs does so; null where all agree. */
function differenceOf(ours: TextEncoding, theirs: Expected): string | null {
  for (const [key, own] of fields) {
    const expected = theirs[key]
    if (!expected) continue
    const got = ours[own]
    if (got.length !== expected.length) return `${key} has ${got.length} entries, expected ${expected.length}`
    for (const [i, value] of expected.entries()) {
      if (JSON.stringify(got[i]) !== JSON.stringify(value))
        return `${key}[${i}] is ${JSON.stringify(got[i])}, expected ${JSON.stringify(value)}`
    }
  }
  return null
}
