import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend'
import type { Activation, AttentionInput, NormStep } from './kernels'
import { absentTensor, activationNumber, attributeMakers, lengthsTensor } from './nativeAttributes'

/** What resources/native/training_ops.cc computes. Results are the caller's, as those of TensorFlow.js's operations. */
export interface NativeTraining {
  /** Stands for a tensor that is not there. */
  readonly none: Tensor
  /** x weight + bias, or with `transposed` x weight' + bias, of a weight that is packed for this product alone. */
  denseOnce(x: Tensor2D, weight: Tensor2D, transposed: boolean, bias: Tensor1D | null): Tensor2D
  /** x' y [columns of x, columns of y], and the sums of x's columns where they are wanted. */
  transposedProduct(x: Tensor2D, y: Tensor2D, wantSums: boolean): { product: Tensor2D; sums: Tensor1D }
  columnSums(x: Tensor2D): Tensor1D
  activate(x: Tensor2D, activation: Activation): Tensor2D
  /** dy times the derivative of the activation at x. */
  activationGradient(dy: Tensor2D, x: Tensor2D, activation: Activation): Tensor2D
  /** Gradients of norm(x + residual): with respect to the sum, gamma and beta. */
  normGradient(dy: Tensor2D, x: Tensor2D, residual: Tensor2D | null, norm: NormStep): [Tensor2D, Tensor1D, Tensor1D]
  /** Gradients of attention with respect to queries, keys and values, and to the bias where it is wanted. */
  attentionGradient(dy: Tensor2D, input: AttentionInput, wantBias: boolean): [Tensor2D, Tensor4D]
  /** [entries, width]: in row e the sum of the rows of dy whose index is e. */
  scatterRows(dy: Tensor2D, index: Tensor1D, entries: number): Tensor2D
  /** -log softmax(scores)[label] of every row; 0 where the label is below 0. */
  softmaxLoss(scores: Tensor2D, labels: Tensor1D): Tensor1D
  /** Gradient of the sum of dy times those losses with respect to the scores. */
  softmaxLossGradient(dy: Tensor1D, scores: Tensor2D, labels: Tensor1D): Tensor2D
  /** Of each tensor the sum of its squares. */
  squareSums(tensors: readonly Tensor[]): Tensor1D
  /**
   * gradient + strength weight (parameter - start), and the sum of weight (parameter - start)². Null: no gradient yet,
   * a start at 0, weights of 1.
   */
  pull(
    gradient: Tensor | null,
    parameter: Tensor,
    start: Tensor | null,
    weight: Tensor | null,
    strength: number
  ): { pulled: Tensor; sum: Tensor1D }
  /** In place; the numbers are those of `ComputeAdam` in training_ops.cc. */
  adam(parameter: Tensor, gradient: Tensor, averages: readonly [Tensor, Tensor], numbers: readonly number[]): void
  /** In place; the numbers are those of `ComputeMomentum` in training_ops.cc. */
  momentum(parameter: Tensor, gradient: Tensor, velocity: Tensor, numbers: readonly number[]): void
}

let made: NativeTraining | null = null

/** Null on every backend but native TensorFlow on the processor. */
export function nativeTraining(): NativeTraining | null {
  if (tf.getBackend() !== 'tensorflow') return null
  const backend = tf.backend() as NodeJSKernelBackend
  if (backend.isUsingGpuDevice) return null
  return (made ??= trainingOf(backend))
}

function trainingOf(backend: NodeJSKernelBackend): NativeTraining {
  const { int, float, bool, ofAttention } = attributeMakers(backend)
  const none = absentTensor(backend)
  const activationOf = (activation: Activation) => int('activation', activationNumber(activation))
  const withNumbers = (name: string, tensors: readonly Tensor[], numbers: readonly number[]): void =>
    tf.tidy(() => void backend.executeSingleOutput(name, [], [...tensors, tf.tensor1d([...numbers])]))
  return {
    none,
    denseOnce: (x, weight, transposed, bias) =>
      backend.executeSingleOutput(
        'LayerscopeDenseOnce',
        [bool('transposed', transposed), activationOf('none')],
        [x, weight, bias ?? none]
      ) as Tensor2D,
    transposedProduct(x, y, wantSums) {
      const attributes = [bool('wanted', wantSums)]
      const [product, sums] = backend.executeMultipleOutputs('LayerscopeTransposedProduct', attributes, [x, y], 2)
      return { product: product as Tensor2D, sums: sums as Tensor1D }
    },
    columnSums: (x) => backend.executeSingleOutput('LayerscopeColumnSums', [], [x]) as Tensor1D,
    activate: (x, activation) =>
      backend.executeSingleOutput('LayerscopeActivate', [activationOf(activation)], [x]) as Tensor2D,
    activationGradient: (dy, x, activation) =>
      backend.executeSingleOutput('LayerscopeActivationGradient', [activationOf(activation)], [dy, x]) as Tensor2D,
    normGradient: (dy, x, residual, { kind, epsilon, gamma }) =>
      backend.executeMultipleOutputs(
        'LayerscopeNormGradient',
        [float('epsilon', epsilon), bool('rms', kind === 'rms')],
        [dy, x, residual ?? none, gamma],
        3
      ) as [Tensor2D, Tensor1D, Tensor1D],
    attentionGradient: (dy, { qkv, batch, tokens, lengths, bias, ...rest }, wantBias) =>
      backend.executeMultipleOutputs(
        'LayerscopeAttentionGradient',
        [...ofAttention(rest), bool('wanted', wantBias)],
        [dy, qkv, lengthsTensor(batch, tokens, lengths), bias ?? none],
        2
      ) as [Tensor2D, Tensor4D],
    scatterRows: (dy, index, entries) =>
      backend.executeSingleOutput('LayerscopeScatterRows', [int('entries', entries)], [dy, index]) as Tensor2D,
    softmaxLoss: (scores, labels) =>
      backend.executeSingleOutput('LayerscopeSoftmaxLoss', [], [scores, labels]) as Tensor1D,
    softmaxLossGradient: (dy, scores, labels) =>
      backend.executeSingleOutput('LayerscopeSoftmaxLossGradient', [], [dy, scores, labels]) as Tensor2D,
    squareSums: (tensors) =>
      backend.executeSingleOutput('LayerscopeSquareSums', [int('N', tensors.length)], [...tensors]) as Tensor1D,
    pull(gradient, parameter, start, weight, strength) {
      const given = [gradient ?? none, parameter, start ?? none, weight ?? none]
      const [pulled, sum] = tf.tidy(() =>
        backend.executeMultipleOutputs('LayerscopePull', [], [...given, tf.tensor1d([strength])], 2)
      )
      return { pulled: pulled!, sum: sum as Tensor1D }
    },
    adam: (parameter, gradient, averages, numbers) =>
      withNumbers('LayerscopeAdam', [parameter, gradient, ...averages], numbers),
    momentum: (parameter, gradient, velocity, numbers) =>
      withNumbers('LayerscopeMomentum', [parameter, gradient, velocity], numbers)
  }
}
