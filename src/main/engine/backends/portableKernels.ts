import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import { activate } from './activations'
import type { Activation, Angles, Kernels, LinearWeights, NormStep, PackedWeight, RowSpans } from './kernels'
import { portableAttention } from './portableAttention'
import { portableConvolution, portableScan } from './recurrence'
import { lstmSteps } from './portableLstm'

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
    halves: null,
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
    lstm: (input) => lstmSteps(dense, input),
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
    return activate(bias ? tf.add<Tensor2D>(product, bias) : (product as Tensor2D), activation)
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
