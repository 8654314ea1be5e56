import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend'
import type { TFEOpAttr } from '@tensorflow/tfjs-node/dist/tfjs_binding'
import type { Activation, AttentionInput, AttentionOutput, Kernels, PackedWeight } from './kernels'

/** As resources/native/vector.h numbers them. */
const activationNumber: Record<Activation, number> = { none: 0, gelu: 1, geluTanh: 2, relu: 3, silu: 4, tanh: 5 }

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

    attention({ qkv, batch, tokens, lengths, heads, scale, bias, wantPattern }: AttentionInput): AttentionOutput {
      const kept = tf.tidy(() => {
        const rows = tf.tensor1d(lengths ? [...lengths] : new Array<number>(batch).fill(tokens), 'int32')
        const attributes = [int('heads', heads), float('scale', scale), bool('keep_pattern', wantPattern)]
        const [result, pattern] = backend.executeMultipleOutputs('LayerscopeAttention', attributes, [qkv, rows, bias ?? none], 2)
        return wantPattern ? [result!, pattern!] : [result!]
      }) as [Tensor2D, Tensor4D?]
      return { result: kept[0], pattern: kept[1] ?? null }
    }
  }
}
