import { classSlice, type SliceId, type SliceScore } from '@shared/finetuneSlices'
import type { JobHandle } from '@shared/jobs'
import { labelledRows } from '../trainingBatch'
import type { Example } from './examples'

/** Training examples with the weights of their slices, and the scores of the test items by slice. */
export interface Slices {
  train: Example[]
  /**
   * @param predicted classes, item by item
   * @param clusters what a test exchanges as a whole, item by item
   */
  scores(predicted: ArrayLike<number>, clusters: Int32Array, job: JobHandle): Promise<SliceScore[]>
}

/** Times that a word may be in the training part and still be rare. */
const rareUpTo = 4

/** Examples with the words of their sentences; no words where inputs are pairs. */
export interface SlicedPart {
  examples: readonly Example[]
  wordsOf: ((sentence: number) => readonly string[]) | null
}

/** What decides which slice an item is in, as the training part has it. */
export interface SliceBounds {
  /** Tokens of the longest short input and of the longest one of middle length. */
  lengths: [number, number]
  /** How often the training part has each word; null for pairs. */
  counts: ReadonlyMap<string, number> | null
}

/** Thirds of the training inputs by length, and how often each word is in them. */
export function sliceBounds({ examples, wordsOf }: SlicedPart): SliceBounds {
  const lengths = examples.map(({ ids }) => ids.length).sort((a, b) => a - b)
  const third = (n: number): number => lengths[Math.ceil((n * lengths.length) / 3) - 1] ?? 0
  const counts = wordsOf && new Map<string, number>()
  for (const sentence of new Set(examples.map((example) => example.sentence)))
    for (const word of wordsOf?.(sentence) ?? []) counts!.set(word, (counts!.get(word) ?? 0) + 1)
  return { lengths: [third(1), third(2)], counts }
}

/**
 * The slices of every labelled item, in order: by the length of its input, by how often training has the word (of a
 * sentence or a span, its rarest word), by its class, and by whether the base is right.
 * @param classes names of the task's classes
 * @param base classes that the base predicts, item by item
 */
export function slicesOfItems(
  { examples, wordsOf }: SlicedPart,
  { lengths: [short, middle], counts }: SliceBounds,
  classes: readonly string[],
  base: ArrayLike<number>
): string[][] {
  const slices: string[][] = []
  for (const { sentence, ids, labels, places } of examples) {
    const byLength: SliceId = ids.length <= short ? 'short' : ids.length <= middle ? 'middle' : 'long'
    const all = wordsOf?.(sentence) ?? []
    labelledRows(labels).forEach((row, k) => {
      const label = labels[row]!
      const { word, span = [word, word + 1] } = places?.[k] ?? { word: 0, span: [0, all.length] }
      const forms = all.slice(span[0], span[1])
      // A span may begin in the sentence before.
      const rarest = counts && forms.length > 0 ? Math.min(...forms.map((form) => counts.get(form) ?? 0)) : null
      const byWord: SliceId[] =
        rarest === null ? [] : [rarest === 0 ? 'unseen' : rarest <= rareUpTo ? 'rare' : 'frequent']
      const byBase: SliceId = base[slices.length] === label ? 'right' : 'wrong'
      slices.push([byLength, ...byWord, byBase, `${classSlice}${classes[label]!}`])
    })
  }
  return slices
}

/**
 * Examples whose items weigh as much as the product over their slices says.
 * @param slices of every item, in order
 * @param weights of slices; others weigh 1
 */
export function weightedExamples(
  examples: readonly Example[],
  slices: readonly (readonly string[])[],
  weights: ReadonlyMap<string, number>
): Example[] {
  let item = 0
  return examples.map((example) => {
    const of = new Array<number>(example.labels.length).fill(1)
    for (const row of labelledRows(example.labels))
      of[row] = slices[item++]!.reduce((product, slice) => product * (weights.get(slice) ?? 1), 1)
    return { ...example, weights: of }
  })
}
