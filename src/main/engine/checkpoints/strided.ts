import { floatArray } from '../processes/largestArray'
import { elementsOf } from './checkpoint'

/** Numbers of a storage read at once where a view does not take them in order. */
const windowLength = 1 << 18

/** A view: number [i, j, ...] is at `offset` + i * stride[0] + j * stride[1] + ... */
export interface StridedView {
  offset: number
  shape: readonly number[]
  stride: readonly number[]
}

/** Place after the last number of a view, or its offset if it is empty. */
export function viewEnd({ offset, shape, stride }: StridedView): number {
  if (shape.includes(0)) return offset
  return shape.reduce((end, extent, axis) => end + (extent - 1) * stride[axis]!, offset + 1)
}

/** Whether the numbers are in row-major order without a gap. */
export function isContiguous({ shape, stride }: StridedView): boolean {
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== step) return false
    step *= shape[axis]!
  }
  return true
}

/**
 * The whole of a view, row by row. What lies between its first and last number is read once, front to back, a window
 * at a time, whatever its axes' order.
 * @param read fills its target with the numbers from a place on
 */
export function readView(view: StridedView, read: (target: Float32Array, place: number) => void): Float32Array {
  const { shape, stride, offset } = view
  const result = floatArray(elementsOf(shape), 'A tensor')
  if (!result.length) return result
  const rowMajor = shape.map((_, axis) => elementsOf(shape.slice(axis + 1)))
  // Largest steps outside: places then only grow, except where an axis repeats its numbers.
  const axes = shape
    .map((_, axis) => axis)
    .filter((axis) => shape[axis]! > 1)
    .sort((a, b) => stride[b]! - stride[a]!)
  const end = viewEnd(view)
  let window = new Float32Array(0)
  let windowAt = 0
  const valueAt = (place: number): number => {
    if (place < windowAt || place >= windowAt + window.length) {
      window = new Float32Array(Math.min(windowLength, end - place))
      windowAt = place
      read(window, place)
    }
    return window[place - windowAt]!
  }
  const index = axes.map(() => 0)
  let place = offset
  let target = 0
  for (;;) {
    result[target] = valueAt(place)
    let i = axes.length - 1
    for (; i >= 0; i--) {
      const axis = axes[i]!
      place += stride[axis]!
      target += rowMajor[axis]!
      if (++index[i]! < shape[axis]!) break
      place -= stride[axis]! * shape[axis]!
      target -= rowMajor[axis]! * shape[axis]!
      index[i] = 0
    }
    if (i < 0) return result
  }
}
