import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { nativeTraining } from './nativeTraining'

/**
 * -log softmax(scores)[label] of every row: scores [rows, classes], the number of a class a row. Over a vocabulary the
 * softmax is never stored where the backend has a kernel for it.
 */
export function softmaxLosses(scores: Tensor2D, labels: readonly number[]): Tensor1D {
  const native = nativeTraining()
  const [, classes] = scores.shape
  return tf.tidy(() => {
    const wanted = tf.tensor1d([...labels], 'int32')
    if (!native) {
      const picked = tf.sum(tf.mul(scores, tf.cast(tf.oneHot(wanted, classes), 'float32')), 1)
      return tf.sub(tf.logSumExp(scores, 1), picked) as Tensor1D
    }
    return tf.customGrad((...given: (Tensor | tf.GradSaveFunc)[]) => {
      const save = given[1] as tf.GradSaveFunc
      save([scores, wanted])
      return {
        value: native.softmaxLoss(scores, wanted),
        gradFunc: (dy: Tensor, [at, of]: Tensor[]) =>
          native.softmaxLossGradient(dy as Tensor1D, at as Tensor2D, of as Tensor1D)
      }
    })(scores)
  })
}
