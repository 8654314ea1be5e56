import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { recogniseVectors } from '../../wordVectors/format'
import { readVectors } from '../../wordVectors/wordVectors'
import type { WordIndex } from '../../wordVectors/wordIndex'

/** Word vectors that a network reads. */
export interface WordTable {
  words: WordIndex
  /** [ids, width]; zeros for the id that is one more than the last word's. */
  rows(ids: Int32Array): Tensor2D
  bytes: number
  notes: readonly string[]
}

/**
 * The file of word vectors in a folder that is as wide as a network's input; the first by name.
 * @throws UserError where there is none
 */
export async function vectorsIn(folder: string, width: number, usual: string): Promise<string> {
  const names = readdirSync(folder)
    .filter((name) => /\.(txt|vec|bin|gz)$/i.test(name))
    .sort()
  for (const name of names) {
    const path = join(folder, name)
    if (!statSync(path).isFile()) continue
    if ((await recogniseVectors(path))?.width === width) return path
  }
  throw new UserError(
    `${folder} has no word vectors with ${width} numbers a word, which this network reads. Put ${usual} beside its ` +
      'weights, or a link to it.'
  )
}

/** @throws UserError naming file and line of what is damaged */
export async function readWordTable(path: string, job: JobHandle): Promise<WordTable> {
  const head = await recogniseVectors(path)
  if (!head) throw new UserError(`${basename(path)} is not a file of word vectors any more; open the model again.`)
  const { words, table, notes } = await readVectors(path, head, job)
  return {
    words,
    rows: (ids) => {
      const values = new Float32Array(ids.length * head.width)
      ids.forEach((id, row) => {
        if (id < table.rows) table.copy(id, values, row * head.width)
      })
      return tf.tensor2d(values, [ids.length, head.width])
    },
    bytes: table.rows * table.width * Float32Array.BYTES_PER_ELEMENT,
    notes
  }
}
