import { legible, UserError } from '@shared/userError'
import { floatArray } from '../../processes/largestArray'
import { elementsOf } from '../checkpoint'
import type { Extent } from './sliceKeys'

/** A part of a variable: along each dimension, where it begins and how long it is. */
export interface Box {
  starts: readonly number[]
  lengths: readonly number[]
}

/** No partitioned variable has more. */
const mostSlices = 5000

/**
 * The places of a variable's slices in it.
 * @throws UserError naming the variable, where they do not cover it exactly
 */
export function boxesOf(
  slices: readonly (readonly Extent[])[],
  shape: readonly number[],
  file: string,
  name: string
): Box[] {
  const refuse = (): UserError =>
    new UserError(
      `${file} is damaged: the ${slices.length} slices of '${legible(name)}' do not cover its shape ` +
        `[${shape.join(', ')}] exactly. Save the checkpoint again.`
    )
  if (slices.length > mostSlices) throw refuse()
  const boxes = slices.map((extents) => {
    if (extents.length !== shape.length) throw refuse()
    const box = {
      starts: extents.map(({ start }) => start),
      lengths: extents.map(({ length }, axis) => (length < 0 ? shape[axis]! : length))
    }
    if (box.starts.some((start, axis) => start + box.lengths[axis]! > shape[axis]!)) throw refuse()
    return box
  })
  const covered = boxes.reduce((sum, { lengths }) => sum + elementsOf(lengths), 0)
  const overlap = boxes.some((a, i) => boxes.slice(0, i).some((b) => meet(a, b)))
  if (covered !== elementsOf(shape) || overlap) throw refuse()
  return boxes
}

function meet(a: Box, b: Box): boolean {
  return a.starts.every(
    (start, axis) => start < b.starts[axis]! + b.lengths[axis]! && b.starts[axis]! < start + a.lengths[axis]!
  )
}

/**
 * Puts a variable together.
 * @param read fills its target with the numbers of a slice, row by row
 */
export function assemble<T extends Box>(
  shape: readonly number[],
  slices: readonly T[],
  read: (slice: T, target: Float32Array) => void
): Float32Array {
  const result = floatArray(elementsOf(shape), 'A variable in slices')
  for (const slice of slices) {
    const { starts, lengths } = slice
    const values = floatArray(elementsOf(lengths), 'A slice of a variable')
    read(slice, values)
    const run = lengths.at(-1) ?? 1
    for (let from = 0; from < values.length; from += run) {
      let place = 0
      let rest = from / run
      // The place of a run: its index along each dimension but the last, from the innermost outwards.
      let step = shape.at(-1) ?? 1
      for (let axis = shape.length - 2; axis >= 0; axis--) {
        place += (starts[axis]! + (rest % lengths[axis]!)) * step
        rest = Math.floor(rest / lengths[axis]!)
        step *= shape[axis]!
      }
      result.set(values.subarray(from, from + run), place + (starts.at(-1) ?? 0))
    }
  }
  return result
}
