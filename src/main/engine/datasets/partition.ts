import { seededRandom, shuffle } from '@shared/random'
import { documentsOf } from './documents'
import { sentenceBounds, sentenceCount } from './split'
import type { SplitData } from './split'

/**
 * Draws the sentences to train on; the others are for testing. Identical sentences stay on one side, so that none
 * is tested that was trained on; so do the two sentences of a pair. By document, those of one document stay together
 * instead of identical ones.
 * @returns positions of both parts, ascending; one of them is empty when all sentences are identical
 */
export function drawTrainSentences(
  split: SplitData,
  trainFraction: number,
  seed: number,
  unit: DivisionUnit = 'sentence'
): { train: number[]; test: number[] } {
  const documents = unit === 'document' ? documentsOf(split) : null
  const groups = withPairsTogether(
    [...(documents ? groupByDocument(documents) : groupBySentence(split)).values()],
    split
  )
  shuffle(groups, seededRandom(seed))
  const wanted = Math.round(sentenceCount(split) * trainFraction)
  const train: number[] = []
  const test: number[] = []
  groups.forEach((group, index) => {
    // Each side gets something, however small the file.
    const toTrain = train.length === 0 || (train.length + group.length <= wanted && index < groups.length - 1)
    const side = toTrain ? train : test
    for (const sentence of group) side.push(sentence)
  })
  return { train: train.sort((a, b) => a - b), test: test.sort((a, b) => a - b) }
}

/** How a single file is divided. */
export type DivisionUnit = 'document' | 'sentence'

/** Fewest documents to divide by: with fewer, a single document would decide the test part. */
export const fewestDocuments = 10

/** By document where there are enough, as words of one document resemble one another; otherwise by sentence. */
export function usualDivision(split: SplitData): DivisionUnit {
  return new Set(documentsOf(split)).size >= fewestDocuments ? 'document' : 'sentence'
}

/** Positions of the sentences of each document; those without one are groups by themselves. */
export function groupByDocument(documents: Int32Array): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  documents.forEach((document, index) => {
    const key = document < 0 ? `sentence ${index}` : String(document)
    const group = groups.get(key)
    if (group) group.push(index)
    else groups.set(key, [index])
  })
  return groups
}

/** Positions of identical sentences, by a key made of the words' ids. */
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

/** Joins groups that a pair of spans connects. The order is that of the first sentence of each. */
export function withPairsTogether(
  groups: number[][],
  { spans, starts }: Pick<SplitData, 'spans' | 'starts'>
): number[][] {
  const pairs = [...spans.values()].filter(({ secondFirst }) => secondFirst.length > 0)
  if (pairs.length === 0) return groups
  const sentenceOf = new Int32Array(starts[starts.length - 1] ?? 0)
  for (let index = 0; index + 1 < starts.length; index++) sentenceOf.fill(index, starts[index], starts[index + 1])
  const parent = groups.map((_group, index) => index)
  const rootOf = (group: number): number => {
    let root = group
    while (parent[root] !== root) root = parent[root] = parent[parent[root] ?? root] ?? root
    return root
  }
  const groupOf = new Int32Array(starts.length - 1)
  groups.forEach((group, index) => group.forEach((sentence) => (groupOf[sentence] = index)))
  const groupAt = (word: number | undefined): number => rootOf(groupOf[sentenceOf[word ?? 0] ?? 0] ?? 0)
  for (const { first, secondFirst } of pairs) {
    first.forEach((word, item) => {
      const [a, b] = [groupAt(word), groupAt(secondFirst[item])]
      parent[Math.max(a, b)] = Math.min(a, b)
    })
  }
  const joined = new Map<number, number[]>()
  groups.forEach((group, index) => {
    const root = rootOf(index)
    joined.set(root, [...(joined.get(root) ?? []), ...group])
  })
  return [...joined.values()]
}

/** The same for equal sentences of all splits that share a word table, and different for different ones. */
export function sentenceKey(split: SplitData, index: number): string {
  const [start, end] = sentenceBounds(split, index)
  return split.forms.subarray(start, end).join(' ')
}
