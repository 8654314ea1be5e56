import type { Dataset } from '../datasets/dataset'
import { sentenceTask } from './sentenceTask'
import type { TaskFamily } from './task'

/** The most frequent words, which occur in nearly every sentence. */
const tooFrequent = 100
/** Number of words to distinguish. */
const wanted = 100
/** Number of sentences a word must occur in over all splits. */
const fewest = 10
const letters = /^\p{L}+$/u

/**
 * Which of a hundred words of medium frequency a sentence holds ("word content" of Conneau et al. 2018, WC): words of
 * letters, in lower case, of rank 101 to 200 by the number of their sentences. SentEval takes a thousand of rank 2,001
 * to 3,000 from a corpus a thousand times as large. Sentences with none of them or with several are left out.
 */
export const wordContent: TaskFamily = {
  id: 'sentence.word',
  unit: 'sentence',
  summary: 'which of a hundred words of medium frequency it holds (SentEval: WC)',
  tasks(dataset) {
    const words = chosenWords(dataset)
    const classOf = new Map(words.map((word, index) => [word, index]))
    return sentenceTask(dataset, {
      id: 'sentence.word',
      title: 'Word content',
      description: 'Which one of a hundred words of medium frequency the sentence holds',
      classes: words,
      classesOf: (split) =>
        Int32Array.from(typesOf(dataset, split), (types) => {
          const found = types.flatMap((type) => classOf.get(type) ?? [])
          return found.length === 1 ? found[0]! : -1
        })
    })
  }
}

/** The different words of each sentence, in lower case. */
function typesOf(dataset: Dataset, split: string): string[][] {
  const { types, ids } = dataset.wordTypes(split)
  const { starts } = dataset.words(split)
  return Array.from({ length: starts.length - 1 }, (_, sentence) =>
    [...new Set(ids.subarray(starts[sentence], starts[sentence + 1]))].map((id) => types[id]!)
  )
}

function chosenWords(dataset: Dataset): string[] {
  const counts = new Map<string, number>()
  for (const { name } of dataset.info.splits) {
    for (const types of typesOf(dataset, name))
      for (const type of types) if (letters.test(type)) counts.set(type, (counts.get(type) ?? 0) + 1)
  }
  const ranked = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
  return ranked.slice(tooFrequent, tooFrequent + wanted).flatMap(([word, count]) => (count >= fewest ? [word] : []))
}
