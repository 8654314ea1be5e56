import type { DatasetStore } from '../datasets/datasetStore'
import type { Task } from './task'
import { findTask } from './tasks'
import type { SplitText } from '../activations/wordVectors'

/** Between the parts of the name of a split that a task made; the names of files have no such character. */
const separator = '\u0000'

/** The texts that tasks make of a split, under names of their own: extraction knows texts by data set and split. */
export class TaskTexts {
  constructor(private readonly datasets: DatasetStore) {}

  /** The split to extract for a task: the data set's own, or the name of what the task makes of it. */
  splitOf(task: Task, split: string, seed: number): string {
    return task.text ? [split, task.id, seed].join(separator) : split
  }

  /** The text behind such a name; null for a split of the data set. */
  find(datasetId: string, name: string): SplitText | null {
    const [split, task, seed] = name.split(separator)
    if (split === undefined || task === undefined) return null
    return findTask(this.datasets.get(datasetId), task).text?.(split, Number(seed)) ?? null
  }
}
