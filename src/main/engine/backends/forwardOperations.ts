import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Activation } from './kernels'
import { portableKernels } from './portableKernels'

const [rows, width, heads, headWidth, half] = [12, 32, 4, 8, 4] as const

/** Numbers in [-2, 2) that look random and are the same everywhere. */
function numbers(shape: number[], seed: number): Tensor {
  const size = shape.reduce((product, side) => product * side, 1)
  let state = seed
  const values = Float32Array.from({ length: size }, () => {
    state = (state * 1103515245 + 12345) % 2 ** 31
    return (state / 2 ** 31) * 4 - 2
  })
  return tf.tensor(values, shape)
}
const matrix = (height: number, across: number, seed: number): Tensor2D => numbers([height, across], seed) as Tensor2D
const vector = (length: number, seed: number): Tensor1D => numbers([length], seed) as Tensor1D
const indices = (...values: number[]): Tensor1D => tf.tensor1d(values, 'int32')

const dense = (activation: Activation) => (): Tensor =>
  portableKernels.dense(matrix(rows, width, 1), matrix(width, 48, 2), vector(48, 3), activation)

const attention = (causal: boolean, lengths?: number[]) => (): Tensor => {
  const qkv = matrix(rows, (heads + 2 * 2) * headWidth, 4)
  const { result, pattern } = portableKernels.attention({
    qkv,
    batch: 2,
    tokens: lengths ? Math.max(...lengths) : rows / 2,
    ...(lengths && { lengths }),
    heads,
    keyValueHeads: 2,
    scale: headWidth ** -0.5,
    causal,
    bias: null,
    wantPattern: true
  })
  return tf.concat([tf.reshape(result, [-1]), tf.reshape(pattern as Tensor4D, [-1])])
}

/** What a forward pass is made of, small, by the names that refusals use. */
export const forwardOperations: Readonly<Record<string, () => Tensor>> = {
  products: dense('none'),
  'batched products': () => tf.matMul(numbers([3, 8, 16], 5), numbers([3, 8, 16], 6), false, true),
  GELU: dense('gelu'),
  'approximate GELU': dense('geluTanh'),
  ReLU: dense('relu'),
  SiLU: dense('silu'),
  tanh: dense('tanh'),
  LayerNorm: () => portableKernels.layerNorm(matrix(rows, width, 7), vector(width, 8), vector(width, 9), 1e-5),
  RMSNorm: () => portableKernels.rmsNorm(matrix(rows, width, 7), vector(width, 8), 1e-6),
  softmax: () => tf.softmax(tf.mul(matrix(rows, width, 10), 20)),
  attention: attention(false),
  'causal attention': attention(true),
  'attention over sequences of different lengths': attention(false, [8, 4]),
  'rotary positions': () => {
    const turned = (part: (angle: number) => number): Tensor2D =>
      tf.tensor2d(
        Array.from({ length: rows * half }, (_, i) => part(i)),
        [rows, half]
      )
    const angles = { cos: turned(Math.cos), sin: turned(Math.sin) }
    return portableKernels.rotate(matrix(rows, width, 12), heads, headWidth, angles)
  },
  embeddings: () => tf.gather(matrix(40, width, 13), indices(0, 39, 7, 7)),
  transposes: () => tf.transpose(numbers([4, 8, 16], 14), [1, 0, 2]),
  slices: () => tf.slice(numbers([4, 8, 16], 15), [1, 2, 3], [2, 5, 11]),
  concatenation: () => tf.concat([matrix(rows, 3, 16), matrix(rows, 5, 17)], 1),
  sums: () => tf.sum(numbers([rows, width, 3], 18), 1),
  'sums of many': () => tf.addN(Array.from({ length: 20 }, (_, i) => matrix(rows, width, 30 + i))),
  maxima: () => tf.max(matrix(rows, width, 19), 1),
  choices: () => tf.where(tf.greater(matrix(rows, width, 20), 0), matrix(rows, width, 21), matrix(rows, width, 22)),
  exponentials: () => tf.exp(matrix(rows, width, 23)),
  logarithms: () => tf.log(tf.add(tf.abs(matrix(rows, width, 24)), 0.1))
}
