import type { DataCheck, RepeatedSentences } from '@shared/dataCheck'

/** One part of the data, as far as a run used it. */
export interface CheckedPart {
  /** Words of each sentence. */
  sentences: readonly (readonly string[])[]
  /** Document of each sentence, comparable between parts; null where the data names none. */
  documents: Int32Array | null
}

/** Number of examples kept of each kind. */
const keptExamples = 5

/**
 * What the test part shares with the training part: equal sentences, sentences that differ in case and punctuation
 * alone, and documents.
 * @param itemSentences sentence of every test item with a label
 * @returns the check, and for each test sentence whether the training part has it, case and punctuation apart
 */
export function checkData(
  train: CheckedPart,
  test: CheckedPart,
  itemSentences: readonly number[],
  nameOf: (document: number) => string
): { check: DataCheck; repeated: Uint8Array } {
  const exact = repeatedSentences(train, test, (words) => words.join(' '))
  const folded = repeatedSentences(train, test, foldedSentence)
  const summary = (repeated: Uint8Array): RepeatedSentences => {
    const found = test.sentences.flatMap((words, i) => (repeated[i] ? [words.join(' ')] : []))
    return {
      sentences: found.length,
      items: itemSentences.filter((sentence) => repeated[sentence]).length,
      examples: [...new Set(found)].slice(0, keptExamples)
    }
  }
  return {
    check: {
      trainSentences: train.sentences.length,
      testSentences: test.sentences.length,
      testItems: itemSentences.length,
      exact: summary(exact),
      folded: summary(folded),
      documents: sharedDocuments(train, test, nameOf)
    },
    repeated: folded
  }
}

/**
 * Letters and digits of a sentence in lower case; the sentence itself where it has none, so that different smileys
 * stay different.
 */
export function foldedSentence(words: readonly string[]): string {
  const folded = words
    .map((word) =>
      word
        .normalize('NFC')
        .toLowerCase()
        .replace(/[^\p{L}\p{M}\p{N}]+/gu, '')
    )
    .filter((word) => word !== '')
  return folded.length > 0 ? folded.join(' ') : words.join(' ')
}

function repeatedSentences(
  train: CheckedPart,
  test: CheckedPart,
  key: (words: readonly string[]) => string
): Uint8Array {
  const seen = new Set(train.sentences.map(key))
  return Uint8Array.from(test.sentences, (words) => (seen.has(key(words)) ? 1 : 0))
}

function sharedDocuments(
  train: CheckedPart,
  test: CheckedPart,
  nameOf: (document: number) => string
): DataCheck['documents'] {
  if (!train.documents || !test.documents) return null
  const named = (documents: Int32Array): Set<number> => new Set(documents.filter((document) => document >= 0))
  const [inTrain, inTest] = [named(train.documents), named(test.documents)]
  const both = new Set([...inTest].filter((document) => inTrain.has(document)))
  return {
    inBoth: both.size,
    test: inTest.size,
    testSentences: test.documents.filter((document) => both.has(document)).length,
    examples: [...both].slice(0, keptExamples).map(nameOf)
  }
}
