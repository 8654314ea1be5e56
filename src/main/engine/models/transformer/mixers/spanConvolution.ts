import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { BatchShape } from '../batch'
import type { BlockContext } from '../blockContext'
import { wholeMatrix, type Linear } from '../weightSource'
import type { SpanConvolutionConfig } from './config'
import type { Mixer, MixerOutput } from './mixer'
import type { MixerSource } from './parts'
import { shifted } from './tokenShift'

interface SpanConvolutionWeights {
  /** [width, inner], as attention's beside it. */
  query: Linear
  /** What is convolved, [width, inner]. */
  values: Linear
  /** Keys of neighbourhoods: [kernel, width], then [width, inner] and [inner]. */
  depthwise: Tensor2D
  pointwise: Linear
  keyBias: Tensor1D
  /** [inner, heads * kernel] */
  taps: Linear
  /** [inner, width] */
  out: Linear
}

/**
 * Span-based dynamic convolution (Jiang et al. 2020, eqs. 4 to 6). Padding of a ready-made input is convolved like
 * tokens, as in the reference implementation.
 */
export class SpanConvolution implements Mixer {
  constructor(
    private readonly config: SpanConvolutionConfig,
    private readonly weights: SpanConvolutionWeights
  ) {}

  run({ kernels, shape }: BlockContext, _index: number, x: Tensor2D): MixerOutput {
    const { heads, headWidth, kernel } = this.config
    const { query, values, depthwise, pointwise, keyBias, taps, out } = this.weights
    const through = ({ weight, bias }: Linear, from: Tensor2D): Tensor2D => kernels.dense(from, weight, bias, 'none')
    const rows = x.shape[0]
    const near = sumOfTaps(x, shape, kernel, (tap) => tf.slice(depthwise, [tap, 0], [1, -1]))
    const keys = tf.add<Tensor2D>(through(pointwise, near), keyBias)
    const scores = through(taps, tf.mul(keys, through(query, x)))
    // (R, heads, kernel)
    const weights = tf.softmax(tf.reshape(scores, [rows, heads, kernel]))
    const inner = heads * headWidth
    const mixed = sumOfTaps(through(values, x), shape, kernel, (tap) =>
      tf.reshape(tf.tile(tf.slice(weights, [0, 0, tap], [-1, -1, 1]), [1, 1, headWidth]), [rows, inner])
    )
    return { output: through(out, mixed), pattern: null }
  }
}

/** Every token's neighbours, each times its weights, added up: (R, C) -> (R, C) */
function sumOfTaps(x: Tensor2D, shape: BatchShape, kernel: number, weightsOf: (tap: number) => Tensor): Tensor2D {
  const middle = (kernel - 1) / 2
  return tf.addN(
    Array.from({ length: kernel }, (_, tap) => tf.mul<Tensor2D>(shifted(x, shape, middle - tap), weightsOf(tap)))
  )
}

export function loadSpanConvolution(
  source: MixerSource,
  config: SpanConvolutionConfig,
  width: number
): SpanConvolution {
  const { heads, headWidth, kernel } = config
  const inner = heads * headWidth
  const out = { ...wholeMatrix(source.name('output.dense'), width), inputs: { first: inner, of: 2 * inner } }
  const conv = 'self.key_conv_attn_layer'
  return new SpanConvolution(config, {
    query: source.linear('self.query', width, inner, true),
    values: source.linear('self.conv_out_layer', width, inner, true),
    depthwise: source.convolution(`${conv}.depthwise`, kernel, width, false).weight,
    pointwise: source.linear(`${conv}.pointwise`, width, inner, false),
    keyBias: source.vector(`${conv}.bias`, inner),
    taps: source.linear('self.conv_kernel_layer', inner, heads * kernel, true),
    out: source.source.linear([out], inner, { bias: false })
  })
}
