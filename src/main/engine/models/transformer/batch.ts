import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'

/** Sequences of one batch, one after another. */
export interface TokenBatch {
  /** Tokens of each sequence. */
  lengths: readonly number[]
  /** Token ids, rows = sum of the lengths. */
  ids: Int32Array
  /**
   * 1 for a token, 0 for one that no other may attend to (padding of a ready-made input); null when every token
   * counts.
   */
  mask: Uint8Array | null
  /** 1 for a token that sees all others and is seen by them, in a model that has such; absent: there is none. */
  globals?: Uint8Array | null
  /** Sentence A or B of every token; null when all are 0. */
  segments: Int32Array | null
  /** Language (XLM) or task (ERNIE) of every token; left out, no language and the first task. */
  marks?: Int32Array | null
}

export interface BatchShape {
  /** Sequences. */
  batch: number
  /** Of the longest sequence. */
  tokens: number
  /** Given only where sequences differ in length. */
  lengths?: readonly number[]
  /** Of one step of a recurrent layer: which rows of the batch it has, and the place of each in its sequence. */
  rows?: Int32Array
  places?: Int32Array
}

export function shapeOf({ lengths, mask }: TokenBatch): BatchShape {
  const tokens = Math.max(...lengths)
  if (lengths.every((length) => length === tokens)) return { batch: lengths.length, tokens }
  if (mask?.includes(0)) throw new Error('A mask goes with sequences of equal length; shorter ones need no padding.')
  return { batch: lengths.length, tokens, lengths }
}

/** Tokens of each sequence of a batch. */
export function lengthsOf({ batch, tokens, lengths }: BatchShape): readonly number[] {
  return lengths ?? new Array<number>(batch).fill(tokens)
}

/** Place of every row in its sequence. */
export function placesOf({ lengths, ids }: TokenBatch): Int32Array {
  const places = new Int32Array(ids.length)
  let row = 0
  for (const length of lengths) for (let t = 0; t < length; t++) places[row++] = t
  return places
}

/** (R, width) -> (B, T, width); places past the end of a shorter sequence repeat row 0 and mean nothing. */
export function toSequences(rows: Tensor2D, { batch, tokens, lengths }: BatchShape): Tensor {
  const width = rows.shape[1]
  if (!lengths) return tf.reshape(rows, [batch, tokens, width])
  const rowOfPlace = new Int32Array(batch * tokens)
  let row = 0
  lengths.forEach((length, sequence) => {
    for (let t = 0; t < length; t++) rowOfPlace[sequence * tokens + t] = row++
  })
  return tf.reshape(tf.gather(rows, tf.tensor1d(rowOfPlace, 'int32')), [batch, tokens, width])
}

/** (B, T, width) -> (R, width), the reverse of `toSequences`. */
export function toRows(sequences: Tensor, { batch, tokens, lengths }: BatchShape): Tensor2D {
  const width = sequences.shape[2]!
  const flat = tf.reshape(sequences, [batch * tokens, width]) as Tensor2D
  if (!lengths) return flat
  const placeOfRow = lengths.flatMap((length, sequence) => Array.from({ length }, (_, t) => sequence * tokens + t))
  return tf.gather(flat, tf.tensor1d(placeOfRow, 'int32'))
}

/** Rows of padding set to 0: (R, W) */
export function zeroPadding(x: Tensor2D, { mask }: TokenBatch): Tensor2D {
  if (!mask?.includes(0)) return x
  return tf.mul(x, tf.tensor2d(Float32Array.from(mask), [mask.length, 1]))
}
