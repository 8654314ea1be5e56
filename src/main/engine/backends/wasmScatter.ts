import * as tf from '@tensorflow/tfjs-core'
import type { NumericDataType, TensorInfo, UnsortedSegmentSumAttrs } from '@tensorflow/tfjs-core'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'

/**
 * Gives TensorFlow.js's WebAssembly backend the one operation that it lacks of those that gradients need: the sum of
 * the rows of x [rows, ...] by segment -> [segments, ...], which is the gradient of a lookup of rows.
 */
export function registerSegmentSum(): void {
  if (tf.getKernel('UnsortedSegmentSum', 'wasm')) return
  tf.registerKernel({
    kernelName: 'UnsortedSegmentSum',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo }
      const { numSegments } = attrs as unknown as UnsortedSegmentSumAttrs
      return segmentSum(backend as BackendWasm, x, segmentIds, numSegments)
    }
  })
}

function segmentSum(backend: BackendWasm, x: TensorInfo, segmentIds: TensorInfo, segments: number): TensorInfo {
  const [rows, ...rest] = x.shape as [number, ...number[]]
  const width = rest.reduce((product, extent) => product * extent, 1)
  const values = backend.readSync(x.dataId) as Float32Array | Int32Array
  const ids = backend.readSync(segmentIds.dataId) as Int32Array
  const sums = x.dtype === 'int32' ? new Int32Array(segments * width) : new Float32Array(segments * width)
  for (let row = 0; row < rows; row++) {
    const segment = ids[row]!
    // TensorFlow leaves out what belongs to no segment.
    if (segment < 0 || segment >= segments) continue
    for (let i = 0; i < width; i++) sums[segment * width + i]! += values[row * width + i]!
  }
  return backend.makeOutput([segments, ...rest], x.dtype as NumericDataType, undefined, sums)
}
