import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { AttentionInput, Kernels } from '../../backends/kernels'
import { lengthsOf, type BatchShape, type TokenBatch } from './batch'
import { lost } from './blockMask'
import type { TransformerConfig } from './config'
import { distanceBucket } from './distances'
import { localLoss, madeOf, type Made } from './localAttention'
import { normalise, type Norm } from './norms'
import type { Linear } from './weightSource'

interface Tables {
  /** [buckets, heads] of two tokens, and of a token and a made one. */
  relativeTable: Tensor2D | null
  madeTable: Tensor2D | null
}

/** Null for a model without such tokens, and for inputs that are too short. */
export function madeTokensOf(
  config: TransformerConfig,
  tables: Tables,
  input: TokenBatch,
  shape: BatchShape
): MadeTokens | null {
  const { sparse } = config
  if (sparse?.kind !== 'local' || sparse.madeFrom === null || shape.tokens < sparse.madeFrom) return null
  const { madeFrom } = sparse
  let first = 0
  const made = lengthsOf(shape).map((length) => {
    const attended = input.mask && input.mask.subarray(first, first + length)
    first += length
    return madeOf(attended, length, madeFrom)
  })
  return new MadeTokens(config, sparse.size, tables, input, shape, made)
}

/**
 * Tokens that attention makes of several others and forgets again (Guo et al. 2022, section 3.1.2): they follow the
 * tokens of each sequence while it is attended to.
 */
export class MadeTokens {
  private readonly extended: BatchShape
  private made: Tensor4D | null = null

  constructor(
    private readonly config: TransformerConfig,
    private readonly size: number,
    private readonly tables: Tables,
    private readonly input: TokenBatch,
    private readonly shape: BatchShape,
    /** Of every sequence. */
    readonly ofSequences: readonly Made[]
  ) {
    const lengths = lengthsOf(shape).map((length, s) => length + ofSequences[s]!.count)
    this.extended = { batch: shape.batch, tokens: Math.max(...lengths), ...(shape.lengths && { lengths }) }
  }

  /**
   * The input of attention with the made tokens behind those of each sequence.
   * @param x what the queries, keys and values of the tokens were made of, (R, W)
   */
  extend(
    kernels: Kernels,
    { qkv, madeNorm }: { qkv: Linear | null; madeNorm: Norm | null },
    x: Tensor2D,
    input: AttentionInput
  ): AttentionInput {
    const made = normalise(kernels, this.config, madeNorm!, this.sums(x))
    const theirs = kernels.dense(made, qkv!.weight, qkv!.bias, 'none')
    const rows = tf.gather(tf.concat([input.qkv, theirs], 0), tf.tensor1d(this.order(), 'int32'))
    return { ...input, ...this.extended, qkv: rows, bias: this.bias(), causal: false, window: null }
  }

  /** Rows of the tokens alone. */
  rowsOf(result: Tensor2D): Tensor2D {
    const rows: number[] = []
    let first = 0
    lengthsOf(this.shape).forEach((length, s) => {
      for (let t = 0; t < length; t++) rows.push(first + t)
      first += length + this.ofSequences[s]!.count
    })
    return tf.gather(result, tf.tensor1d(rows, 'int32'))
  }

  /** The map of the tokens alone, 0 outside a shorter sequence. */
  mapOf(map: Tensor4D): Tensor4D {
    const { batch, tokens, lengths } = this.shape
    const cut = tf.slice(map, [0, 0, 0, 0], [-1, -1, tokens, tokens])
    if (!lengths) return cut
    const inside = Float32Array.from({ length: batch * tokens * tokens }, (_, i) => {
      const length = lengths[Math.floor(i / (tokens * tokens))]!
      return Number(i % tokens < length && Math.floor(i / tokens) % tokens < length)
    })
    return tf.mul(cut, tf.tensor4d(inside, [batch, 1, tokens, tokens]))
  }

  dispose(): void {
    this.made?.dispose()
  }

  /** The sum of the rows that each is made of, sequence by sequence: (R, W) -> (made, W) */
  private sums(x: Tensor2D): Tensor2D {
    const width = x.shape[1]
    const members: number[][] = []
    let first = 0
    lengthsOf(this.shape).forEach((length, s) => {
      const { count, of } = this.ofSequences[s]!
      const own = Array.from({ length: count }, (): number[] => [])
      // Row 0 of what is gathered from is one of zeros.
      for (let t = 0; t < length; t++) own[of[t]!]?.push(first + t + 1)
      members.push(...own)
      first += length
    })
    const most = members.reduce((largest, { length }) => Math.max(largest, length), 1)
    const rows = members.flatMap((own) => [...own, ...new Array<number>(most - own.length).fill(0)])
    const taken = tf.gather(tf.concat([tf.zeros([1, width]), x], 0), tf.tensor1d(rows, 'int32'))
    return tf.sum(tf.reshape(taken, [members.length, most, width]), 1)
  }

  /** Rows of tokens and made tokens in the order of the sequences, among all tokens and then all made. */
  private order(): number[] {
    const order: number[] = []
    let [token, made] = [0, this.input.ids.length]
    lengthsOf(this.shape).forEach((length, s) => {
      for (let t = 0; t < length; t++) order.push(token++)
      for (let g = 0; g < this.ofSequences[s]!.count; g++) order.push(made++)
    })
    return order
  }

  /** What is added to the scores, (B, H, T, T) of the extended sequences; (1, H, T, T) where all have the same. */
  private bias(): Tensor4D {
    if (this.made) return this.made
    const { heads } = this.config
    const { tokens } = this.extended
    const batch = this.shape.lengths || this.input.mask?.includes(0) ? this.shape.batch : 1
    const [rows, losses] = this.places(batch)
    const { relativeTable, madeTable } = this.tables
    this.made = tf.keep(
      tf.tidy(() => {
        const table = tf.concat([relativeTable!, madeTable!, tf.zeros([1, heads])], 0)
        const byHead = tf.reshape(tf.gather(table, tf.tensor1d(rows, 'int32')), [batch, tokens, tokens, heads])
        return tf.add<Tensor4D>(tf.transpose(byHead, [0, 3, 1, 2]), tf.tensor4d(losses, [batch, 1, tokens, tokens]))
      })
    )
    return this.made
  }

  /** Of every query and key: the row of both tables and one of zeros, and what keeps the query from the key. */
  private places(batch: number): [Int32Array, Float32Array] {
    const { relative } = this.config
    if (relative?.kind !== 'buckets') throw new Error('Made tokens have buckets of distances.')
    const { buckets, maxDistance } = relative
    const { tokens } = this.extended
    const rows = new Int32Array(batch * tokens * tokens).fill(2 * buckets)
    const losses = new Float32Array(rows.length)
    const known = new Map<number, number>()
    const bucketOf = (distance: number): number => {
      const bucket = known.get(distance) ?? distanceBucket(distance, buckets, maxDistance)
      known.set(distance, bucket)
      return bucket
    }
    let first = 0
    lengthsOf(this.shape)
      .slice(0, batch)
      .forEach((length, s) => {
        const attended = this.input.mask && this.input.mask.subarray(first, first + length)
        const { count, there, of } = this.ofSequences[s]!
        for (let q = 0; q < length; q++) {
          const at = (s * tokens + q) * tokens
          for (let k = 0; k < length; k++) {
            rows[at + k] = bucketOf(k - q)
            losses[at + k] = localLoss(this.size, attended, q, k)
          }
          for (let g = 0; g < count; g++) {
            rows[at + length + g] = buckets + bucketOf(g - of[q]!)
            // Padding sees those that are made of nothing, as in the reference implementation.
            losses[at + length + g] = (attended?.[q] !== 0) === g < there ? 0 : lost
          }
        }
        first += length
      })
    return [rows, losses]
  }
}
