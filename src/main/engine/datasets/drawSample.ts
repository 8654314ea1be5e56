import { seededRandom, shuffle } from '@shared/random'
import { documentsOf } from './documents'
import { groupByDocument, withPairsTogether } from './partition'
import { sentenceBounds, sentenceCount, type SplitData } from './split'

/** What of a split is needed to draw sentences. */
type Drawable = Pick<SplitData, 'starts' | 'sentenceColumns' | 'spans'>

/** The sentences that were drawn. */
export interface Sample {
  /** Ascending. */
  sentences: number[]
  words: number
  /** Documents they are from; null where the data names none. */
  documents: number | null
}

/**
 * Draws whole documents in an order decided by the seed until the limit of words is reached: words of one document
 * resemble one another, and files are often ordered by genre. Of the last document the first sentences are taken, as
 * far as the limit; the sentence that reaches it is taken whole. Where the data names no documents, sentences are
 * drawn; those that a pair of spans connects stay together.
 * @returns at least one sentence
 */
export function drawSample(split: Drawable, maxWords: number, seed: number): Sample {
  const documents = documentsOf(split)
  const groups = documents
    ? [...groupByDocument(documents).values()]
    : withPairsTogether(
        Array.from({ length: sentenceCount(split) }, (_, sentence) => [sentence]),
        split
      )
  shuffle(groups, seededRandom(seed))
  const sentences: number[] = []
  let words = 0
  for (const group of groups) {
    if (sentences.length > 0 && words >= maxWords) break
    for (const sentence of group) {
      if (documents && sentences.length > 0 && words >= maxWords) break
      const [start, end] = sentenceBounds(split, sentence)
      words += end - start
      sentences.push(sentence)
    }
  }
  sentences.sort((a, b) => a - b)
  return {
    sentences,
    words,
    documents:
      documents && new Set(sentences.flatMap((sentence) => (documents[sentence]! < 0 ? [] : documents[sentence]!))).size
  }
}
