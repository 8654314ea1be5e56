import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend'
import { extended, halvesOfNumber, tensorNumber } from './extendedBinding'
import type { HalfWeights, PackedWeight } from './kernels'

/** Numbers that are copied into a table at once. */
const pieceLength = 1 << 20

/** Weights of 16-bit numbers for our C++ kernels (resources/native/halves.cc). */
export function nativeHalves(backend: NodeJSKernelBackend): HalfWeights {
  const binding = extended(backend)
  const held = (id: number, numbers: number): Tensor => tf.keep(halvesOfNumber(backend, id, numbers))
  /** The last panel of a weight is as wide as the others. */
  const packed = (id: number, inputs: number, outputs: number): PackedWeight => {
    const tensor = held(id, inputs * outputs)
    return { tensor, inputs, outputs, dispose: () => tensor.dispose() }
  }
  return {
    pack: (values, inputs, outputs, type, transposed = false) =>
      packed(binding.packHalves(values, inputs, outputs, type === 'BF16', transposed), inputs, outputs),

    table([rows, width], type, fill) {
      const tensor = held(binding.makeHalves(rows, width, type === 'BF16'), rows * width)
      const number = tensorNumber(backend, tensor)
      const piece = new Uint16Array(Math.min(pieceLength, rows * width))
      for (let first = 0; first < rows * width; first += piece.length) {
        const part = piece.subarray(0, Math.min(piece.length, rows * width - first))
        fill(part, first)
        binding.fillHalves(number, part, first)
      }
      return {
        tensor,
        shape: [rows, width],
        take: (chosen) => backend.executeSingleOutput('LayerscopeTakeRows', [], [tensor, chosen]) as Tensor2D,
        packTransposed: () => packed(binding.packHalvesTransposed(number), width, rows)
      }
    }
  }
}
