import { elementsOf } from '../../checkpoints/checkpoint'
import type { StridedView } from '../../checkpoints/strided'

/**
 * A tensor of the file as a tensor that a family knows. Names have {i} for a block's number; where only `to` has it,
 * the tensor holds something of every block.
 */
export interface NameRule {
  from: string
  to: string
  /** How the tensor is seen in the stored one; absent: as it is. Null where the stored shape does not allow it. */
  view?: (shape: readonly number[], block: number) => StridedView | null
}

/**
 * A matrix [in, out] as PyTorch's [out, in]. Heads on either side become one axis: of [in, heads, width], or with two
 * axes of inputs of [heads, width, out].
 */
export const transposed =
  (inputAxes = 1) =>
  (shape: readonly number[]): StridedView | null => {
    if (shape.length <= inputAxes) return null
    const inputs = elementsOf(shape.slice(0, inputAxes))
    const outputs = elementsOf(shape.slice(inputAxes))
    return { offset: 0, shape: [outputs, inputs], stride: [1, outputs] }
  }

/** All axes as one. */
export function flat(shape: readonly number[]): StridedView {
  return { offset: 0, shape: [elementsOf(shape)], stride: [1] }
}

/** The part of a block in a tensor that holds those of all, or the tensor itself where they share it. */
export const ofBlock =
  (rank: number) =>
  (shape: readonly number[], block: number): StridedView | null => {
    if (shape.length === rank) return rowMajor(0, shape)
    return shape.length === rank + 1 ? rowMajor(block * elementsOf(shape.slice(1)), shape.slice(1)) : null
  }

/** One of several equal parts of the first axis. */
export const rowsOf =
  (part: number, parts: number) =>
  (shape: readonly number[]): StridedView | null => {
    const rows = (shape[0] ?? 0) / parts
    return rowMajor((part * elementsOf(shape)) / parts, [rows, ...shape.slice(1)])
  }

function rowMajor(offset: number, shape: readonly number[]): StridedView {
  return { offset, shape, stride: shape.map((_, axis) => elementsOf(shape.slice(axis + 1))) }
}

/** A linear layer of TensorFlow or Flax. */
export function dense(from: string, to: string): NameRule[] {
  return [
    { from: `${from}/kernel`, to: `${to}.weight`, view: transposed() },
    { from: `${from}/bias`, to: `${to}.bias` }
  ]
}

/** A norm of TensorFlow. */
export function norm(from: string, to: string): NameRule[] {
  return [
    { from: `${from}/gamma`, to: `${to}.weight` },
    { from: `${from}/beta`, to: `${to}.bias` }
  ]
}

const block = '{i}'

/** The block's number in a name of this form; -1 for a form without one; null for a name of another form. */
export function matchForm(form: string, name: string): number | null {
  const at = form.indexOf(block)
  if (at < 0) return form === name ? -1 : null
  const rest = form.slice(at + block.length)
  if (!name.startsWith(form.slice(0, at)) || !name.endsWith(rest)) return null
  const number = name.slice(at, name.length - rest.length)
  return /^\d+$/.test(number) ? Number(number) : null
}

export function named(form: string, number: number): string {
  return form.replace(block, String(number))
}

export function hasBlock(form: string): boolean {
  return form.includes(block)
}
