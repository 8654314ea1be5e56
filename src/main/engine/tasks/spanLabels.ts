import type { TaskFamily } from './task'
import { headTypes } from './stretches'
import { stretchTasks } from './stretchTasks'

/** Labels of stretches of words that the data marks: constituents, entities, user-defined spans. */
export const spanLabels: TaskFamily = {
  id: 'constituent, entity, ...',
  unit: 'span',
  summary: 'labelled stretches of words, by the name of the set',
  tasks: (dataset) =>
    stretchTasks(dataset, 'span', (split, { first, end }) => headTypes(dataset, split, { first, end }))
}
