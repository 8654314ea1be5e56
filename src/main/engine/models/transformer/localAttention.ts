import type { BatchShape, TokenBatch } from './batch'
import { lost } from './blockMask'
import type { TransformerConfig } from './config'

/** Whether tokens are made of several others, which all see. */
export function makesTokens({ sparse }: Pick<TransformerConfig, 'sparse'>): boolean {
  return sparse?.kind === 'local' && sparse.madeFrom !== null
}

/**
 * What is added to the score of a query and a key of a sequence. A query that is padding sees the three blocks around
 * it, evenly.
 * @param attended of the sequence's tokens; null: all are
 */
export function localLoss(size: number, attended: Uint8Array | null, query: number, key: number): number {
  if (attended?.[query] === 0) return Math.abs(Math.floor(query / size) - Math.floor(key / size)) <= 1 ? lost : 2 * lost
  return Math.abs(query - key) < size && attended?.[key] !== 0 ? 0 : lost
}

/** What is added to the scores of a padded batch, [batch, tokens, tokens]. */
export function localMask(size: number, { mask }: TokenBatch, { batch, tokens }: BatchShape): Float32Array {
  const values = new Float32Array(batch * tokens * tokens)
  for (let s = 0, i = 0; s < batch; s++) {
    const attended = mask && mask.subarray(s * tokens, (s + 1) * tokens)
    for (let q = 0; q < tokens; q++) for (let k = 0; k < tokens; k++, i++) values[i] = localLoss(size, attended, q, k)
  }
  return values
}

/**
 * Of every row of a padded batch: the share of what it sees that is in the sequence. PyTorch fills up the blocks at
 * both ends with zeros, which a query that is padding sees like tokens.
 * @param made of each sequence, where there are such
 */
export function sharesInSequence(
  size: number,
  { mask }: TokenBatch,
  { batch, tokens }: BatchShape,
  made: readonly Made[] | null
): Float32Array {
  return Float32Array.from({ length: batch * tokens }, (_, row) => {
    const { count, there } = made?.[Math.floor(row / tokens)] ?? { count: 0, there: 0 }
    // One that is made of nothing is seen by padding alone.
    if (mask?.[row] !== 0 || there < count) return 1
    const block = Math.floor((row % tokens) / size)
    const inside = Math.min(tokens, (block + 2) * size) - Math.max(0, (block - 1) * size)
    return (inside + count) / (3 * size + count)
  })
}

/** The tokens made for a sequence. */
export interface Made {
  count: number
  /** How many of them, the first ones, are made of something. */
  there: number
  /** Which of them each token is part of; -1: none. */
  of: Int32Array
}

/**
 * Every `size` tokens make one; those left over at the end belong to the last (Guo et al. 2022, section 3.1.2). The
 * steps are rounded as in the reference implementation, whose blocks are uneven where 1 / size is not exact.
 * @param attended of the sequence's tokens; null: all are
 */
export function madeOf(attended: Uint8Array | null, length: number, size: number): Made {
  const step = Math.fround(1 / size)
  let sum = 0
  const placed = Int32Array.from({ length }, (_, t) => {
    sum += step
    const before = Math.fround(Math.fround(sum) - step)
    return attended?.[t] === 0 ? -1 : Math.floor(Math.fround(Math.fround(1 + before) - 1))
  })
  const last = placed.reduce((ends, id, t) => ends + Number(t % size === size - 1 && id >= 0), 0) - 1
  const of = placed.map((id) => Math.min(id, last))
  const count = Math.floor(length / size)
  return { count, there: Math.min(count, Math.max(...of) + 1), of }
}
