import { softmaxed } from '../../probes/solvers/network'
import { labelledRows } from '../trainingBatch'
import { unlabelled } from '../losses'
import { predictedClasses, type Evaluation } from './evaluation'
import type { Example } from './examples'

/**
 * The predicted class of each item whose probability is above a threshold, `unlabelled` for all others.
 * Yarowsky (1995), section 4; Ruder & Plank (2018), section 2.1.
 */
export function confidentLabels(evaluation: Evaluation, threshold: number): number[] {
  const { scores, outputs } = evaluation
  return Array.from(predictedClasses(evaluation), (predicted, item) => {
    const row = scores.subarray(item * outputs, (item + 1) * outputs)
    return softmaxed(row)[predicted]! > threshold ? predicted : unlabelled
  })
}

/** Examples with other labels, without those that have none then. @param labels of all their items in order */
export function relabelled(examples: readonly Example[], labels: readonly number[]): Example[] {
  let item = 0
  return examples.flatMap((example) => {
    const rows = labelledRows(example.labels)
    const given = labels.slice(item, item + rows.length)
    item += rows.length
    if (given.every((label) => label === unlabelled)) return []
    const { places, spans } = example
    const kept = <V>(of: readonly V[] | null): V[] | null => of && of.filter((_, i) => given[i] !== unlabelled)
    const all = [...example.labels]
    rows.forEach((row, i) => (all[row] = given[i]!))
    return [{ ...example, labels: spans ? kept(given)! : all, places: kept(places), spans: kept(spans) }]
  })
}
