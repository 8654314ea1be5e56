import type { Dataset } from '../datasets/dataset'

/**
 * Number of arcs from each word up to the root of its sentence, 0 for the root; -1 where a word or one above it has no
 * head, and without trees.
 */
export function depthsOf(dataset: Dataset, split: string): Int32Array {
  const { starts } = dataset.words(split)
  const heads = dataset.heads(split)
  const depths = new Int32Array(starts.at(-1) ?? 0).fill(-1)
  if (!heads) return depths
  const known = new Uint8Array(depths.length)
  for (let sentence = 0; sentence + 1 < starts.length; sentence++) {
    const start = starts[sentence]!
    for (let word = start; word < starts[sentence + 1]!; word++) {
      const way: number[] = []
      let at = word
      while (!known[at] && heads[at]! > 0) {
        way.push(at)
        at = start + heads[at]! - 1
      }
      if (!known[at]) {
        known[at] = 1
        depths[at] = heads[at] === 0 ? 0 : -1
      }
      let depth = depths[at]!
      for (const below of way.reverse()) {
        depth = depth < 0 ? -1 : depth + 1
        depths[below] = depth
        known[below] = 1
      }
    }
  }
  return depths
}

/** The root of each sentence as a word of the split; -1 where there is none, or more than one. */
export function rootsOf(dataset: Dataset, split: string): Int32Array {
  const { starts } = dataset.words(split)
  const heads = dataset.heads(split)
  return Int32Array.from({ length: starts.length - 1 }, (_, sentence) => {
    const start = starts[sentence]!
    const own = heads?.subarray(start, starts[sentence + 1]) ?? new Int32Array(0)
    const first = own.indexOf(0)
    return first >= 0 && own.lastIndexOf(0) === first ? start + first : -1
  })
}

/** The label of every word in a label layer, null where it has none or where the data set has no such layer. */
export function labelsOf(dataset: Dataset, split: string, layer: string): (word: number) => string | null {
  if (!dataset.layers.has(layer)) return () => null
  const { classes, ids } = dataset.labels(split, layer)
  return (word) => classes[ids[word] ?? -1] ?? null
}
