import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend'
import type { TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding'

/**
 * What resources/native/read_back.cc, probe_rows.cc, halves.cc and memory.cc add to tfjs-node's binding;
 * provision/patch.ts lists the same names.
 */
export interface ExtendedBinding extends TFJSBinding {
  poolRows(tensor: number, starts: Int32Array, counts: Int32Array, targets: Int32Array, target: Float32Array): void
  setThreads(count: number): void
  /** Adds to `sums` and `squares`, [width] each. */
  sumFeatures(values: Float32Array, width: number, rows: Int32Array, sums: Float64Array, squares: Float64Array): void
  /** Returns the number of a tensor [rows, width]. */
  standardiseRows(
    values: Float32Array,
    width: number,
    rows: Int32Array,
    mean: Float64Array,
    inverse: Float64Array
  ): number
  /** `weights` [classes, width]; writes `predicted` and `probability`, [rows] each. */
  answerSoftmax(
    values: Float32Array,
    weights: Float32Array,
    intercepts: Float32Array,
    predicted: Int32Array,
    probability: Float32Array
  ): void
  /** Writes p (1 - p) of the tensor's rows into columns `from` on of `undecided` [classes, all rows]. */
  undecidedSoftmax(
    tensor: number,
    weights: Float32Array,
    intercepts: Float32Array,
    undecided: Float32Array,
    from: number
  ): void
  /**
   * Writes `chosen` and `weights`, room for `wanted` + 1 rows of every class, `starts` [classes + 1] and `totals`
   * [classes].
   */
  chooseRows(
    undecided: Float32Array,
    wanted: number,
    chosen: Int32Array,
    weights: Float32Array,
    starts: Int32Array,
    totals: Float64Array
  ): void
  /**
   * Returns the number of a packed weight of 16-bit numbers [inputs, outputs], or [outputs, inputs] where they are
   * `transposed`; `brain`: bfloat16.
   */
  packHalves(numbers: Uint16Array, inputs: number, outputs: number, brain: boolean, transposed: boolean): number
  /** Returns the number of a matrix of 16-bit numbers that is still to be filled. */
  makeHalves(rows: number, columns: number, brain: boolean): number
  /** Writes the matrix' numbers from number `first` on. */
  fillHalves(matrix: number, numbers: Uint16Array, first: number): void
  /** Returns the number of a packed weight: the transpose of the matrix. */
  packHalvesTransposed(matrix: number): number
  /** From now on, freed memory is kept for reuse. */
  keepMemory(): void
  /** Returns free memory to the system. */
  returnMemory(): void
}

/** The part of tfjs-node's backend that knows tensors by the binding's numbers; its types call it private. */
interface TensorNumbers {
  getInputTensorIds(tensors: Tensor[]): number[]
  createOutputTensor(metadata: { id: number; dtype: number; shape: number[] }): Tensor
}

export function extended(backend: NodeJSKernelBackend): ExtendedBinding {
  return backend.binding as ExtendedBinding
}

export function tensorNumber(backend: NodeJSKernelBackend, tensor: Tensor): number {
  return (backend as unknown as TensorNumbers).getInputTensorIds([tensor])[0]!
}

/**
 * The 16-bit numbers that the binding holds under a number. tfjs knows no such type: to it they are half as many
 * integers, so that it counts their bytes rightly.
 */
export function halvesOfNumber(backend: NodeJSKernelBackend, id: number, numbers: number): Tensor {
  return (backend as unknown as TensorNumbers).createOutputTensor({
    id,
    dtype: backend.binding.TF_INT32,
    shape: [Math.ceil(numbers / 2)]
  })
}

/** The matrix of floats that the binding holds under a number. */
export function matrixOfNumber(backend: NodeJSKernelBackend, id: number, shape: [number, number]): Tensor2D {
  return (backend as unknown as TensorNumbers).createOutputTensor({
    id,
    dtype: backend.binding.TF_FLOAT,
    shape
  }) as Tensor2D
}
