import type { SuspectLabel } from '@shared/dataCheck'
import { csvOf } from '@shared/csv'

/** Doubtful labels as a table; sentences and words are counted from 1, as in a file. */
export function suspectsCsv(rows: readonly SuspectLabel[]): string {
  return csvOf([
    ['split', 'sentence', 'word', 'form', 'gold', 'predicted', 'layers', 'probability', 'left', 'right'],
    ...rows.map(({ split, sentence, position, form, gold, predicted, layers, probability, left, right }) => [
      split,
      sentence + 1,
      position + 1,
      form,
      gold,
      predicted,
      layers.join(' '),
      probability,
      left,
      right
    ])
  ])
}
