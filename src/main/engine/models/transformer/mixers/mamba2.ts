import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { activate } from '../../../backends/activations'
import { lengthsOf, zeroPadding } from '../batch'
import { hooked, type BlockContext } from '../blockContext'
import { rootMeanSquare } from '../norms'
import type { Linear } from '../weightSource'
import type { Mamba2Config } from './config'
import type { Mixer, MixerOutput } from './mixer'
import type { Convolution, MixerSource } from './parts'
import { hookedScan } from './scan'

interface Mamba2Weights {
  gate: Linear
  /** [width, inner + 2 groups state]: input, B and C. */
  into: Linear
  /** [width, heads] */
  step: Linear
  convolution: Convolution
  stepBias: Tensor1D
  decay: Tensor2D
  skip: Tensor1D
  /** [inner]; null where there is no norm. */
  norm: Tensor1D | null
  out: Linear
  /** On the columns of gate, into and step; null: none. */
  multipliers: { gate: number; into: Tensor1D; step: number } | null
}

/** The second Mamba (Dao & Gu 2024). Hooks as in the first. */
export class Mamba2 implements Mixer {
  constructor(
    private readonly config: Mamba2Config,
    private readonly weights: Mamba2Weights
  ) {}

  run(context: BlockContext, index: number, x: Tensor2D): MixerOutput {
    const { kernels, input, shape } = context
    const { heads, headWidth, groups, state, stepLimits, norm, inputScale, outputScale } = this.config
    const { weights } = this
    const { multipliers } = weights
    const inner = heads * headWidth
    const read = zeroPadding(inputScale === 1 ? x : tf.mul(x, inputScale), input)
    const through = ({ weight, bias }: Linear, factor: number | Tensor = 1): Tensor2D => {
      const given = kernels.dense(read, weight, bias, 'none')
      return factor === 1 ? given : tf.mul(given, factor)
    }
    const convolved = kernels.convolve({
      x: through(weights.into, multipliers?.into),
      ...weights.convolution,
      silu: true,
      lengths: lengthsOf(shape)
    })
    const [values, into, out] = tf.split(zeroPadding(convolved, input), [inner, groups * state, groups * state], 1) as [
      Tensor2D,
      Tensor2D,
      Tensor2D
    ]
    const step = tf.softplus(tf.add(through(weights.step, multipliers?.step), weights.stepBias))
    const mixed = hookedScan(context, index, {
      x: values,
      step: clipped(step as Tensor2D, stepLimits),
      decay: weights.decay,
      input: into,
      output: out,
      skip: weights.skip,
      groups
    })
    const gate = hooked(context, index, 'mixer.gate', activate(through(weights.gate, multipliers?.gate), 'silu'))
    const gated =
      norm === 'none'
        ? tf.mul(mixed, gate)
        : norm === 'afterGate'
          ? this.normed(tf.mul(mixed, gate))
          : tf.mul(this.normed(mixed), gate)
    const given = kernels.dense(gated as Tensor2D, weights.out.weight, weights.out.bias, 'none')
    return { output: outputScale === 1 ? given : tf.mul(given, outputScale), pattern: null }
  }

  /** RMSNorm of every group of (R, inner). */
  private normed(x: Tensor2D): Tensor2D {
    const { groups, normEpsilon } = this.config
    const [rows, inner] = x.shape
    const gain = tf.reshape(this.weights.norm!, [1, groups, inner / groups])
    return tf.reshape(rootMeanSquare(tf.reshape(x, [rows, groups, inner / groups]), gain, normEpsilon), [rows, inner])
  }
}

function clipped(step: Tensor2D, [least, most]: readonly [number, number]): Tensor2D {
  if (least <= 0 && most === Infinity) return step
  const raised = tf.maximum(step, least)
  return (most === Infinity ? raised : tf.minimum(raised, most)) as Tensor2D
}

export function loadMamba2(source: MixerSource, config: Mamba2Config, width: number): Mamba2 {
  const { heads, headWidth, groups, state, kernel, inBias, outBias, norm, multipliers } = config
  const inner = heads * headWidth
  const channels = inner + 2 * groups * state
  const stored = inner + channels + heads
  return new Mamba2(config, {
    gate: source.outputs('in_proj', width, [0, inner, stored], inBias),
    into: source.outputs('in_proj', width, [inner, channels, stored], inBias),
    step: source.outputs('in_proj', width, [inner + channels, heads, stored], inBias),
    convolution: source.convolution('conv1d', kernel, channels, config.convolutionBias),
    stepBias: source.vector('dt_bias', heads),
    decay: source.decay('A_log', heads, 1),
    skip: source.vector('D', heads),
    norm: norm === 'none' ? null : source.gain('norm', inner),
    out: source.linear('out_proj', inner, width, outBias),
    multipliers: multipliers && {
      gate: multipliers[0],
      into: tf.concat1d([
        tf.fill([inner], multipliers[1]),
        tf.fill([groups * state], multipliers[2]),
        tf.fill([groups * state], multipliers[3])
      ]),
      step: multipliers[4]
    }
  })
}
