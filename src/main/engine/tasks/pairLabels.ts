import { pairTypes } from './wordSpans'
import { spanTasks } from './spanTasks'
import type { TaskFamily } from './task'

/** Labels of pairs of spans that the data marks: coreference, semantic roles, relations, similarity. */
export const pairLabels: TaskFamily = {
  id: 'role, coreference, similarity, ...',
  unit: 'pair',
  summary: 'labelled pairs of words or of spans of words, by the name of the set',
  tasks: (dataset) =>
    spanTasks(dataset, 'pair', (split, { first, end, secondFirst, secondEnd }) =>
      pairTypes(dataset, split, { first, end }, { first: secondFirst, end: secondEnd })
    )
}
