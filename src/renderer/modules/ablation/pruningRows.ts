import type { PruningResult } from '@shared/ablation'

/** One row an order and number of parts switched off, as pruning leaves the window. */
export function pruningRows({ kind, measure, counts, byImportance, further, random }: PruningResult) {
  return [byImportance, ...further, ...random].flatMap(({ title, values }) =>
    counts.map((count, i) => ({ order: title, unit: kind, off: count, measure: measure.id, value: values[i]! }))
  )
}
