import { seededRandom } from '@shared/random'
import type { Dataset } from '../datasets/dataset'
import { arcsOf } from './arcs'
import { pairTypes } from './wordSpans'
import { countItems, countingSeed, type Task, type TaskFamily } from './task'

const classes = ['arc', 'no arc']

/**
 * Whether the first word is the head of the second: for every arc (head, dependent) one pair (word, dependent) with a
 * word drawn from the sentence that is neither the head nor the dependent, after Liu et al. (2019), section 4.1.
 * Sentences of fewer than three words have no such word and are left out, so both classes are equally frequent.
 */
export const arcPrediction: TaskFamily = {
  id: 'arc.prediction',
  unit: 'pair',
  summary: 'whether a word is the head of another, or one drawn at random from its sentence',
  tasks(dataset) {
    const task: Task = {
      id: 'arc.prediction',
      title: 'Arc prediction',
      unit: 'pair',
      kind: 'class',
      description:
        'Whether the first word is the head of the second; half of the pairs have another word of the ' +
        'sentence in its place',
      classes,
      labelled: dataset.info.splits.reduce(
        (sum, { name }) => sum + countItems(itemsOf(dataset, name, countingSeed)),
        0
      ),
      bio: false,
      items: (split, seed) => itemsOf(dataset, split, seed)
    }
    return task.labelled > 0 ? [task] : []
  }
}

function itemsOf(dataset: Dataset, split: string, seed: number): ReturnType<Task['items']> {
  const { starts, sentence } = dataset.words(split)
  const arcs = arcsOf(dataset, split)
  const random = seededRandom(seed)
  const candidates: number[] = []
  const dependents: number[] = []
  const labels: number[] = []
  arcs.dependents.forEach((dependent, arc) => {
    const head = arcs.heads[arc]!
    const start = starts[sentence[dependent]!]!
    const length = starts[sentence[dependent]! + 1]! - start
    if (length < 3) return
    // One of the words that are neither of the two: those in order, skipping both.
    let other = start + random.integer(length - 2)
    for (const taken of [Math.min(head, dependent), Math.max(head, dependent)]) if (other >= taken) other++
    candidates.push(head, other)
    dependents.push(dependent, dependent)
    labels.push(0, 1)
  })
  const spanOf = (words: readonly number[]) => ({
    first: Int32Array.from(words),
    end: Int32Array.from(words, (word) => word + 1)
  })
  const first = spanOf(candidates)
  const second = spanOf(dependents)
  return {
    ...first,
    second,
    classes: Int32Array.from(labels),
    values: null,
    types: () => pairTypes(dataset, split, first, second)
  }
}
