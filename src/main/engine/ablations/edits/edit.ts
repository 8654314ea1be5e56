import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Edit, EditKind } from '@shared/intervention'
import type { HookName } from '@shared/hookNames'
import type { BatchShape } from '../../models/transformer/batch'

/** What the corpus says about a value: made by `measureHooks`. */
export interface HookStatistics {
  /** [columns] */
  mean: Float32Array
  /** [columns], of the population. */
  deviation: Float32Array
  /** [donors, columns]: rows of tokens drawn evenly from the corpus. */
  donors: Float32Array
}

/** What edits may need besides the value. */
export interface EditResources {
  /** @throws UserError where no corpus was given */
  statistics(at: HookName): HookStatistics
  /** The value in another sentence, [tokens, columns]. */
  valueIn(text: string, at: HookName): Float32Array
}

/**
 * Computes replacements for `value` [rows, columns]; which rows and columns are actually replaced is not its
 * business. Called inside `tf.tidy`.
 */
export type EditFunction = (value: Tensor2D, shape: BatchShape) => Tensor2D

/** One way to change a value: a file beside this and a line in index.ts. */
export interface EditDefinition<K extends EditKind> {
  kind: K
  /** Its name in the window and on the command line. */
  title: string
  /** What it needs besides the value itself. */
  needs: 'nothing' | 'corpus' | 'text'
  make(edit: Extract<Edit, { kind: K }>, at: HookName, resources: EditResources): EditFunction
}
