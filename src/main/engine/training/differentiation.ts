import * as tf from '@tensorflow/tfjs-core'
import { registerSegmentSum } from '../backends/wasmScatter'

/**
 * Loads the derivatives of TensorFlow.js's operations. They come with its union package, which native TensorFlow has
 * loaded already; the other backends do without it until something is trained.
 */
export async function loadDerivatives(): Promise<void> {
  if (!tf.getGradient('Add')) await import('@tensorflow/tfjs')
  registerSegmentSum()
}
