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

/** What edits may ask for besides the value. */
export interface EditResources {
  /** @throws UserError where no corpus was given */
  statistics(at: HookName): HookStatistics
  /** The value in another sentence, [tokens, columns]. */
  valueIn(text: string, at: HookName): Float32Array
}

/**
 * Makes the values that take the place of `value` [rows, columns]; which rows and columns really change is not its
 * business. Called inside `tf.tidy`.
 */
export type EditFunction = (value: Tensor2D, shape: BatchShape) => Tensor2D

/** One way to change a value: a file beside this and a line in index.ts. */
export interface EditDefinition<K extends EditKind> {
  kind: K
  /** As the window and the command line call it. */
  title: string
  /** What it needs besides the value itself. */
  needs: 'nothing' | 'corpus' | 'text'
  make(edit: Extract<Edit, { kind: K }>, at: HookName, resources: EditResources): EditFunction
}
