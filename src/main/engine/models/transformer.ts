import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Kernels } from '../backends/kernels'
import type { TransformerConfig } from './config'
import type { BlockWeights, TransformerWeights } from './weights'

/** Sequences of one batch, one after another. */
export interface TokenBatch {
  /** Tokens of each sequence. */
  lengths: readonly number[]
  /** Token ids, rows = sum of the lengths. */
  ids: Int32Array
  /** 1 for a token, 0 for one that no other may attend to (padding of a ready-made input); null when every token counts. */
  mask: Uint8Array | null
  /** Sentence A or B of every token; null when all are 0. */
  segments: Int32Array | null
}

/** Which values the caller wants back. Everything else is freed as soon as the next layer has it. */
export interface Wanted {
  hiddenStates: boolean
  /** True for all maps, or the blocks (0-based) whose map is wanted. */
  attentions: boolean | ReadonlySet<number>
  /** Takes the maps one at a time as they are made and disposes of them, so that a long input never holds all of them. */
  takeAttention?: (block: number, pattern: Tensor4D) => void
}

export interface ForwardResult {
  /** layers + 1 tensors [rows, width], rows as in the input; empty unless wanted. The caller disposes of them. */
  hiddenStates: Tensor2D[]
  /** One [batch, heads, query, key] for every block, as long as the longest sequence and 0 outside a shorter one; null where it was not wanted. The caller disposes of them. */
  attentions: (Tensor4D | null)[]
}

/** Large enough that exp underflows to 0 in float32, small enough to stay finite when scores are added. */
const masked = -1e9

/**
 * The forward pass of an encoder with normalisation after each sublayer (Devlin et al. 2019; Vaswani et al. 2017, section 3.1).
 * Names of the values follow src/shared/hookNames.ts. In comments B = sequences, T = tokens of the longest, R = rows (tokens of all),
 * W = width, H = heads.
 */
export function forward(kernels: Kernels, config: TransformerConfig, weights: TransformerWeights, input: TokenBatch, wanted: Wanted): ForwardResult {
  const hiddenStates: Tensor2D[] = []
  const attentions: (Tensor4D | null)[] = []
  const shape = shapeOf(input)
  const bias = paddingBias(input, shape)
  // embed: (R, W)
  let residual = embed(kernels, config, weights, input)
  if (wanted.hiddenStates) hiddenStates.push(residual)
  for (const [i, block] of weights.blocks.entries()) {
    const wantPattern = typeof wanted.attentions === 'boolean' ? wanted.attentions : wanted.attentions.has(i)
    const { output, pattern } = runBlock(kernels, config, block, shape, residual, bias, wantPattern)
    if (!wanted.hiddenStates) residual.dispose()
    residual = output
    if (wanted.hiddenStates) hiddenStates.push(residual)
    if (pattern && wanted.takeAttention) wanted.takeAttention(i, pattern)
    attentions.push(wanted.takeAttention ? null : pattern)
  }
  if (!wanted.hiddenStates) residual.dispose()
  bias?.dispose()
  return { hiddenStates, attentions }
}

interface BatchShape {
  batch: number
  /** Of the longest sequence. */
  tokens: number
  /** Given only where sequences differ in length. */
  lengths?: readonly number[]
}

function shapeOf({ lengths }: TokenBatch): BatchShape {
  const tokens = Math.max(...lengths)
  return { batch: lengths.length, tokens, ...(lengths.every((length) => length === tokens) ? {} : { lengths }) }
}

/** LayerNorm(token + position + segment) -> (R, W) */
function embed(kernels: Kernels, config: TransformerConfig, weights: TransformerWeights, input: TokenBatch): Tensor2D {
  const positions = new Int32Array(input.ids.length)
  let row = 0
  for (const length of input.lengths) for (let t = 0; t < length; t++) positions[row++] = t
  return tf.tidy(() => {
    const token = tf.gather(weights.tokenEmbedding, tf.tensor1d(input.ids, 'int32'))
    const position = tf.gather(weights.positionEmbedding, tf.tensor1d(positions, 'int32'))
    const segment = input.segments
      ? tf.gather(weights.segmentEmbedding, tf.tensor1d(input.segments, 'int32'))
      : tf.slice(weights.segmentEmbedding, [0, 0], [1, config.width])
    const sum = tf.add(tf.add(token, position), segment) as Tensor2D
    return kernels.layerNorm(sum, weights.embeddingNorm.gamma, weights.embeddingNorm.beta, config.normEpsilon)
  })
}

function runBlock(
  kernels: Kernels,
  config: TransformerConfig,
  block: BlockWeights,
  shape: BatchShape,
  residual: Tensor2D,
  bias: Tensor4D | null,
  wantPattern: boolean
): { output: Tensor2D; pattern: Tensor4D | null } {
  const kept = tf.tidy(() => {
    // (R, W) x (W, 3 W) -> (R, 3 W)
    const qkv = kernels.dense(residual, block.qkv.weight, block.qkv.bias, 'none')
    const scale = 1 / Math.sqrt(config.width / config.heads)
    const attention = kernels.attention({ qkv, ...shape, heads: config.heads, scale, bias, wantPattern })
    // LayerNorm(attention output + resid_pre) -> resid_mid: (R, W)
    const middle = kernels.denseAddLayerNorm(attention.result, block.attentionOut, residual, block.attentionNorm, config.normEpsilon)
    // (R, W) x (W, mlp) -> (R, mlp) x (mlp, W) -> (R, W); LayerNorm(mlp output + resid_mid) -> resid_post
    const output = kernels.feedForward(middle, block.mlpIn, config.activation, block.mlpOut, block.mlpNorm, config.normEpsilon)
    return attention.pattern ? [output, attention.pattern] : [output]
  }) as [Tensor2D, Tensor4D?]
  return { output: kept[0], pattern: kept[1] ?? null }
}

/** (B, 1, 1, T): 0 for a token, a large negative number for padding; null when nothing is padded. */
function paddingBias({ mask }: TokenBatch, { batch, tokens, lengths }: BatchShape): Tensor4D | null {
  if (!mask?.includes(0)) return null
  if (lengths) throw new Error('A mask goes with sequences of equal length; shorter ones need no padding.')
  const values = Float32Array.from(mask, (bit) => (bit ? 0 : masked))
  return tf.tensor4d(values, [batch, 1, 1, tokens])
}
