import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { BatchShape, TokenBatch } from './batch'
import type { TransformerConfig } from './config'
import { blockMask, isBlockSparse, lost } from './blockMask'
import { localMask } from './localAttention'
import { alibiSlopes, distanceBucket, roundedToBfloat16 } from './distances'

/**
 * What is added to the scaled scores whatever the tokens are: masks, and positions that depend on distance alone.
 * Blocks of one kind share it; it is made on first use and lives until `dispose`.
 */
export class ScoreBias {
  private readonly masked: boolean
  private readonly made = new Map<string, Tensor4D | null>()
  private readonly distances = new Map<number, Tensor4D | null>()

  constructor(
    private readonly config: TransformerConfig,
    /** The table of distances of a block, where there is one. */
    private readonly tableOf: (block: number) => Tensor2D | null,
    private readonly input: TokenBatch,
    private readonly shape: BatchShape
  ) {
    const marked = config.sparse?.kind === 'globals' && (input.globals?.includes(1) ?? false)
    this.masked = (input.mask?.includes(0) ?? false) || marked || isBlockSparse(config, shape)
  }

  /**
   * What keeps queries of this block from keys by their places alone. Attention does that itself, and spends nothing on
   * what is out of reach; only where the input has a mask of its own are both in the bias.
   */
  places(block: number): { causal: boolean; window: number | null } {
    if (this.masked || this.chunkOf(block)) return { causal: false, window: null }
    const { window } = this.config.blocks[block]!
    return { causal: this.config.causal, window: window !== null && window < this.shape.tokens ? window : null }
  }

  /** Broadcasts to (B, H, T, T); null: nothing is added. Owned by this object. */
  of(block: number): Tensor4D | null {
    const { window } = this.config.blocks[block]!
    const table = this.config.relative?.kind === 'buckets' && this.config.relative.byBlock ? block : 0
    const chunk = this.chunkOf(block)
    const key = `${window} ${table} ${chunk}`
    const found = this.made.get(key)
    if (found !== undefined) return found
    const mask = this.mask(window, chunk)
    const distances = this.byDistance(table)
    const bias =
      mask && distances ? (tf.add(mask, distances) as Tensor4D) : (mask ?? (distances && tf.clone(distances)))
    // Requested amid a block's own intermediate values; this one outlives them.
    if (bias) tf.keep(bias)
    if (mask && mask !== bias) mask.dispose()
    this.made.set(key, bias)
    return bias
  }

  dispose(): void {
    for (const bias of this.made.values()) bias?.dispose()
    for (const distances of this.distances.values()) distances?.dispose()
  }

  /** Tokens of a chunk of a block, where the input has more than one. */
  private chunkOf(block: number): number | null {
    const { chunk } = this.config.blocks[block]!
    return chunk !== undefined && chunk < this.shape.tokens ? chunk : null
  }

  private byDistance(block: number): Tensor4D | null {
    const found = this.distances.get(block)
    if (found !== undefined) return found
    const made = this.makeDistances(block)
    this.distances.set(block, made && tf.keep(made))
    return made
  }

  /** (B, 1, T or 1, T), null where every token counts: 0 where a query may attend to a key. */
  private mask(window: number | null, chunk: number | null): Tensor4D | null {
    const { tokens } = this.shape
    const { causal, padding } = this.config
    if (!this.masked && !chunk) return null
    if (isBlockSparse(this.config, this.shape)) return blockMask(this.config, this.input, this.shape)
    if (this.masked && this.config.sparse?.kind === 'local') {
      const values = localMask(this.config.sparse.size, this.input, this.shape)
      return tf.tensor4d(values, [this.shape.batch, 1, tokens, tokens])
    }
    // Without a mask all sequences have the same.
    const batch = this.masked ? this.shape.batch : 1
    const attended = (this.masked && this.input.mask) || new Uint8Array(batch * tokens).fill(1)
    const { globals } = this.input
    const placed = chunk !== null || causal || (window !== null && window < tokens)
    const ownRows = placed || padding.queriesMasked || padding.selfAttended
    const queries = ownRows ? tokens : 1
    const values = new Float32Array(batch * queries * tokens)
    for (let s = 0, i = 0; s < batch; s++) {
      for (let q = 0; q < queries; q++) {
        for (let k = 0; k < tokens; k++, i++) {
          const future = causal && k > q
          const away = window !== null && (q - k >= window || k - q >= window)
          const elsewhere = chunk !== null && Math.floor(q / chunk) !== Math.floor(k / chunk)
          const far = placed && (away || elsewhere) && !globals?.[s * tokens + k]
          const missing = !attended[s * tokens + k] || (padding.queriesMasked && !attended[s * tokens + q])
          if (padding.selfAttended && q === k) continue
          if (padding.masksAdded) values[i] = lost * (Number(future || far) + Number(future || missing))
          else if (future || far || missing) values[i] = lost
        }
      }
    }
    return tf.tensor4d(values, [batch, 1, queries, tokens])
  }

  private makeDistances(block: number): Tensor4D | null {
    const { relative, heads } = this.config
    const { tokens } = this.shape
    if (relative?.kind === 'alibi') {
      // The slope times the key's place: for one query it differs from slope times distance by a constant, which
      // softmax does not see.
      const slopes = alibiSlopes(heads, relative.steepest, relative.between)
      const { roundedTwice } = relative
      const scale = this.config.blocks[0]!.scale
      const values = Float32Array.from({ length: heads * tokens }, (_, i) => {
        const [slope, place] = [Math.fround(slopes[Math.floor(i / tokens)]!), i % tokens]
        return roundedTwice ? 2 * roundedToBfloat16(roundedToBfloat16(slope) * place) * scale : slope * place
      })
      return tf.tensor4d(values, [1, heads, 1, tokens])
    }
    if (relative?.kind === 'buckets') {
      const buckets = new Int32Array(tokens * tokens)
      for (let q = 0; q < tokens; q++)
        for (let k = 0; k < tokens; k++)
          buckets[q * tokens + k] = distanceBucket(k - q, relative.buckets, relative.maxDistance)
      // (T T, H) -> (1, H, T, T)
      const rows = tf.gather(this.tableOf(block)!, tf.tensor1d(buckets, 'int32'))
      return tf.reshape(tf.transpose(rows), [1, heads, tokens, tokens])
    }
    return null
  }
}
