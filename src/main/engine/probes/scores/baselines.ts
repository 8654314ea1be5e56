import { accuracy, confusionMatrix, macroF1 } from './metrics'

/** What a baseline reaches on the test items. */
export interface Baseline {
  accuracy: number
  macroF1: number
}

/** Labels and types of the items that carry a label. */
export interface LabelledItems {
  labels: Int32Array
  types: readonly string[]
}

/** The most frequent training label; of equally frequent ones the first. */
export function mostFrequent(counts: ArrayLike<number>): number {
  let best = 0
  for (let k = 1; k < counts.length; k++) if (counts[k]! > counts[best]!) best = k
  return best
}

export function countLabels(labels: Int32Array, classes: number): Float64Array {
  const counts = new Float64Array(classes)
  for (const label of labels) counts[label]!++
  return counts
}

/** Always the most frequent training label. */
export function majorityBaseline(train: Int32Array, test: Int32Array, classes: number): Baseline & { label: number } {
  const label = mostFrequent(countLabels(train, classes))
  return { label, ...score(test, new Int32Array(test.length).fill(label), classes) }
}

/** What `memoriserAnswers` reach. */
export function memoriserBaseline(train: LabelledItems, test: LabelledItems, classes: number): Baseline {
  return score(test.labels, memoriserAnswers(train, test.types, classes), classes)
}

/**
 * The label a type had most often in training (of equally frequent ones the one that is more frequent overall), for
 * unseen types the majority's.
 */
export function memoriserAnswers(train: LabelledItems, types: readonly string[], classes: number): Int32Array {
  const overall = countLabels(train.labels, classes)
  const byType = new Map<string, Map<number, number>>()
  train.types.forEach((type, i) => {
    let counts = byType.get(type)
    if (!counts) byType.set(type, (counts = new Map()))
    const label = train.labels[i]!
    counts.set(label, (counts.get(label) ?? 0) + 1)
  })
  const answers = new Map<string, number>()
  for (const [type, counts] of byType) {
    const [[label]] = [...counts].sort(
      ([a, countA], [b, countB]) => countB - countA || overall[b]! - overall[a]! || a - b
    ) as [[number, number]]
    answers.set(type, label)
  }
  const majority = mostFrequent(overall)
  return Int32Array.from(types, (type) => answers.get(type) ?? majority)
}

function score(gold: Int32Array, predicted: Int32Array, classes: number): Baseline {
  const confusion = confusionMatrix(gold, predicted, classes)
  return { accuracy: accuracy(confusion, classes), macroF1: macroF1(confusion, classes) }
}
