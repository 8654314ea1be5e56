import { createHash } from 'node:crypto'
import type { JobHandle } from '@shared/jobs'
import { sentenceBounds, sentenceCount, type SplitData, type Tables } from './split'

/** Sentences hashed at once. */
const stride = 1000

/** SHA-256 of words and sentence boundaries: one word a line, a blank line after each sentence. */
export async function hashWords(split: SplitData, tables: Tables, job: JobHandle): Promise<string> {
  const hash = createHash('sha256')
  for (let from = 0; from < sentenceCount(split); from += stride) {
    hash.update(linesOf(split, tables, from))
    await job.yield()
  }
  return hash.digest('hex')
}

/** The same of a part that is drawn while a request is prepared. */
export function hashOfWords(split: SplitData, tables: Tables): string {
  const hash = createHash('sha256')
  for (let from = 0; from < sentenceCount(split); from += stride) hash.update(linesOf(split, tables, from))
  return hash.digest('hex')
}

function linesOf(split: SplitData, { forms }: Tables, from: number): string {
  let text = ''
  for (let index = from; index < Math.min(from + stride, sentenceCount(split)); index++) {
    const [start, end] = sentenceBounds(split, index)
    for (let word = start; word < end; word++) text += `${forms.at(split.forms[word] ?? 0)}\n`
    text += '\n'
  }
  return text
}
