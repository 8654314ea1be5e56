import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { HookSite } from '@shared/hookNames'
import type { AttentionOutput } from '../backends/kernels'
import { attend, type AttentionContext } from './attention'
import { zeroPadding } from './embeddings'
import { normalise, type Norm } from './norms'
import type { BlockWeights } from './weights'

/** The value of a block's place as its hooks leave it. */
function hooked({ hooks, shape }: AttentionContext, index: number, site: HookSite, value: Tensor2D): Tensor2D {
  return hooks ? hooks.apply(`blocks.${index}.${site}`, value, shape) : value
}

/**
 * One block: resid_pre (R, W) -> resid_post (R, W), and its attention map where wanted.
 * @param attended what the heads of this block give, attn.result (R, H dHead), where it is known already: attention is not computed then
 */
export function runBlock(
  context: AttentionContext,
  index: number,
  block: BlockWeights,
  residual: Tensor2D,
  wantPattern: boolean,
  attended: Tensor2D | null = null
): { output: Tensor2D; pattern: Tensor4D | null } {
  const { config } = context
  const kept = tf.tidy(() => {
    const entering = hooked(context, index, 'resid_pre', residual)
    const heads = (x: Tensor2D): AttentionOutput => {
      const { result, pattern } = attended
        ? { result: attended, pattern: null }
        : attend(context, index, block, x, wantPattern)
      return { result: hooked(context, index, 'attn.result', result), pattern }
    }
    const [output, pattern] =
      config.normPlacement === 'sum'
        ? normedSums(context, index, block, entering, heads)
        : normedSublayers(context, index, block, entering, heads)
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
  heads: (x: Tensor2D) => AttentionOutput
): [Tensor2D, Tensor4D | null] {
  const { kernels, config, hooks } = context
  const { result, pattern } = heads(residual)
  const attentionNorm = block.attentionNorm!
  const mlpNorm = block.mlpNorm!
  const fusable = config.norm.kind === 'layer' && !block.mlpGate
  // LayerNorm(attention output + resid_pre) -> resid_mid: (R, W)
  const middle = hooked(
    context,
    index,
    'resid_mid',
    fusable && !hooks?.inside(index, ['attn.out'])
      ? kernels.denseAddLayerNorm(result, block.attentionOut, residual, attentionNorm, config.normEpsilon)
      : normalise(kernels, config, attentionNorm, tf.add(attentionOutput(context, index, block, result), residual))
  )
  // (R, W) x (W, mlp) -> (R, mlp) x (mlp, W) -> (R, W); LayerNorm(mlp output + resid_mid) -> resid_post
  const output =
    fusable && !hooks?.inside(index, ['mlp.post', 'mlp.out'])
      ? kernels.feedForward(middle, block.mlpIn, config.activation, block.mlpOut, mlpNorm, config.normEpsilon)
      : normalise(kernels, config, mlpNorm, tf.add(mlp(context, index, block, middle), middle))
  return [output, pattern]
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
  heads: (x: Tensor2D) => AttentionOutput
): [Tensor2D, Tensor4D | null] {
  const { kernels, config } = context
  const through = (norm: Norm | null, x: Tensor2D): Tensor2D => (norm ? normalise(kernels, config, norm, x) : x)
  const read = through(block.attentionNorm, residual)
  const { result, pattern } = heads(read)
  const attended = attentionOutput(context, index, block, result)
  if (config.parallel !== 'no') {
    const same = config.parallel === 'sharedNorm' ? read : through(block.mlpNorm, residual)
    return [tf.addN([residual, attended, mlp(context, index, block, same)]), pattern]
  }
  const sum = tf.add(config.residualFromNorm ? read : residual, attended) as Tensor2D
  const middle = hooked(context, index, 'resid_mid', sum)
  const readByMlp = through(block.mlpNorm, middle)
  const computed = mlp(context, index, block, readByMlp)
  return [tf.add(config.residualFromNorm ? readByMlp : middle, computed), pattern]
}

/** What attention adds to the residual stream: attn.result (R, H dHead) -> attn.out (R, W). */
function attentionOutput(context: AttentionContext, index: number, block: BlockWeights, result: Tensor2D): Tensor2D {
  const { kernels, config } = context
  const projected = kernels.dense(result, block.attentionOut.weight, block.attentionOut.bias, 'none')
  const norm = block.attentionOutputNorm
  return hooked(context, index, 'attn.out', norm ? normalise(kernels, config, norm, projected) : projected)
}

/** What the MLP adds to the residual stream: (R, W) -> mlp.post (R, mlp), gated where the block has a gate -> mlp.out (R, W). */
function mlp(context: AttentionContext, index: number, block: BlockWeights, x: Tensor2D): Tensor2D {
  const { kernels, config } = context
  const { mlpIn, mlpGate, mlpOut, mlpOutputNorm: norm } = block
  const hidden = mlpGate
    ? (tf.mul(
        kernels.dense(x, mlpGate.weight, mlpGate.bias, config.activation),
        kernels.dense(x, mlpIn.weight, mlpIn.bias, 'none')
      ) as Tensor2D)
    : kernels.dense(x, mlpIn.weight, mlpIn.bias, config.activation)
  const projected = kernels.dense(hooked(context, index, 'mlp.post', hidden), mlpOut.weight, mlpOut.bias, 'none')
  return hooked(context, index, 'mlp.out', norm ? normalise(kernels, config, norm, projected) : projected)
}
