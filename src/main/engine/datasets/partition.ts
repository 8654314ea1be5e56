import { seededRandom } from '@shared/random'
import { sentenceBounds, sentenceCount } from './split'
import type { SplitData } from './split'

/**
 * Draws the sentences to train on; the others are for testing. Sentences of equal words stay on one side, so that none is
 * tested that was trained on.
 * @returns positions of both parts, ascending; one of them is empty when there is only one different sentence
 */
export function drawTrainSentences(
  split: SplitData,
  trainFraction: number,
  seed: number
): { train: number[]; test: number[] } {
  const groups = [...groupBySentence(split).values()]
  const random = seededRandom(seed)
  for (let last = groups.length - 1; last > 0; last--) {
    const other = random.integer(last + 1)
    const swapped = groups[last] as number[]
    groups[last] = groups[other] as number[]
    groups[other] = swapped
  }
  const wanted = Math.round(sentenceCount(split) * trainFraction)
  const train: number[] = []
  const test: number[] = []
  groups.forEach((group, index) => {
    // Each side gets something, however small the file.
    const toTrain = train.length === 0 || (train.length + group.length <= wanted && index < groups.length - 1)
    ;(toTrain ? train : test).push(...group)
  })
  return { train: train.sort((a, b) => a - b), test: test.sort((a, b) => a - b) }
}

/** Positions of the sentences of equal words, by a key made of the words' ids. */
function groupBySentence(split: SplitData): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (let index = 0; index < sentenceCount(split); index++) {
    const key = sentenceKey(split, index)
    const group = groups.get(key)
    if (group) group.push(index)
    else groups.set(key, [index])
  }
  return groups
}

/** The same for equal sentences of all splits that share a word table, and different for different ones. */
export function sentenceKey(split: SplitData, index: number): string {
  const [start, end] = sentenceBounds(split, index)
  return split.forms.subarray(start, end).join(' ')
}
