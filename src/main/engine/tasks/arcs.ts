import type { Dataset } from '../datasets/dataset'

/** The dependency arcs of a split, in the order of the dependents: both ends as words of the split. Roots have none. */
export function arcsOf(dataset: Dataset, split: string): { heads: Int32Array; dependents: Int32Array } {
  const { starts, sentence } = dataset.words(split)
  const above = dataset.heads(split)
  const heads: number[] = []
  const dependents: number[] = []
  above?.forEach((head, word) => {
    if (head <= 0) return
    heads.push(starts[sentence[word]!]! + head - 1)
    dependents.push(word)
  })
  return { heads: Int32Array.from(heads), dependents: Int32Array.from(dependents) }
}
