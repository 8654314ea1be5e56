import { createHash } from 'node:crypto'
import { seededRandom } from '@shared/random'
import type { Dataset } from '../datasets/dataset'
import { sentenceTask } from './sentenceTask'
import type { TaskFamily } from './task'

const classes = ['as written', 'shifted']

/** SentEval's sentences have from 5 to 28 words. */
const shortest = 5

/**
 * Whether two neighbouring words have changed places ("bigram shift" of Conneau et al. 2018, BShift). A coin decides
 * for each sentence of at least five words, and a draw among the places whose two words differ where. The shifted text
 * is what runs through the model.
 */
export const bigramShift: TaskFamily = {
  id: 'sentence.shift',
  unit: 'sentence',
  summary: 'whether two neighbouring words have changed places (SentEval: BShift)',
  tasks: (dataset) =>
    sentenceTask(dataset, {
      id: 'sentence.shift',
      title: 'Bigram shift',
      description:
        'Whether two neighbouring words of the sentence have changed places; half of the sentences are shifted',
      classes,
      classesOf: (split, seed) =>
        Int32Array.from(shifts(dataset, split, seed), (at) => (at === null ? -1 : at === 'none' ? 0 : 1)),
      text(split, seed) {
        const { sentences, wordsHash } = dataset.text(split)
        const places = shifts(dataset, split, seed)
        return {
          sentences: sentences.map((words, sentence) => {
            const at = places[sentence]
            return typeof at === 'number' ? words.toSpliced(at, 2, words[at + 1]!, words[at]!) : words
          }),
          wordsHash: createHash('sha256').update(`${wordsHash} sentence.shift ${seed}`).digest('hex')
        }
      }
    })
}

/**
 * For each sentence the place of the first of the two words, `none` where it stays as it is, null where it is left out.
 */
function shifts(dataset: Dataset, split: string, seed: number): (number | 'none' | null)[] {
  const random = seededRandom(seed)
  return dataset.text(split).sentences.map((words) => {
    const coin = random.next()
    const draw = random.next()
    if (words.length < shortest) return null
    const places = words.flatMap((word, at) => (at + 1 < words.length && word !== words[at + 1] ? [at] : []))
    if (places.length === 0) return null
    return coin < 0.5 ? 'none' : places[Math.floor(draw * places.length)]!
  })
}
