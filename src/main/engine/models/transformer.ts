import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Kernels } from '../backends/kernels'
import type { TransformerConfig } from './config'
import type { BlockWeights, TransformerWeights } from './weights'

/** Sentences of one batch, padded to the same length; row-major [batch, tokens]. */
export interface TokenBatch {
  batch: number
  tokens: number
  ids: Int32Array
  /** 1 for a token, 0 for padding. */
  mask: Uint8Array
  /** Sentence A or B; null when all are 0. */
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
  /** layers + 1 tensors [batch * tokens, width]; empty unless wanted. The caller disposes of them. */
  hiddenStates: Tensor2D[]
  /** One [batch, heads, query, key] for every block, null where it was not wanted. The caller disposes of them. */
  attentions: (Tensor4D | null)[]
}

/** Large enough that exp underflows to 0 in float32, small enough to stay finite when scores are added. */
const masked = -1e9

/**
 * The forward pass of an encoder with normalisation after each sublayer (Devlin et al. 2019; Vaswani et al. 2017, section 3.1).
 * Names of the values follow src/shared/hookNames.ts. In comments B = batch, T = tokens, W = width, H = heads.
 */
export function forward(kernels: Kernels, config: TransformerConfig, weights: TransformerWeights, input: TokenBatch, wanted: Wanted): ForwardResult {
  const hiddenStates: Tensor2D[] = []
  const attentions: (Tensor4D | null)[] = []
  const bias = paddingBias(input)
  // embed: (B T, W)
  let residual = embed(kernels, config, weights, input)
  if (wanted.hiddenStates) hiddenStates.push(residual)
  for (const [i, block] of weights.blocks.entries()) {
    const wantPattern = typeof wanted.attentions === 'boolean' ? wanted.attentions : wanted.attentions.has(i)
    const { output, pattern } = runBlock(kernels, config, block, input, residual, bias, wantPattern)
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

/** LayerNorm(token + position + segment) -> (B T, W) */
function embed(kernels: Kernels, config: TransformerConfig, weights: TransformerWeights, input: TokenBatch): Tensor2D {
  const { batch, tokens } = input
  return tf.tidy(() => {
    const token = tf.gather(weights.tokenEmbedding, tf.tensor1d(input.ids, 'int32')) as Tensor2D
    const position = tf.slice(weights.positionEmbedding, [0, 0], [tokens, config.width])
    const segment = input.segments
      ? tf.reshape(tf.gather(weights.segmentEmbedding, tf.tensor1d(input.segments, 'int32')), [batch, tokens, config.width])
      : tf.slice(weights.segmentEmbedding, [0, 0], [1, config.width])
    const sum = tf.add(tf.add(tf.reshape(token, [batch, tokens, config.width]), position), segment)
    return kernels.layerNorm(tf.reshape(sum, [batch * tokens, config.width]), weights.embeddingNorm.gamma, weights.embeddingNorm.beta, config.normEpsilon)
  })
}

function runBlock(
  kernels: Kernels,
  config: TransformerConfig,
  block: BlockWeights,
  { batch, tokens }: TokenBatch,
  residual: Tensor2D,
  bias: Tensor4D | null,
  wantPattern: boolean
): { output: Tensor2D; pattern: Tensor4D | null } {
  const kept = tf.tidy(() => {
    // (B T, W) x (W, 3 W) -> (B T, 3 W)
    const qkv = kernels.dense(residual, block.qkv.weight, block.qkv.bias, 'none')
    const scale = 1 / Math.sqrt(config.width / config.heads)
    const attention = kernels.attention({ qkv, batch, tokens, heads: config.heads, scale, bias, wantPattern })
    const attentionOut = kernels.dense(attention.result, block.attentionOut.weight, block.attentionOut.bias, 'none')
    const middle = kernels.addLayerNorm(attentionOut, residual, block.attentionNorm.gamma, block.attentionNorm.beta, config.normEpsilon)
    // (B T, W) x (W, mlp) -> (B T, mlp) -> (B T, W)
    const post = kernels.dense(middle, block.mlpIn.weight, block.mlpIn.bias, config.activation)
    const mlpOut = kernels.dense(post, block.mlpOut.weight, block.mlpOut.bias, 'none')
    const output = kernels.addLayerNorm(mlpOut, middle, block.mlpNorm.gamma, block.mlpNorm.beta, config.normEpsilon)
    return attention.pattern ? [output, attention.pattern] : [output]
  }) as [Tensor2D, Tensor4D?]
  return { output: kept[0], pattern: kept[1] ?? null }
}

/** (B, 1, 1, T): 0 for a token, a large negative number for padding; null when nothing is padded. */
function paddingBias({ batch, tokens, mask }: TokenBatch): Tensor4D | null {
  if (!mask.includes(0)) return null
  const values = Float32Array.from(mask, (bit) => (bit ? 0 : masked))
  return tf.tensor4d(values, [batch, 1, 1, tokens])
}
