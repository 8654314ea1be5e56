import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { hooked, type BlockContext } from '../blockContext'
import type { FeedForward } from '../feedForward'
import type { Linear, WeightSource } from '../weightSource'
import type { ChannelMixConfig } from './config'
import { MixerSource } from './parts'
import { mixedWithLast, shifted } from './tokenShift'

interface ChannelMixWeights {
  key: { share: Tensor1D; linear: Linear }
  receptance: { share: Tensor1D; linear: Linear }
  value: Linear
}

/** sigmoid(r) W(relu(k)^2). The hook `mlp.post` is relu(k)^2, [R, width]. */
export class ChannelMix implements FeedForward {
  constructor(
    private readonly config: ChannelMixConfig,
    private readonly weights: ChannelMixWeights
  ) {}

  run(context: BlockContext, index: number, x: Tensor2D): Tensor2D {
    const { kernels, shape } = context
    const { key, receptance, value } = this.weights
    const before = shifted(x, shape)
    const read = ({ share, linear }: ChannelMixWeights['key'], activation: 'none' | 'relu'): Tensor2D =>
      kernels.dense(mixedWithLast(x, before, share), linear.weight, linear.bias, activation)
    const middle = hooked(context, index, 'mlp.post', tf.square(read(key, 'relu')))
    const given = kernels.dense(middle, value.weight, value.bias, 'none')
    return tf.mul(tf.mul(tf.sigmoid(read(receptance, 'none')), given), this.config.scale)
  }
}

/** @param stem what the names of its tensors begin with */
export function loadChannelMix(
  source: WeightSource,
  stem: string,
  config: ChannelMixConfig,
  width: number
): ChannelMix {
  const parts = new MixerSource(source, stem)
  const { width: middle } = config
  const part = (name: string, outputs: number): ChannelMixWeights['key'] => ({
    share: parts.share(`time_mix_${name}`, width),
    linear: parts.linear(name, width, outputs, false)
  })
  return new ChannelMix(config, {
    key: part('key', middle),
    receptance: part('receptance', width),
    value: parts.linear('value', middle, width, false)
  })
}
