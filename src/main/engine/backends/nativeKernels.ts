import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend'
import type { TFEOpAttr, TFJSBinding } from '@tensorflow/tfjs-node/dist/tfjs_binding'
import type { Activation, AttentionOutput, Kernels, PackedWeight } from './kernels'

/** As resources/native/vector.h numbers them. */
const activationNumber: Record<Activation, number> = { none: 0, gelu: 1, geluTanh: 2, relu: 3, silu: 4, tanh: 5 }

/** What resources/native/read_back.cc adds to tfjs-node's binding. */
export interface ExtendedBinding extends TFJSBinding {
  poolRows(tensor: number, starts: Int32Array, counts: Int32Array, targets: Int32Array, target: Float32Array): void
  setThreads(count: number): void
}

/** The part of tfjs-node's backend that knows tensors by the binding's numbers; its types call it private. */
interface TensorNumbers {
  getInputTensorIds(tensors: Tensor[]): number[]
}

function lengthsTensor(batch: number, tokens: number, lengths: readonly number[] | undefined): Tensor {
  return tf.tensor1d(lengths ? [...lengths] : new Array<number>(batch).fill(tokens), 'int32')
}

function withPattern(wanted: boolean, compute: () => Tensor[]): AttentionOutput {
  const [result, pattern] = tf.tidy(() => compute().slice(0, wanted ? 2 : 1)) as [Tensor2D, Tensor4D?]
  return { result, pattern: pattern ?? null }
}

/**
 * Layerscope's own kernels for processors, written in C++ (resources/native) and registered with TensorFlow when the add-on is built: products with packed
 * weights and everything that follows them in one pass, attention head by head in cache, no padding.
 */
export function nativeKernels(backend: NodeJSKernelBackend): Kernels {
  const { binding } = backend
  const int = (name: string, value: number): TFEOpAttr => ({ name, type: binding.TF_ATTR_INT, value })
  const float = (name: string, value: number): TFEOpAttr => ({ name, type: binding.TF_ATTR_FLOAT, value })
  const bool = (name: string, value: boolean): TFEOpAttr => ({ name, type: binding.TF_ATTR_BOOL, value })
  const run = (name: string, attributes: TFEOpAttr[], inputs: Tensor[]): Tensor2D => backend.executeSingleOutput(name, attributes, inputs) as Tensor2D

  // An operation of TensorFlow has no optional inputs: one that is not there is a tensor without elements.
  const none = tf.keep(tf.tensor1d([], 'float32'))
  const packed = (weight: Tensor2D | PackedWeight): { tensor: Tensor; outputs: number } =>
    'tensor' in weight ? weight : { tensor: run('LayerscopePack', [], [weight]), outputs: weight.shape[1] }

  return {
    pack(weight) {
      const tensor = tf.keep(run('LayerscopePack', [], [weight]))
      const [inputs, outputs] = weight.shape
      return { tensor, inputs, outputs, dispose: () => tensor.dispose() }
    },

    packCopies: () => true,

    embed: (parts, norm, epsilon) =>
      tf.tidy(() => {
        const rows = parts.map((part) => tf.tensor1d(part.rows, 'int32'))
        const inputs = [...parts.map((part) => part.table), ...rows, norm?.gamma ?? none, norm?.beta ?? none]
        return run('LayerscopeEmbed', [int('N', parts.length), float('epsilon', epsilon)], inputs)
      }),

    dense: (x, weight, bias, activation) =>
      tf.tidy(() => {
        const { tensor, outputs } = packed(weight)
        return run('LayerscopeDense', [int('outputs', outputs), int('activation', activationNumber[activation])], [x, tensor, bias ?? none])
      }),

    layerNorm: (x, gamma, beta, epsilon) => run('LayerscopeLayerNorm', [float('epsilon', epsilon)], [x, none, gamma, beta]),

    addLayerNorm: (x, residual, gamma, beta, epsilon) => run('LayerscopeLayerNorm', [float('epsilon', epsilon)], [x, residual, gamma, beta]),

    denseAddLayerNorm: (x, linear, residual, { gamma, beta }, epsilon) =>
      tf.tidy(() => {
        const { tensor, outputs } = packed(linear.weight)
        const attributes = [int('outputs', outputs), float('epsilon', epsilon)]
        return run('LayerscopeDenseAddNorm', attributes, [x, tensor, linear.bias ?? none, residual, gamma, beta])
      }),

    feedForward: (x, up, activation, down, { gamma, beta }, epsilon) =>
      tf.tidy(() => {
        const first = packed(up.weight)
        const second = packed(down.weight)
        const attributes = [int('outputs', first.outputs), int('activation', activationNumber[activation]), float('epsilon', epsilon)]
        return run('LayerscopeFeedForward', attributes, [x, first.tensor, up.bias ?? none, second.tensor, down.bias ?? none, gamma, beta])
      }),

    attention: ({ qkv, batch, tokens, lengths, heads, scale, bias, wantPattern }) =>
      withPattern(wantPattern, () => {
        const attributes = [int('heads', heads), float('scale', scale), bool('keep_pattern', wantPattern)]
        return backend.executeMultipleOutputs('LayerscopeAttention', attributes, [qkv, lengthsTensor(batch, tokens, lengths), bias ?? none], 2)
      }),

    attentionSublayer: ({ x, qkv, out, norm, epsilon, batch, tokens, lengths, heads, scale, bias, wantPattern }) =>
      withPattern(wantPattern, () => {
        const attributes = [int('heads', heads), float('scale', scale), float('epsilon', epsilon), bool('keep_pattern', wantPattern)]
        const weights = [packed(qkv.weight).tensor, qkv.bias ?? none, packed(out.weight).tensor, out.bias ?? none, norm.gamma, norm.beta]
        const inputs = [x, ...weights, lengthsTensor(batch, tokens, lengths), bias ?? none]
        return backend.executeMultipleOutputs('LayerscopeAttentionSublayer', attributes, inputs, 2)
      }),

    poolRows(hidden, { starts, counts, targets }, target) {
      const [id] = (backend as unknown as TensorNumbers).getInputTensorIds([hidden])
      ;(binding as ExtendedBinding).poolRows(id!, starts, counts, targets, target)
    }
  }
}
