import type { Dataset } from '../datasets/dataset'
import { pairTypes } from './wordSpans'
import type { Task, TaskFamily } from './task'
import { arcsOf } from './arcs'

/**
 * The relation of each dependency arc (head, dependent), given the arc: "syntactic dependency arc classification" of
 * Liu et al. (2019), section 4.1, and "dependency labeling" of Tenney et al. (2019). Roots have no arc.
 */
export const arcLabel: TaskFamily = {
  id: 'arc.label',
  unit: 'pair',
  summary: 'the relation of a dependency arc, given head and dependent',
  tasks(dataset) {
    const layer = dataset.info.labelLayers.find(({ id }) => id === 'deprel')
    if (!layer || !dataset.info.splits.some(({ name }) => dataset.heads(name))) return []
    const classes = layer.classes.filter((relation) => relation !== 'root')
    const task: Task = {
      id: 'arc.label',
      title: 'Arc label',
      unit: 'pair',
      kind: 'class',
      description: 'Relation of each dependency arc, given its head and its dependent',
      classes,
      labelled: dataset.info.splits.reduce(
        (sum, { name }) => sum + labelled(itemsOf(dataset, name, layer.classes, classes).classes),
        0
      ),
      bio: false,
      items: (split) => itemsOf(dataset, split, layer.classes, classes)
    }
    return classes.length > 1 ? [task] : []
  }
}

function itemsOf(
  dataset: Dataset,
  split: string,
  all: readonly string[],
  classes: readonly string[]
): ReturnType<Task['items']> {
  const { heads, dependents } = arcsOf(dataset, split)
  const ofAll = Int32Array.from(all, (relation) => classes.indexOf(relation))
  const { ids } = dataset.labels(split, 'deprel')
  const first = { first: heads, end: heads.map((word) => word + 1) }
  const second = { first: dependents, end: dependents.map((word) => word + 1) }
  return {
    ...first,
    second,
    classes: dependents.map((word) => ofAll[ids[word]!] ?? -1),
    values: null,
    types: () => pairTypes(dataset, split, first, second)
  }
}

function labelled(classes: Int32Array): number {
  return classes.reduce((sum, id) => sum + (id < 0 ? 0 : 1), 0)
}
