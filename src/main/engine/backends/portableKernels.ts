import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Activation, Angles, Kernels, LinearWeights, NormStep, PackedWeight, RowSpans } from './kernels'
import { portableAttention } from './portableAttention'
import { portableConvolution, portableScan } from './recurrence'

const activations: Record<Activation, (x: Tensor) => Tensor> = {
  none: (x) => x,
  // x * (1 + erf(x / sqrt 2)) / 2 (Hendrycks & Gimpel 2016)
  gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(erf(tf.mul(x, Math.SQRT1_2)), 1)),
  geluTanh: (x) => {
    const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1))
  },
  relu: (x) => tf.relu(x),
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  tanh: (x) => tf.tanh(x)
}

/** Numerator and denominator of erf(x) / x in x squared, highest power first; the fit of resources/native/vector.h. */
const erfNumerator = [1.98679511e-6, 2.84565763e-4, 3.88331227e-3, 5.31016444e-2, 1.93544241e-1, 1.12837914]
const erfDenominator = [3.74203026e-5, 1.18556465e-3, 1.52071851e-2, 1.15349668e-1, 5.04856674e-1, 1]

function erf(x: Tensor): Tensor {
  // wasm computes its erf number by number; sums and products of whole arrays, in vectors, are three times as fast for
  // the same 4e-7.
  if (tf.getBackend() !== 'wasm') return tf.erf(x)
  const clipped = tf.clipByValue(x, -4, 4)
  const square = tf.square(clipped)
  const horner = ([first, ...rest]: readonly number[]): Tensor =>
    rest.reduce<Tensor>((sum, coefficient) => tf.add(tf.mul(sum, square), coefficient), tf.scalar(first!))
  return tf.clipByValue(tf.div(tf.mul(clipped, horner(erfNumerator)), horner(erfDenominator)), -1, 1)
}

/** What the operations of a transformer are made of, beside products and sums. */
export interface Steps {
  /** The norm of x + residual, or of x. */
  normalise(x: Tensor2D, residual: Tensor2D | null, norm: NormStep): Tensor2D
  rotate: Kernels['rotate']
  attention: Kernels['attention']
}

const portableSteps: Steps = {
  normalise(x, residual, { kind, gamma, beta, epsilon }) {
    const sum = residual ? tf.add<Tensor2D>(x, residual) : x
    return kind === 'rms' ? rootMeanSquare(sum, gamma, epsilon) : layerNormalise(sum, gamma, beta, epsilon)
  },
  rotate,
  attention: portableAttention
}

/**
 * From plain TensorFlow.js ops, right on every backend. No fused op and no transposed operand of a fused op is used:
 * wasm's `fused.matMul` with `transposeB` and a bias is wrong in 4.22, and its transposed products are slow.
 */
export const portableKernels: Kernels = kernelsOver(dense)

/** The same operations made of another product and other steps. */
export function kernelsOver(dense: Kernels['dense'], steps: Steps = portableSteps): Kernels {
  const linear = (x: Tensor2D, { weight, bias }: LinearWeights, activation: Activation): Tensor2D =>
    dense(x, weight, bias, activation)
  const through = (norm: NormStep | null, x: Tensor2D): Tensor2D => (norm ? steps.normalise(x, null, norm) : x)
  const summed = (x: Tensor2D, residual: Tensor2D, norm: NormStep | null): Tensor2D =>
    norm ? steps.normalise(x, residual, norm) : tf.add(x, residual)
  const layer = (gamma: Tensor1D, beta: Tensor1D, epsilon: number): NormStep => ({
    kind: 'layer',
    gamma,
    beta,
    epsilon
  })
  return {
    pack(weight) {
      const tensor = tf.keep(tf.clone(weight))
      const [inputs, outputs] = weight.shape
      return { tensor, inputs, outputs, dispose: () => tensor.dispose() }
    },
    packTransposed(weight) {
      const tensor = tf.keep(tf.transpose(weight))
      const [outputs, inputs] = weight.shape
      return { tensor, inputs, outputs, dispose: () => tensor.dispose() }
    },
    // wasm copies into its own memory at once; cpu computes on the array, and TensorFlow on a GPU copies when it first
    // computes.
    packCopies: () => tf.getBackend() === 'wasm',
    embed: (parts, norm, epsilon) =>
      tf.tidy(() => {
        const gathered = parts.map(({ table, rows }) => tf.gather(table, tf.tensor1d(rows, 'int32')))
        const sum = gathered.reduce((total, part) => tf.add(total, part))
        return norm ? steps.normalise(sum, null, layer(norm.gamma, norm.beta, epsilon)) : sum
      }),
    dense,
    layerNorm: (x, gamma, beta, epsilon) => tf.tidy(() => steps.normalise(x, null, layer(gamma, beta, epsilon))),
    addLayerNorm: (x, residual, gamma, beta, epsilon) =>
      tf.tidy(() => steps.normalise(x, residual, layer(gamma, beta, epsilon))),
    denseAddLayerNorm: (x, { weight, bias }, residual, { gamma, beta }, epsilon) =>
      tf.tidy(() => steps.normalise(dense(x, weight, bias, 'none'), residual, layer(gamma, beta, epsilon))),
    feedForward: ({ x, inputNorm, gate, activation, up, down, sumNorm }) =>
      tf.tidy(() => {
        const read = through(inputNorm, x)
        const middle = gate
          ? tf.mul<Tensor2D>(linear(read, gate, activation), linear(read, up, 'none'))
          : linear(read, up, activation)
        return summed(linear(middle, down, 'none'), x, sumNorm)
      }),
    rmsNorm: (x, gamma, epsilon) =>
      tf.tidy(() => steps.normalise(x, null, { kind: 'rms', gamma, beta: gamma, epsilon })),
    rotate: steps.rotate,
    attention: steps.attention,
    attentionSublayer({ x, inputNorm, qkv, angles, out, sumNorm, ...rest }) {
      const [result, pattern] = tf.tidy(() => {
        const projected = linear(through(inputNorm, x), qkv, 'none')
        const keyValueHeads = rest.keyValueHeads ?? rest.heads
        const headWidth = projected.shape[1] / (rest.heads + 2 * keyValueHeads)
        const turned = angles ? steps.rotate(projected, rest.heads + keyValueHeads, headWidth, angles) : projected
        const mixed = steps.attention({ ...rest, qkv: turned })
        const output = summed(linear(mixed.result, out, 'none'), x, sumNorm)
        return mixed.pattern ? [output, mixed.pattern] : [output]
      }) as [Tensor2D, Tensor4D?]
      return { result, pattern: pattern ?? null }
    },
    convolve: portableConvolution,
    scan: portableScan,
    poolRows(hidden, spans, target) {
      poolArray(hidden.dataSync<'float32'>(), hidden.shape[1], spans, target)
    }
  }
}

function poolArray(
  rows: Float32Array,
  width: number,
  { starts, counts, targets }: RowSpans,
  target: Float32Array
): void {
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i]! * width
    const count = counts[i]!
    const out = targets[i]! * width
    target.set(rows.subarray(start, start + width), out)
    if (count === 1) continue
    for (let r = 1; r < count; r++) for (let c = 0; c < width; c++) target[out + c]! += rows[start + r * width + c]!
    for (let c = 0; c < width; c++) target[out + c]! /= count
  }
}

function dense(x: Tensor2D, weight: Tensor2D | PackedWeight, bias: Tensor1D | null, activation: Activation): Tensor2D {
  return tf.tidy(() => {
    const product = tf.matMul(x, 'tensor' in weight ? (weight.tensor as Tensor2D) : weight)
    return activations[activation](bias ? tf.add(product, bias) : product) as Tensor2D
  })
}

function layerNormalise(x: Tensor2D, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Tensor2D {
  const centred = tf.sub(x, tf.mean(x, 1, true))
  const variance = tf.mean(tf.square(centred), 1, true)
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), gamma), beta)
}

function rootMeanSquare(x: Tensor2D, gamma: Tensor1D, epsilon: number): Tensor2D {
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), epsilon))), gamma)
}

function rotate(x: Tensor2D, count: number, headWidth: number, angles: Angles): Tensor2D {
  return tf.tidy(() => {
    const [rows, width] = x.shape
    const half = angles.cos.shape[1]
    const turned = count * headWidth
    const heads = tf.reshape(tf.slice(x, [0, 0], [rows, turned]), [rows, count, headWidth])
    const [cos, sin] = [angles.cos, angles.sin].map((of) => tf.reshape(of, [rows, 1, half])) as [Tensor, Tensor]
    const first = tf.slice(heads, [0, 0, 0], [rows, count, half])
    const second = tf.slice(heads, [0, 0, half], [rows, count, half])
    const parts = [tf.sub(tf.mul(first, cos), tf.mul(second, sin)), tf.add(tf.mul(second, cos), tf.mul(first, sin))]
    if (2 * half < headWidth) parts.push(tf.slice(heads, [0, 0, 2 * half], [rows, count, headWidth - 2 * half]))
    const done = tf.reshape(tf.concat(parts, 2), [rows, turned]) as Tensor2D
    return turned === width
      ? done
      : (tf.concat([done, tf.slice(x, [0, turned], [rows, width - turned])], 1) as Tensor2D)
  })
}
