import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { HookSite } from '@shared/hookNames'
import { activate } from '../../backends/activations'
import type { AttentionOutput } from '../../backends/kernels'
import { adapted } from './adapters'
import { attend, type TakePattern } from './attention'
import { attentionOf } from './attentionShape'
import { contextOfBlock, hooked, type BlockContext } from './blockContext'
import type { BlockAttention, TransformerConfig } from './config'
import { zeroPadding } from './batch'
import { normalise, normStep, type Norm } from './norms'
import { needsFinish } from './sparseAttention'
import { narrowed } from './latentAttention'
import { layerInputTerm } from './layerInputs'
import type { MixerOutput } from './mixers/mixer'
import type { AugmentedWeights } from './streamWeights'
import type { BlockWeights } from './weights'
import type { Linear } from './weightSource'
import { xielu } from './xielu'

/** How a block is run. */
export interface BlockOptions {
  /** Whether its attention map is given back. */
  wantPattern: boolean
  /** Takes the map head by head instead, where it is too large to be held. */
  takeHeads: TakePattern | null
  /** What its heads give, attn.result (R, H dHead), where that is known already: attention is not computed then. */
  attended: Tensor2D | null
}

/**
 * One block: resid_pre (R, W) -> resid_post (R, W), and its attention map where wanted. Of several residual streams it
 * reads what is predicted for the active one, and corrects all by what it gives.
 */
export function runBlock(
  context: BlockContext,
  index: number,
  block: BlockWeights,
  residual: Tensor2D,
  options: BlockOptions
): { output: Tensor2D; pattern: Tensor4D | null } {
  const { streams } = context
  if (!streams) return plainBlock(context, index, block, residual, options)
  const entering = hooked(context, index, 'resid_pre', residual)
  const predicted = streams.predict(context, block.streams!, entering)
  if (entering !== residual) entering.dispose()
  const { output, pattern } = plainBlock(context, index, block, predicted, options)
  const corrected = streams.correct(contextOfBlock(context, index), index, block, output)
  tf.dispose([predicted, output])
  return { output: corrected, pattern }
}

/** Computes the keys and values of a block that is skipped, for later blocks that take them. */
export function keepKeys(shared: BlockContext, index: number, block: BlockWeights, residual: Tensor2D): void {
  const context = contextOfBlock(shared, index)
  tf.tidy(() => {
    attend(context, index, block, through(context, block.attentionNorm, residual), false)
  })
}

function plainBlock(
  shared: BlockContext,
  index: number,
  block: BlockWeights,
  residual: Tensor2D,
  options: BlockOptions
): { output: Tensor2D; pattern: Tensor4D | null } {
  const context = contextOfBlock(shared, index)
  const { config } = context
  const kept = tf.tidy(() => {
    const entering = context.streams ? residual : hooked(context, index, 'resid_pre', residual)
    const { middle, pattern } = attentionSublayer(context, index, block, entering, options)
    const output =
      config.parallel === 'no'
        ? mlpSublayer(context, index, block, hooked(context, index, 'resid_mid', middle))
        : middle
    const entered =
      block.layerInput && !context.streams
        ? tf.add<Tensor2D>(output, layerInputTerm(context, index, block.layerInput, output))
        : output
    const multiplied = block.layerFactor ? tf.mul<Tensor2D>(entered, block.layerFactor) : entered
    const kept = config.blocks[index]!.halved ? tf.mul<Tensor2D>(multiplied, 0.5) : multiplied
    const done = config.padding.zeroed === 'always' ? zeroPadding(kept, context.input) : kept
    return pattern ? [done, pattern] : [done]
  }) as [Tensor2D, Tensor4D?]
  return { output: kept[0], pattern: kept[1] ?? null }
}

/** Values that the kernel of a whole attention sublayer keeps to itself, and that of a whole MLP. */
const insideAttention: readonly HookSite[] = ['attn.q', 'attn.k', 'attn.v', 'attn.pattern', 'attn.result', 'attn.out']
const insideMlp: readonly HookSite[] = ['mlp.post', 'mlp.out']

/**
 * resid_pre (R, W) -> resid_mid (R, W), or resid_post where attention and MLP read the same residual. A norm comes
 * after the sum (Vaswani et al. 2017, section 3.1), or on the sublayer's input, its output or both; then the residual
 * stream itself is never normed (Xiong et al. 2020, table 1).
 */
function attentionSublayer(
  context: BlockContext,
  index: number,
  block: BlockWeights,
  residual: Tensor2D,
  { wantPattern, takeHeads, attended: known }: BlockOptions
): { middle: Tensor2D; pattern: Tensor4D | null } {
  const { kernels, config, hooks } = context
  const place = config.blocks[index]!
  if (place.mixer === 'none') return { middle: residual, pattern: null }
  const sum = config.normPlacement === 'sum'
  const inputNorm = sum ? null : block.attentionNorm
  const { qkv, attentionOut } = block
  if (
    qkv &&
    attentionOut &&
    attendsWhole(config, place) &&
    !needsFinish(context) &&
    !block.attentionAdapter &&
    !takeHeads &&
    !known &&
    !context.takeScores &&
    !hooks?.inside(index, insideAttention)
  ) {
    const { result, pattern } = kernels.attentionSublayer({
      ...attentionOf(context, index),
      x: residual,
      inputNorm: normStep(config, inputNorm),
      qkv,
      angles: place.rotary && context.angles.get(place.rotary)!,
      out: attentionOut,
      sumNorm: normStep(config, sum ? block.attentionNorm : null),
      bias: context.bias.of(index),
      wantPattern
    })
    return { middle: result, pattern }
  }
  if (!attentionOut) return mixerSublayer(context, index, block, residual, wantPattern)
  const read = through(context, inputNorm, residual)
  const scales = place.attentionScales ?? { input: 1, output: 1 }
  const heads = known
    ? { result: known, pattern: null }
    : gatedHeads(context, block, read, attend(context, index, block, times(read, scales.input), wantPattern, takeHeads))
  const { pattern } = heads
  const result = hooked(context, index, 'attn.result', heads.result)
  if (sum && fusesSum(config) && !block.attentionAdapter && !block.mixer && !hooks?.inside(index, ['attn.out'])) {
    // LayerNorm(attention output + resid_pre) -> resid_mid: (R, W)
    const norm = block.attentionNorm!
    return { middle: kernels.denseAddLayerNorm(result, attentionOut, residual, norm, config.normEpsilon), pattern }
  }
  const mixed = through(
    context,
    block.attentionInnerNorm,
    place.latent ? narrowed(place.latent, config.heads, result) : result
  )
  const unadapted = kernels.dense(mixed, attentionOut.weight, attentionOut.bias, 'none')
  const projected = adapted(kernels, block.attentionAdapter, unadapted, 'output', () => unadapted)
  const normed = scaled(config, through(context, block.attentionOutputNorm, times(projected, scales.output)))
  const stream = config.residualFromNorm ? read : residual
  const summed = (): Tensor2D => through(context, sum ? block.attentionNorm : null, tf.add(stream, normed))
  const given = adapted(kernels, block.attentionAdapter, normed, 'sum', summed)
  const alone = hooked(context, index, 'attn.out', given)
  const attended = block.mixer ? tf.add<Tensor2D>(alone, mixerOutput(context, index, block, read).output) : alone
  if (config.parallel !== 'no') {
    const same = config.parallel === 'sharedNorm' ? read : through(context, block.mlpNorm, residual)
    const entered = (): Tensor2D => tf.add(residual, attended)
    return { middle: tf.addN([residual, attended, mlp(context, index, block, same, entered)]), pattern }
  }
  const added = tf.add<Tensor2D>(stream, attended)
  const middle = block.augmented ? augmented(context, block.augmented, read, added) : added
  return { middle: through(context, sum ? block.attentionNorm : null, middle), pattern }
}

/** The same with a mixer in place of attention; its input or the sum is normed. */
function mixerSublayer(
  context: BlockContext,
  index: number,
  block: BlockWeights,
  residual: Tensor2D,
  wantPattern: boolean
): { middle: Tensor2D; pattern: Tensor4D | null } {
  const { config } = context
  const sum = config.normPlacement === 'sum'
  const read = through(context, sum ? null : block.attentionNorm, residual)
  const { output, pattern } = mixerOutput(context, index, block, read, wantPattern)
  return { middle: through(context, sum ? block.attentionNorm : null, tf.add(residual, output)), pattern }
}

/** mixer.out (R, W), and a map where the mixer has one and it is wanted. */
function mixerOutput(
  context: BlockContext,
  index: number,
  block: BlockWeights,
  read: Tensor2D,
  wantPattern = false
): MixerOutput {
  const { output, pattern } = block.mixer!.run(context, index, read, wantPattern)
  return { output: hooked(context, index, 'mixer.out', scaled(context.config, output)), pattern }
}

/** What the heads give times the sigmoid of a gate, where there is one. */
function gatedHeads(
  { kernels }: BlockContext,
  { outputGate: gate }: BlockWeights,
  read: Tensor2D,
  heads: AttentionOutput
): AttentionOutput {
  if (!gate) return heads
  const opened = tf.sigmoid(kernels.dense(read, gate.weight, gate.bias, 'none'))
  return { ...heads, result: tf.mul(heads.result, opened) }
}

/** What a norm makes of the values; the values themselves where there is none. */
function through({ kernels, config }: BlockContext, norm: Norm | null, x: Tensor2D): Tensor2D {
  return norm ? normalise(kernels, config, norm, x) : x
}

/** The mean of attention's path and a low-rank one, times the root of 2 (Menghani et al. 2024). */
function augmented(
  context: BlockContext,
  { left, right, norm }: AugmentedWeights,
  read: Tensor2D,
  attended: Tensor2D
): Tensor2D {
  const { kernels } = context
  const narrow = kernels.dense(read, left.weight, null, 'none')
  const beside = tf.add(read, through(context, norm, kernels.dense(narrow, right.weight, null, 'none')))
  return tf.mul(tf.add(attended, beside), Math.SQRT1_2)
}

function times(x: Tensor2D, factor: number): Tensor2D {
  return factor === 1 ? x : tf.mul(x, factor)
}

/** Whether nothing comes between the steps of the kernel that computes a whole attention sublayer. */
function attendsWhole(config: TransformerConfig, place: BlockAttention): boolean {
  const { parallel, residualFromNorm, queryKeyNorm, queryKeyValueClip, relative, normPlacement } = config
  const byContent = relative?.kind === 'disentangled' || relative?.kind === 'transformerXl'
  const normsOutput = normPlacement === 'output' || normPlacement === 'both'
  const besides = place.queryGrowth ?? place.beside ?? place.attentionScales ?? place.rotary?.values
  const plainHeads = !queryKeyNorm && !queryKeyValueClip && !besides && !place.sinks && !place.outputGate
  const plain = !residualFromNorm && !normsOutput && config.norm.kind !== 'affine'
  return parallel === 'no' && plain && plainHeads && !byContent && addsPlainly(config)
}

/** Whether a sublayer's last product goes into the sum with the residual as it is. */
function addsPlainly({ residualScale, innerNorms }: TransformerConfig): boolean {
  return residualScale === 1 && !innerNorms
}

/** Whether the last product, the sum with the residual and its norm are one kernel. */
function fusesSum(config: TransformerConfig): boolean {
  return config.norm.kind === 'layer' && addsPlainly(config)
}

function scaled({ residualScale }: TransformerConfig, x: Tensor2D): Tensor2D {
  return times(x, residualScale)
}

/** resid_mid (R, W) -> resid_post (R, W). */
function mlpSublayer(context: BlockContext, index: number, block: BlockWeights, middle: Tensor2D): Tensor2D {
  const { kernels, config, hooks } = context
  const sum = config.normPlacement === 'sum'
  if (config.blocks[index]!.feedForward === 'none') return middle
  const { mlpIn, mlpOut } = block
  const plain =
    config.norm.kind !== 'affine' &&
    !config.residualFromNorm &&
    !block.mlpOutputNorm &&
    !block.mlpAdapter &&
    !block.xielu
  if (mlpIn && mlpOut && plain && !config.mlpScales && addsPlainly(config) && !hooks?.inside(index, insideMlp))
    return kernels.feedForward({
      x: middle,
      inputNorm: normStep(config, sum ? null : block.mlpNorm),
      gate: block.mlpGate,
      activation: config.activation,
      up: mlpIn,
      down: mlpOut,
      sumNorm: normStep(config, sum ? block.mlpNorm : null)
    })
  const read = through(context, sum ? null : block.mlpNorm, middle)
  const stream = config.residualFromNorm ? read : middle
  const added = tf.add<Tensor2D>(
    stream,
    mlp(context, index, block, read, () => stream)
  )
  return through(context, sum ? block.mlpNorm : null, added)
}

/**
 * What the MLP, or what is in its place, adds to the residual stream: (R, W) -> mlp.out (R, W).
 * @param stream what it is added to
 */
function mlp(context: BlockContext, index: number, block: BlockWeights, x: Tensor2D, stream: () => Tensor2D): Tensor2D {
  const { kernels, config } = context
  const { feedForward, mlpOutputNorm: norm } = block
  const unadapted = feedForward ? feedForward.run(context, index, x) : plainMlp(context, index, block, x)
  const projected = adapted(kernels, block.mlpAdapter, unadapted, 'output', () => unadapted)
  const normed = scaled(config, through(context, norm, projected))
  const summed = (): Tensor2D =>
    through(context, config.normPlacement === 'sum' ? block.mlpNorm : null, tf.add(stream(), normed))
  return hooked(context, index, 'mlp.out', adapted(kernels, block.mlpAdapter, normed, 'sum', summed))
}

/** (R, W) -> mlp.post (R, mlp), gated where the block has a gate -> (R, W). */
function plainMlp(context: BlockContext, index: number, block: BlockWeights, x: Tensor2D): Tensor2D {
  const { kernels, config } = context
  const { mlpGate, mlpInnerNorm } = block
  const [mlpIn, mlpOut] = [block.mlpIn!, block.mlpOut!]
  const hidden = mlpGate
    ? tf.mul<Tensor2D>(openedGate(context, index, mlpGate, x), kernels.dense(x, mlpIn.weight, mlpIn.bias, 'none'))
    : block.xielu
      ? xielu(kernels.dense(x, mlpIn.weight, mlpIn.bias, 'none'), block.xielu)
      : kernels.dense(x, mlpIn.weight, mlpIn.bias, config.activation)
  const post = hooked(context, index, 'mlp.post', hidden)
  const middle = through(context, mlpInnerNorm, post)
  return times(kernels.dense(middle, mlpOut.weight, mlpOut.bias, 'none'), config.mlpScales?.output ?? 1)
}

/** activation(gate(x)) of a gated MLP: (R, W) -> (R, mlp) */
function openedGate({ kernels, config }: BlockContext, index: number, { weight, bias }: Linear, x: Tensor2D): Tensor2D {
  const { gateCut } = config.blocks[index]!
  if (gateCut !== undefined)
    return activate(aboveCut(kernels.dense(x, weight, bias, 'none'), gateCut), config.activation)
  if (!config.mlpScales) return kernels.dense(x, weight, bias, config.activation)
  const scaledGate = times(kernels.dense(x, weight, bias, 'none'), config.mlpScales.gate)
  return activate(scaledGate, config.activation)
}

/** What is above the mean of a row and some of its deviations (You et al. 2025), 0 elsewhere: (R, C) -> (R, C) */
function aboveCut(x: Tensor2D, deviations: number): Tensor2D {
  const mean = tf.mean(x, 1, true)
  const deviation = tf.sqrt(tf.mean(tf.square(tf.sub(x, mean)), 1, true))
  return tf.relu(tf.sub(x, tf.add(mean, tf.mul(deviation, deviations))))
}
