import type { TaskFamily } from './task'
import { headTypes } from './wordSpans'
import { spanTasks } from './spanTasks'

/** Labels of spans of words that the data marks: constituents, entities, user-defined spans. */
export const spanLabels: TaskFamily = {
  id: 'constituent, entity, ...',
  unit: 'span',
  summary: 'labelled spans of words, by the name of the set',
  tasks: (dataset) => spanTasks(dataset, 'span', (split, { first, end }) => headTypes(dataset, split, { first, end }))
}
