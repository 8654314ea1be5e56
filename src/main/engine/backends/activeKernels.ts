import * as tf from '@tensorflow/tfjs-core'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend'
import type { Kernels } from './kernels'
import { nativeKernels } from './nativeKernels'
import { portableKernels } from './portableKernels'

let native: Kernels | null = null

/**
 * The fastest kernels of the backend in use. On a GPU those are TensorFlow's own, because ours are written for
 * processors.
 */
export function activeKernels(): Kernels {
  if (tf.getBackend() !== 'tensorflow') return portableKernels
  const backend = tf.backend() as NodeJSKernelBackend
  if (backend.isUsingGpuDevice) return portableKernels
  native ??= nativeKernels(backend)
  return native
}
