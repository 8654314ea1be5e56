import type { ProbeTask, TaskUnit } from '@shared/task'
import type { Dataset } from '../datasets/dataset'
import type { SplitText } from '../activations/wordVectors'

/** Spans of words: item i is the words [first[i], end[i]) of the split. */
export interface WordSpans {
  first: Int32Array
  end: Int32Array
}

/**
 * One split as a task sees it, without vectors. Items are in the order of their sentences. A token task has one item
 * for every word, a sentence task one for every sentence; what is not to be probed has class -1, or NaN as its value.
 */
export interface TaskItems extends WordSpans {
  /** The other half of every pair; null for tasks of another unit. */
  second: WordSpans | null
  classes: Int32Array
  /** For a quantity; null for classes. */
  values: Float32Array | null
  /** The text of each item in lower case, for the memoriser and the control task. Computed on request. */
  types(): string[]
}

/** A task on one data set. */
export interface Task extends ProbeTask {
  /** @param seed of what a task draws at random, where it does */
  items(split: string, seed: number): TaskItems
  /** The sentences to run through the model, where they are not the split's own. */
  text?(split: string, seed: number): SplitText
}

/** A task, or several of one kind: adding one is a file beside this and a line in `tasks.ts`. */
export interface TaskFamily {
  /** The id of its task, or the pattern of the ids of its tasks, as the command line lists it. */
  id: string
  unit: TaskUnit
  /** One line: what an item is, and what its label. */
  summary: string
  /** The tasks a data set has the labels, trees or sentences for. */
  tasks(dataset: Dataset): Task[]
}

/** Seed of the draws by which items are counted before any run. */
export const countingSeed = 1

/** Items that can be probed: with a class, or with a value. */
export function countItems({ classes, values }: Pick<TaskItems, 'classes' | 'values'>): number {
  let count = 0
  if (values) for (const value of values) count += Number.isNaN(value) ? 0 : 1
  else for (const id of classes) count += id < 0 ? 0 : 1
  return count
}
