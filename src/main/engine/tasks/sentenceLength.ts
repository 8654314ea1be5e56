import { sentenceTask } from './sentenceTask'
import type { TaskFamily } from './task'

/** Number of words, from and to: the six bins of SentEval (Conneau et al. 2018, "SentLen"). */
const bins = [
  [5, 8],
  [9, 12],
  [13, 16],
  [17, 20],
  [21, 25],
  [26, 28]
] as const

/** The length of a sentence in words, in bins; shorter and longer sentences than SentEval's are left out. */
export const sentenceLength: TaskFamily = {
  id: 'sentence.length',
  unit: 'sentence',
  summary: 'number of words in six bins (SentEval: SentLen)',
  tasks: (dataset) =>
    sentenceTask(dataset, {
      id: 'sentence.length',
      title: 'Sentence length',
      description: 'Number of words, from 5 to 28 in six bins',
      classes: bins.map(([from, to]) => `${from}-${to}`),
      classesOf(split) {
        const { starts } = dataset.words(split)
        return Int32Array.from({ length: starts.length - 1 }, (_, sentence) => {
          const length = starts[sentence + 1]! - starts[sentence]!
          return bins.findIndex(([from, to]) => length >= from && length <= to)
        })
      }
    })
}
