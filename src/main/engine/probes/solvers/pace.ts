import * as tf from '@tensorflow/tfjs-core'

/**
 * Operations that a backend gets done in some 50 ms on two slow cores: an operation of TensorFlow.js cannot be
 * interrupted, and a cancel must be heard.
 */
const operationsPerStep: Record<string, number> = { tensorflow: 5e9, wasm: 2.5e8, cpu: 1.5e7 }

/** Elements of one operation's largest array, 64 MB. */
const elementsPerStep = 1 << 24

/**
 * Rows of `width` elements that may go into one operation that spends the given number of multiplications and additions
 * on each.
 */
export function rowsPerStep(width: number, operationsPerRow: number): number {
  const operations = operationsPerStep[tf.getBackend()] ?? operationsPerStep['cpu']!
  return Math.max(1, Math.floor(Math.min(elementsPerStep / width, operations / operationsPerRow)))
}
