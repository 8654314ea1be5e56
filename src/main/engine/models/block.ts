import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Kernels } from '../backends/kernels'
import { attend, attentionOf, type AttentionContext, type TakePattern } from './attention'
import type { TransformerConfig } from './config'
import { zeroPadding } from './embeddings'
import { normalise, normStep, type Norm } from './norms'
import type { BlockWeights } from './weights'

/** One block: resid_pre (R, W) -> resid_post (R, W), and its attention map where wanted: whole, or given to `takeHeads`. */
export function runBlock(
  context: AttentionContext,
  index: number,
  block: BlockWeights,
  residual: Tensor2D,
  wantPattern: boolean,
  takeHeads: TakePattern | null = null
): { output: Tensor2D; pattern: Tensor4D | null } {
  const { config } = context
  const kept = tf.tidy(() => {
    const { middle, pattern } = attentionSublayer(context, index, block, residual, wantPattern, takeHeads)
    const output = config.parallel === 'no' ? mlpSublayer(context, block, middle) : middle
    const done = config.padding.zeroed === 'always' ? zeroPadding(output, context.input) : output
    return pattern ? [done, pattern] : [done]
  }) as [Tensor2D, Tensor4D?]
  return { output: kept[0], pattern: kept[1] ?? null }
}

/**
 * resid_pre (R, W) -> resid_mid (R, W), or resid_post where attention and MLP read the same residual. A norm stands after
 * the sum (Vaswani et al. 2017, section 3.1), or on the sublayer's input, its output or both; then the residual stream
 * itself is never normed (Xiong et al. 2020, table 1).
 */
function attentionSublayer(
  context: AttentionContext,
  index: number,
  block: BlockWeights,
  residual: Tensor2D,
  wantPattern: boolean,
  takeHeads: TakePattern | null
): { middle: Tensor2D; pattern: Tensor4D | null } {
  const { kernels, config } = context
  const place = config.blocks[index]!
  const sum = config.normPlacement === 'sum'
  const inputNorm = sum ? null : block.attentionNorm
  if (attendsWhole(config) && !takeHeads) {
    const { result, pattern } = kernels.attentionSublayer({
      ...attentionOf(context, place),
      x: residual,
      inputNorm: normStep(config, inputNorm),
      qkv: block.qkv,
      angles: place.rotary && context.angles.get(place.rotary)!,
      out: block.attentionOut,
      sumNorm: normStep(config, sum ? block.attentionNorm : null),
      bias: context.bias.of(place),
      wantPattern
    })
    return { middle: result, pattern }
  }
  const through = (norm: Norm | null, x: Tensor2D): Tensor2D => (norm ? normalise(kernels, config, norm, x) : x)
  const read = through(inputNorm, residual)
  const { result, pattern } = attend(context, place, block, read, wantPattern, takeHeads)
  if (sum && config.norm.kind === 'layer') {
    // LayerNorm(attention output + resid_pre) -> resid_mid: (R, W)
    const norm = block.attentionNorm!
    return {
      middle: kernels.denseAddLayerNorm(result, block.attentionOut, residual, norm, config.normEpsilon),
      pattern
    }
  }
  const attended = through(
    block.attentionOutputNorm,
    kernels.dense(result, block.attentionOut.weight, block.attentionOut.bias, 'none')
  )
  if (config.parallel !== 'no') {
    const same = config.parallel === 'sharedNorm' ? read : through(block.mlpNorm, residual)
    return { middle: tf.addN([residual, attended, mlp(kernels, config, block, same)]), pattern }
  }
  const added = tf.add<Tensor2D>(config.residualFromNorm ? read : residual, attended)
  return { middle: through(sum ? block.attentionNorm : null, added), pattern }
}

/** Whether nothing stands between the steps of the kernel that takes an attention sublayer as one. */
function attendsWhole({ parallel, residualFromNorm, queryKeyNorm, relative, normPlacement }: TransformerConfig): boolean {
  const byContent = relative?.kind === 'disentangled' || relative?.kind === 'transformerXl'
  const normsOutput = normPlacement === 'output' || normPlacement === 'both'
  return parallel === 'no' && !residualFromNorm && !normsOutput && queryKeyNorm === 'none' && !byContent
}

/** resid_mid (R, W) -> resid_post (R, W). */
function mlpSublayer({ kernels, config }: AttentionContext, block: BlockWeights, middle: Tensor2D): Tensor2D {
  const sum = config.normPlacement === 'sum'
  if (!config.residualFromNorm && !block.mlpOutputNorm)
    return kernels.feedForward({
      x: middle,
      inputNorm: normStep(config, sum ? null : block.mlpNorm),
      gate: block.mlpGate,
      activation: config.activation,
      up: block.mlpIn,
      down: block.mlpOut,
      sumNorm: normStep(config, sum ? block.mlpNorm : null)
    })
  const through = (norm: Norm | null, x: Tensor2D): Tensor2D => (norm ? normalise(kernels, config, norm, x) : x)
  const read = through(block.mlpNorm, middle)
  const computed = through(block.mlpOutputNorm, mlp(kernels, config, block, read))
  return tf.add(config.residualFromNorm ? read : middle, computed)
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
