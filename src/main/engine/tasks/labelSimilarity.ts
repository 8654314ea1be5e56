import type { Task } from './task'

/**
 * How much the labels of two tasks say of one another: their normalised mutual information over the words of a part,
 * 2 I(A; B) / (H(A) + H(B)), 1 where each follows from the other and 0 where they are independent. Words without one of
 * the labels are left out; a sentence's label is that of all of its words.
 * @param sentence of every word of the part
 * @returns null for tasks whose items are neither words nor sentences, for numbers, and where no word has both labels
 */
export function labelSimilarity(
  tasks: readonly [Task, Task],
  split: string,
  seed: number,
  sentence: Int32Array
): number | null {
  const [first, second] = tasks.map((task) => wordClasses(task, split, seed, sentence))
  return first && second ? normalisedInformation(first, second) : null
}

function wordClasses(task: Task, split: string, seed: number, sentence: Int32Array): Int32Array | null {
  if (task.kind === 'number' || task.text || (task.unit !== 'token' && task.unit !== 'sentence')) return null
  const { classes } = task.items(split, seed)
  return task.unit === 'token' ? classes : sentence.map((of) => classes[of]!)
}

/** @param first classes, negative for none; @param second of the same items */
export function normalisedInformation(first: Int32Array, second: Int32Array): number | null {
  const [ofFirst, ofSecond, ofBoth] = [new Map<number, number>(), new Map<number, number>(), new Map<string, number>()]
  let items = 0
  const add = <K>(counts: Map<K, number>, key: K): void => void counts.set(key, (counts.get(key) ?? 0) + 1)
  first.forEach((a, i) => {
    const b = second[i]!
    if (a < 0 || b < 0) return
    items++
    add(ofFirst, a)
    add(ofSecond, b)
    add(ofBoth, `${a} ${b}`)
  })
  if (items === 0) return null
  const entropy = (counts: ReadonlyMap<unknown, number>): number =>
    -[...counts.values()].reduce((sum, count) => sum + (count / items) * Math.log(count / items), 0)
  const [a, b] = [entropy(ofFirst), entropy(ofSecond)]
  // A single class says nothing, and nothing is said of it.
  return a + b === 0 ? null : (2 * (a + b - entropy(ofBoth))) / (a + b)
}
