import * as tf from '@tensorflow/tfjs-core'
import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core'

/** Arrays that a WebGPU program can read and write, everywhere: `maxStorageBuffersPerShaderStage` is at least this. */
const arraysPerProgram = 8

/**
 * Replaces kernels of TensorFlow.js 4.22 that do not work as they are. `AddN` binds all of its inputs to one program,
 * however many there are: more than fit are summed in parts.
 */
export function mendKernels(): void {
  const addAll = tf.getKernel('AddN', 'webgpu')
  tf.unregisterKernel('AddN', 'webgpu')
  tf.registerKernel({
    ...addAll,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const add = (some: readonly TensorInfo[]): TensorInfo =>
        addAll.kernelFunc({ inputs: some as unknown as NamedTensorInfoMap, attrs, backend }) as TensorInfo
      const all = inputs as unknown as TensorInfo[]
      let sum = add(all.slice(0, arraysPerProgram - 1))
      for (let i = arraysPerProgram - 1; i < all.length; i += arraysPerProgram - 2) {
        const more = add([sum, ...all.slice(i, i + arraysPerProgram - 2)])
        ;(backend as tf.KernelBackend).disposeData(sum.dataId)
        sum = more
      }
      return sum
    }
  })
}
