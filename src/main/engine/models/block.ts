import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Kernels } from '../backends/kernels'
import { attend, type AttentionContext } from './attention'
import type { TransformerConfig } from './config'
import { zeroPadding } from './embeddings'
import { normalise, type Norm } from './norms'
import type { BlockWeights } from './weights'

/** One block: resid_pre (R, W) -> resid_post (R, W), and its attention map where wanted. */
export function runBlock(
  context: AttentionContext,
  index: number,
  block: BlockWeights,
  residual: Tensor2D,
  wantPattern: boolean
): { output: Tensor2D; pattern: Tensor4D | null } {
  const { config } = context
  const kept = tf.tidy(() => {
    const [output, pattern] =
      config.normPlacement === 'sum'
        ? normedSums(context, index, block, residual, wantPattern)
        : normedSublayers(context, index, block, residual, wantPattern)
    const done = config.padding.zeroed === 'always' ? zeroPadding(output, context.input) : output
    return pattern ? [done, pattern] : [done]
  }) as [Tensor2D, Tensor4D?]
  return { output: kept[0], pattern: kept[1] ?? null }
}

/** A norm after each sum (Vaswani et al. 2017, section 3.1): what the fused kernels are made for. */
function normedSums(
  context: AttentionContext,
  index: number,
  block: BlockWeights,
  residual: Tensor2D,
  wantPattern: boolean
): [Tensor2D, Tensor4D | null] {
  const { kernels, config } = context
  const { result, pattern } = attend(context, config.blocks[index]!, block, residual, wantPattern)
  const attentionNorm = block.attentionNorm!
  const mlpNorm = block.mlpNorm!
  if (config.norm.kind === 'layer' && !block.mlpGate) {
    // LayerNorm(attention output + resid_pre) -> resid_mid: (R, W)
    const middle = kernels.denseAddLayerNorm(result, block.attentionOut, residual, attentionNorm, config.normEpsilon)
    // (R, W) x (W, mlp) -> (R, mlp) x (mlp, W) -> (R, W); LayerNorm(mlp output + resid_mid) -> resid_post
    return [
      kernels.feedForward(middle, block.mlpIn, config.activation, block.mlpOut, mlpNorm, config.normEpsilon),
      pattern
    ]
  }
  const attended = kernels.dense(result, block.attentionOut.weight, block.attentionOut.bias, 'none')
  const middle = normalise(kernels, config, attentionNorm, tf.add(attended, residual))
  return [normalise(kernels, config, mlpNorm, tf.add(mlp(kernels, config, block, middle), middle)), pattern]
}

/**
 * Norms on a sublayer's input, its output or both; the residual stream itself is never normed (Xiong et al. 2020,
 * table 1).
 */
function normedSublayers(
  context: AttentionContext,
  index: number,
  block: BlockWeights,
  residual: Tensor2D,
  wantPattern: boolean
): [Tensor2D, Tensor4D | null] {
  const { kernels, config } = context
  const through = (norm: Norm | null, x: Tensor2D): Tensor2D => (norm ? normalise(kernels, config, norm, x) : x)
  const read = through(block.attentionNorm, residual)
  const { result, pattern } = attend(context, config.blocks[index]!, block, read, wantPattern)
  const attended = through(
    block.attentionOutputNorm,
    kernels.dense(result, block.attentionOut.weight, block.attentionOut.bias, 'none')
  )
  if (config.parallel !== 'no') {
    const same = config.parallel === 'sharedNorm' ? read : through(block.mlpNorm, residual)
    return [tf.addN([residual, attended, mlp(kernels, config, block, same)]), pattern]
  }
  const middle = tf.add(config.residualFromNorm ? read : residual, attended) as Tensor2D
  const readByMlp = through(block.mlpNorm, middle)
  const computed = through(block.mlpOutputNorm, mlp(kernels, config, block, readByMlp))
  return [tf.add(config.residualFromNorm ? readByMlp : middle, computed), pattern]
}

/** (R, W) -> (R, mlp) -> (R, W), gated where the block has a gate. */
function mlp(
  kernels: Kernels,
  { activation }: TransformerConfig,
  { mlpIn, mlpGate, mlpOut }: BlockWeights,
  x: Tensor2D
): Tensor2D {
  const hidden = mlpGate
    ? (tf.mul(
        kernels.dense(x, mlpGate.weight, mlpGate.bias, activation),
        kernels.dense(x, mlpIn.weight, mlpIn.bias, 'none')
      ) as Tensor2D)
    : kernels.dense(x, mlpIn.weight, mlpIn.bias, activation)
  return kernels.dense(hidden, mlpOut.weight, mlpOut.bias, 'none')
}
