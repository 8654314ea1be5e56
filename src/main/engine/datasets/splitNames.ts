import { basename } from 'node:path'
import { compressedName } from './readers/source'

const patterns: [RegExp, string][] = [
  [/(^|[^a-z])(train|training|trn)([^a-z]|$)/, 'train'],
  [/(^|[^a-z])(dev|devel|development|val|valid|validation)([^a-z]|$)/, 'dev'],
  [/(^|[^a-z])(test|testing|tst|eval|evaluation)([^a-z]|$)/, 'test']
]

/**
 * `train`, `dev` or `test` when the file's name contains it as a separate word (`wnut17train.conll`, `x-val.tsv`), else
 * null.
 */
export function guessSplitName(path: string): string | null {
  const stem = fileStem(path).toLowerCase()
  const found = patterns.filter(([pattern]) => pattern.test(stem))
  // "test-train.tsv" says nothing; neither does a name without such a word.
  return found.length === 1 ? (found[0]?.[1] ?? null) : null
}

/** The split that a folder of the name holds: `train`, `validation`; null for a folder of something else. */
export function splitOfFolder(name: string): string | null {
  const whole = /^(?:partial-)?(train|training|dev|val|valid|validation|test|testing|eval|evaluation)$/i.exec(name)
  return whole ? guessSplitName(whole[1]!) : null
}

/** The split a key of a JSON document names: `val` is `dev`, `oos_val` is itself. */
export function splitNameOfKey(key: string): string {
  if (/^(val|valid|validation|development)$/i.test(key)) return 'dev'
  return /^training$/i.test(key) ? 'train' : key
}

/** File name without folder, `.gz` or `.zst`, and the extension before it. */
export function fileStem(path: string): string {
  return basename(path)
    .replace(compressedName, '')
    .replace(/\.[^.]+$/, '')
}

/** How Hugging Face's libraries number the shards of a split: `train-00000-of-00004.parquet`. */
const shardNumber = /-(\d{3,})-of-(\d{3,})(?=\.[^/\\]*$|$)/

/** Which of how many shards a file is by its name, and the path before the number; null for a file without one. */
export function shardOf(path: string): { base: string; number: number; of: number } | null {
  const match = shardNumber.exec(path)
  return match && { base: path.slice(0, match.index), number: Number(match[1]), of: Number(match[2]) }
}

/** A path without the number of a shard: equal for the shards of one split. */
function withoutNumber(path: string): string {
  return path.replace(shardNumber, '')
}

/**
 * One name a path, the same for the shards of a split, otherwise different: guessed from the file names, else the
 * file's own name, numbered where two are equal.
 */
export function splitNames(paths: readonly string[]): string[] {
  const bases = paths.map(withoutNumber)
  const distinct = [...new Set(bases)]
  if (paths.some((path, index) => path !== bases[index])) {
    const names = splitNames(distinct)
    return bases.map((base) => names[distinct.indexOf(base)] ?? '')
  }
  const guesses = paths.map(guessSplitName)
  const names = paths.map((path, index) => {
    const guess = guesses[index]
    return guess && guesses.filter((other) => other === guess).length === 1 ? guess : fileStem(path)
  })
  return names.map((name, index) => {
    const earlier = names.slice(0, index).filter((other) => other === name).length
    return earlier === 0 ? name : `${name} (${earlier + 1})`
  })
}

/** The splits to train and to test on by default. */
export function suggestSplits(names: readonly string[]): { train: string; test: string } {
  const train = names.includes('train') ? 'train' : (names[0] ?? '')
  const others = names.filter((name) => name !== train)
  const test = ['test', 'dev'].find((name) => others.includes(name)) ?? others[0] ?? train
  return { train, test }
}
