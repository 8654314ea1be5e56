import { pairTypes } from './stretches'
import { stretchTasks } from './stretchTasks'
import type { TaskFamily } from './task'

/** Labels of pairs of stretches that the data marks: coreference, semantic roles, relations, similarity. */
export const pairLabels: TaskFamily = {
  id: 'role, coreference, similarity, ...',
  unit: 'pair',
  summary: 'labelled pairs of words or of stretches of words, by the name of the set',
  tasks: (dataset) =>
    stretchTasks(dataset, 'pair', (split, { first, end, secondFirst, secondEnd }) =>
      pairTypes(dataset, split, { first, end }, { first: secondFirst, end: secondEnd })
    )
}
