import { seededRandom } from '@shared/random'
import type { Dataset } from '../datasets/dataset'
import { pairTypes } from './wordSpans'
import { countItems, countingSeed, type Task, type TaskFamily } from './task'
import { depthsOf, rootsOf } from './trees'

/**
 * Number of arcs on the way between two words of a dependency tree (Hewitt & Manning 2019, section 2.1, as a plain
 * regression on pairs). A sentence has as many pairs as words, two different words each, the earlier one first; a pair
 * may be drawn twice. Sentences without a whole tree, or with a single word, have none.
 */
export const parseDistance: TaskFamily = {
  id: 'tree.distance',
  unit: 'pair',
  summary: 'arcs between two words of a tree, pairs drawn at random: a number, by ridge regression',
  tasks(dataset) {
    const task: Task = {
      id: 'tree.distance',
      title: 'Distance in the tree',
      unit: 'pair',
      kind: 'number',
      description:
        'Number of arcs on the way between two words of a sentence in its dependency tree; as many pairs a ' +
        'sentence as it has words, drawn by the seed',
      classes: [],
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
  const { starts } = dataset.words(split)
  const heads = dataset.heads(split)
  const depths = depthsOf(dataset, split)
  const roots = rootsOf(dataset, split)
  const random = seededRandom(seed)
  const firsts: number[] = []
  const seconds: number[] = []
  const distances: number[] = []
  for (let sentence = 0; sentence + 1 < starts.length; sentence++) {
    const [start, end] = [starts[sentence]!, starts[sentence + 1]!]
    if (!heads || roots[sentence] === -1 || end - start < 2 || depths.subarray(start, end).includes(-1)) continue
    const above = (word: number): number => start + heads[word]! - 1
    for (let pair = start; pair < end; pair++) {
      const a = start + random.integer(end - start)
      const other = start + random.integer(end - start - 1)
      const b = other >= a ? other + 1 : other
      firsts.push(Math.min(a, b))
      seconds.push(Math.max(a, b))
      distances.push(distance(a, b, depths, above))
    }
  }
  const words = (of: readonly number[]) => ({
    first: Int32Array.from(of),
    end: Int32Array.from(of, (word) => word + 1)
  })
  const [first, second] = [words(firsts), words(seconds)]
  return {
    ...first,
    second,
    classes: new Int32Array(firsts.length).fill(-1),
    values: Float32Array.from(distances),
    types: () => pairTypes(dataset, split, first, second)
  }
}

/** Arcs up to the lowest common ancestor from both sides. */
function distance(a: number, b: number, depths: Int32Array, above: (word: number) => number): number {
  let steps = 0
  for (let [x, y] = [a, b]; x !== y; steps++) {
    if (depths[x]! >= depths[y]!) x = above(x)
    else y = above(y)
  }
  return steps
}
