import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Larger than any vocabulary. */
const mostBytes = 64 << 20

/**
 * Whether text is lower-cased before it is looked up in a vocab.txt: the releases of BERT and ELECTRA say so nowhere
 * but in the name of their archive. A vocabulary of cased text has words with capital letters; one of lower-cased text
 * has them in special tokens alone.
 */
export function isLowerCased(folder: string): boolean {
  const path = join(folder, 'vocab.txt')
  if (!existsSync(path) || !statSync(path).isFile() || statSync(path).size > mostBytes) return true
  return !readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .some((token) => /\p{Lu}/u.test(token) && !/^\[.*\]$/.test(token))
}
