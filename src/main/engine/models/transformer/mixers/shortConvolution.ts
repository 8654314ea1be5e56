import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { lengthsOf, zeroPadding } from '../batch'
import { hooked, type BlockContext } from '../blockContext'
import type { Linear } from '../weightSource'
import type { ShortConvolutionConfig } from './config'
import type { Mixer, MixerOutput } from './mixer'
import type { Convolution, MixerSource } from './parts'

interface ShortConvolutionWeights {
  /** [width, inner]: B, C and x. */
  parts: readonly [Linear, Linear, Linear]
  convolution: Convolution
  out: Linear
}

/** out(C conv(B x)). The hook `mixer.gate` is C, [R, inner]. */
export class ShortConvolution implements Mixer {
  constructor(private readonly weights: ShortConvolutionWeights) {}

  run(context: BlockContext, index: number, x: Tensor2D): MixerOutput {
    const { kernels, input, shape } = context
    const { parts, convolution, out } = this.weights
    const read = zeroPadding(x, input)
    const [opened, gate, values] = parts.map(({ weight, bias }) => kernels.dense(read, weight, bias, 'none')) as [
      Tensor2D,
      Tensor2D,
      Tensor2D
    ]
    const lengths = lengthsOf(shape)
    const mixed = kernels.convolve({ x: tf.mul(opened, values), ...convolution, silu: false, lengths })
    const gated = tf.mul<Tensor2D>(hooked(context, index, 'mixer.gate', gate), mixed)
    return { output: kernels.dense(gated, out.weight, out.bias, 'none'), pattern: null }
  }
}

export function loadShortConvolution(
  source: MixerSource,
  { inner, kernel, bias }: ShortConvolutionConfig,
  width: number
): ShortConvolution {
  const part = (which: number): Linear => source.outputs('in_proj', width, [which * inner, inner, 3 * inner], bias)
  return new ShortConvolution({
    parts: [part(0), part(1), part(2)],
    convolution: source.convolution('conv', kernel, inner, bias),
    out: source.linear('out_proj', inner, width, bias)
  })
}
