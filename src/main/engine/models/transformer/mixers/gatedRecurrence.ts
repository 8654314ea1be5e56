import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import { lengthsOf } from '../batch'
import { hooked, type BlockContext } from '../blockContext'
import type { Linear } from '../weightSource'
import type { GatedRecurrenceConfig } from './config'
import type { Mixer, MixerOutput } from './mixer'
import type { Convolution, MixerSource } from './parts'

/** A gate computed block by block of the channels. */
interface BlockGate {
  /** [blocks, in, out] */
  weight: Tensor3D
  /** [inner] */
  bias: Tensor1D
}

interface GatedRecurrenceWeights {
  into: Linear
  gate: Linear
  convolution: Convolution
  input: BlockGate
  recurrence: BlockGate
  /** softplus of the stored parameter, [inner]: how fast a channel forgets. */
  rate: Tensor1D
  out: Linear
}

/** How much faster than its rate a channel can forget: c of De et al. 2024, eq. 4. */
const speed = 8

/**
 * RG-LRU (De et al. 2024, eqs. 1 to 4): h = a h + sqrt(1 - a^2) (i x), a = exp(-8 softplus(L) r), with gates r and i of
 * x. A sequence starts with its first input as it is.
 */
export class GatedRecurrence implements Mixer {
  constructor(
    private readonly config: GatedRecurrenceConfig,
    private readonly weights: GatedRecurrenceWeights
  ) {}

  /** Hooks: `mixer.gate` [R, inner] beside the recurrence, and `mixer.state` [R, inner], which is what it gives. */
  run(context: BlockContext, index: number, x: Tensor2D): MixerOutput {
    const { kernels, shape } = context
    const { weights } = this
    const lengths = lengthsOf(shape)
    const through = ({ weight, bias }: Linear, from: Tensor2D): Tensor2D => kernels.dense(from, weight, bias, 'none')
    const gate = kernels.dense(x, weights.gate.weight, weights.gate.bias, this.config.activation)
    const values = kernels.convolve({ x: through(weights.into, x), ...weights.convolution, silu: false, lengths })
    const exponent = tf.mul(tf.mul(this.gateOf(weights.recurrence, values), weights.rate), -speed)
    const given = tf.mul(values, this.gateOf(weights.input, values))
    const states = recurrence(exponent as Tensor2D, given as Tensor2D, lengths)
    const mixed = hooked(context, index, 'mixer.state', states)
    return {
      output: through(weights.out, tf.mul(mixed, hooked(context, index, 'mixer.gate', gate))),
      pattern: null
    }
  }

  /** sigmoid(x W + b), a block of the channels at a time: (R, inner) -> (R, inner) */
  private gateOf({ weight, bias }: BlockGate, x: Tensor2D): Tensor {
    const [rows, inner] = x.shape
    const { blocks } = this.config
    const byBlock = tf.transpose(tf.reshape(x, [rows, blocks, inner / blocks]), [1, 0, 2])
    const product = tf.transpose(tf.matMul(byBlock, weight), [1, 0, 2])
    return tf.sigmoid(tf.add(tf.reshape(product, [rows, inner]), bias))
  }
}

/** h = a h + sqrt(1 - a^2) x, token by token, a = exp(exponent). */
function recurrence(exponent: Tensor2D, x: Tensor2D, lengths: readonly number[]): Tensor2D {
  const [rows, inner] = x.shape
  const [logs, values] = [exponent.dataSync<'float32'>(), x.dataSync<'float32'>()]
  const states = new Float32Array(rows * inner)
  let at = 0
  for (const length of lengths) {
    for (let t = 0; t < length; t++) {
      for (let c = 0; c < inner; c++, at++)
        states[at] =
          t === 0
            ? values[at]!
            : Math.exp(logs[at]!) * states[at - inner]! + Math.sqrt(-Math.expm1(2 * logs[at]!)) * values[at]!
    }
  }
  return tf.tensor2d(states, [rows, inner])
}

export function loadGatedRecurrence(
  source: MixerSource,
  config: GatedRecurrenceConfig,
  width: number
): GatedRecurrence {
  const { inner, blocks, kernel } = config
  const gate = (name: string): BlockGate => ({
    weight: source.tensor(`rg_lru.${name}_gate_weight`, [blocks, inner / blocks, inner / blocks]) as Tensor3D,
    bias: tf.tidy(() =>
      tf.reshape<tf.Rank.R1>(source.tensor(`rg_lru.${name}_gate_bias`, [blocks, inner / blocks]), [inner])
    )
  })
  return new GatedRecurrence(config, {
    into: source.linear('linear_x', width, inner, true),
    gate: source.linear('linear_y', width, inner, true),
    convolution: source.convolution('conv_1d', kernel, inner, config.convolutionBias),
    input: gate('input'),
    recurrence: gate('recurrent'),
    rate: tf.tidy(() => tf.softplus(source.vector('rg_lru.recurrent_param', inner)) as Tensor1D),
    out: source.linear('linear_out', inner, width, true)
  })
}
