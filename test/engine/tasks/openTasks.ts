import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import type { Task } from '../../../src/main/engine/tasks/task'
import { findTask } from '../../../src/main/engine/tasks/tasks'

/** Opens files as splits called `train`, `test`, ... and returns their tasks by id. */
export async function openTasks(paths: readonly string[], splitNames = ['train', 'test'].slice(0, paths.length)) {
  const store = new DatasetStore()
  const info = await store.open({ paths: [...paths], splitNames })
  const dataset = store.get(info.id)
  return { store, info, dataset, task: (id: string): Task => findTask(dataset, id) }
}

/** Items as text: `first [second] label`, words joined by spaces. */
export function shown(task: Task, forms: readonly string[], split: string, seed = 1): string[] {
  const { first, end, second, classes, values } = task.items(split, seed)
  return Array.from(first, (from, item) => {
    const a = forms.slice(from, end[item]).join(' ')
    const b = second ? [forms.slice(second.first[item], second.end[item]).join(' ')] : []
    const label = values
      ? Number.isNaN(values[item])
        ? '-'
        : String(values[item])
      : (task.classes[classes[item]!] ?? '-')
    return [a, ...b, label].join(' | ')
  })
}
