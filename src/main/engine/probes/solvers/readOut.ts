import type { Tensor } from '@tensorflow/tfjs-core'

/**
 * The values of a tensor that is not needed any more. Not for the end of a `tf.tidy`, which would look through a
 * returned array for tensors, number by number.
 */
export function readOut(tensor: Tensor): Float32Array {
  try {
    return tensor.dataSync<'float32'>()
  } finally {
    tensor.dispose()
  }
}
