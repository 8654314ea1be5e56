import type { ClassScore } from '@shared/probe'

/** Counts [classes, classes]: rows gold, columns predicted. Items whose gold label is -1 are left out. */
export function confusionMatrix(gold: Int32Array, predicted: Int32Array, classes: number): Int32Array {
  const matrix = new Int32Array(classes * classes)
  for (let i = 0; i < gold.length; i++) {
    if (gold[i]! >= 0) matrix[gold[i]! * classes + predicted[i]!]!++
  }
  return matrix
}

/** Share of the items on the diagonal. */
export function accuracy(confusion: Int32Array, classes: number): number {
  let right = 0
  let all = 0
  for (let i = 0; i < confusion.length; i++) all += confusion[i]!
  for (let k = 0; k < classes; k++) right += confusion[k * classes + k]!
  return right / all
}

/** Gold, predicted and right counts of every class. */
export interface ClassCounts {
  gold: ArrayLike<number>
  predicted: ArrayLike<number>
  right: ArrayLike<number>
}

/**
 * Mean F1 over the classes that are gold or predicted for at least one item, as scikit-learn's
 * `f1_score(average='macro')`.
 */
export function macroF1Of({ gold, predicted, right }: ClassCounts): number {
  let sum = 0
  let present = 0
  for (let k = 0; k < gold.length; k++) {
    const size = gold[k]! + predicted[k]!
    if (size === 0) continue
    sum += (2 * right[k]!) / size
    present++
  }
  return sum / present
}

export function macroF1(confusion: Int32Array, classes: number): number {
  return macroF1Of(classCounts(confusion, classes))
}

/** Precision, recall and F1 by class; 0 where a denominator is 0, as scikit-learn's `zero_division=0`. */
export function scoresByClass(confusion: Int32Array, names: readonly string[]): ClassScore[] {
  const { gold, predicted, right } = classCounts(confusion, names.length)
  return names.map((label, k) => ({
    label,
    precision: right[k]! / Math.max(1, predicted[k]!),
    recall: right[k]! / Math.max(1, gold[k]!),
    f1: (2 * right[k]!) / Math.max(1, gold[k]! + predicted[k]!),
    support: gold[k]!
  }))
}

function classCounts(
  confusion: Int32Array,
  classes: number
): { gold: Int32Array; predicted: Int32Array; right: Int32Array } {
  const gold = new Int32Array(classes)
  const predicted = new Int32Array(classes)
  const right = new Int32Array(classes)
  for (let row = 0; row < classes; row++) {
    for (let column = 0; column < classes; column++) {
      const count = confusion[row * classes + column]!
      gold[row]! += count
      predicted[column]! += count
      if (row === column) right[row] = count
    }
  }
  return { gold, predicted, right }
}
