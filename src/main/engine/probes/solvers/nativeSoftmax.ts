import * as tf from '@tensorflow/tfjs-core'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend'
import { readOut } from './readOut'
import type { SoftmaxKernel } from './softmaxKernel'

/**
 * One pass over the rows in C++ (resources/native/softmax_regression.cc), registered with TensorFlow when the add-on is
 * built.
 */
export function nativeSoftmax(backend: NodeJSKernelBackend): SoftmaxKernel {
  return ({ x, labels, classes, weights, intercepts }) => {
    const [rows, width] = x.shape
    const attributes = [{ name: 'classes', type: backend.binding.TF_ATTR_INT, value: classes }]
    const [losses, vectors, counts] = tf.tidy(() => {
      const gold = tf.concat(
        labels.map((set) => tf.tensor2d(set, [1, rows], 'int32')),
        0
      )
      const inputs = [x, tf.tensor2d(weights, [intercepts.length, width]), tf.tensor1d(intercepts), gold]
      return backend.executeMultipleOutputs('LayerscopeSoftmaxRegression', attributes, inputs, 3)
    }) as [tf.Tensor, tf.Tensor, tf.Tensor]
    return { losses: readOut(losses), vectors: readOut(vectors), counts: readOut(counts) }
  }
}
