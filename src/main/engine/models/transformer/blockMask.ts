import * as tf from '@tensorflow/tfjs-core'
import type { Tensor4D } from '@tensorflow/tfjs-core'
import type { BatchShape, TokenBatch } from './batch'
import type { TransformerConfig } from './config'

/**
 * Large enough that a score of any size is lost in it, so that a query that may attend to nothing attends evenly;
 * small enough that two of them add up.
 */
export const lost = -1e30

export type Sparse = Pick<TransformerConfig, 'sparse'>

/** Whether attention of some sequence goes by blocks: shorter ones are attended to in full. */
export function isBlockSparse({ sparse }: Sparse, { tokens }: BatchShape): boolean {
  return sparse?.kind === 'blocks' && blocksOf(sparse, tokens) !== null
}

/** Blocks of a sequence; null where it is too short for them. */
export function blocksOf({ size, random }: { size: number; random: number }, tokens: number): number | null {
  const blocks = Math.ceil(tokens / size)
  return blocks > 5 + 2 * random ? blocks : null
}

/** What is added to the scores of every query and key, (B, 1, T, T). */
export function blockMask({ sparse }: Sparse, { lengths, mask }: TokenBatch, { batch, tokens }: BatchShape): Tensor4D {
  if (sparse?.kind !== 'blocks') throw new Error('The model has no blocks of keys.')
  const { size, random } = sparse
  const more = Math.log(1 + random)
  const values = new Float32Array(batch * tokens * tokens)
  for (let s = 0, i = 0; s < batch; s++) {
    const blocks = blocksOf(sparse, lengths[s]!)
    for (let q = 0; q < tokens; q++) {
      const [from, padding] = [Math.floor(q / size), mask?.[s * tokens + q] === 0]
      const global = blocks === null || from === 0 || from === blocks - 1
      const middle = blocks !== null && from > 1 && from < blocks - 2
      for (let k = 0; k < tokens; k++, i++) {
        const to = Math.floor(k / size)
        const ends = to === 0 || to === (blocks ?? 0) - 1
        const near = Math.abs(from - to) <= 1 && !(padding && middle)
        if (mask?.[s * tokens + k] === 0 || !(global || ends || near)) values[i] = lost
        else if (!global && to === 0 && !padding) values[i] = more
      }
    }
  }
  return tf.tensor4d(values, [batch, 1, tokens, tokens])
}
