import * as tf from '@tensorflow/tfjs-core'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend'
import { extended } from './extendedBinding'

/**
 * The native backend if it is in use and computes on the processor, which our kernels are written for; null
 * otherwise.
 */
export function nativeProcessor(): NodeJSKernelBackend | null {
  if (tf.getBackend() !== 'tensorflow') return null
  const backend = tf.backend() as NodeJSKernelBackend
  return backend.isUsingGpuDevice ? null : backend
}

/**
 * Returns free memory to the system: while a job runs it is kept for its next step
 * (resources/native/memory.cc).
 */
export function returnMemory(): void {
  const native = nativeProcessor()
  if (native) extended(native).returnMemory()
}
