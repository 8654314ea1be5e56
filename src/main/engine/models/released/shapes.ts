import { UserError } from '@shared/userError'
import type { Checkpoint } from '../../checkpoints/checkpoint'
import { matchForm } from './nameTable'

/** Width of a head in every release whose files do not say how many heads there are. */
const usualHeadWidth = 64

/** Extent of an axis of a tensor. @throws UserError naming the tensor, where there is none or it has no such axis */
export function extent(stored: Checkpoint, name: string, axis: number): number {
  const value = stored.describe(name).shape[axis]
  if (value === undefined) throw new UserError(`The shape of '${name}' does not tell the model's sizes.`)
  return value
}

/** Blocks that have a tensor of this form, {i} the block's number. */
export function blockCount(stored: Checkpoint, form: string): number {
  return stored.names().reduce((count, name) => Math.max(count, (matchForm(form, name) ?? -1) + 1), 0)
}

/**
 * Attention heads where no file states them: the width by 64, as in the published models.
 * @throws UserError where that is no whole number
 */
export function headsOf(width: number, stated: unknown, where: string): number {
  if (typeof stated === 'number') return stated
  if (width % usualHeadWidth === 0) return width / usualHeadWidth
  throw new UserError(
    `The files of this model do not say how many attention heads it has, and its width of ${width} is not a multiple ` +
      `of ${usualHeadWidth}, the width of a head in the published ones. Write it into ${where}.`
  )
}
