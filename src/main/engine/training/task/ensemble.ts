import { softmaxed } from '../../probes/solvers/network'
import { confusionMatrix, macroF1 } from '../../probes/scores/metrics'
import { judge, predictedClasses } from './evaluation'

/** What several runs answer together. */
export interface EnsembleScore {
  members: number
  /** Accuracy, or R² of a quantity. */
  score: number
  macroF1: number | null
}

/**
 * The answers of runs that were trained with different seeds and tested on the same items, averaged: of classes the
 * mean of the probabilities, softmax(scores) (Dietterich 2000, section 2.5), of quantities the mean.
 * @param members scores of each run [items, outputs]
 * @param gold labels of the items
 */
export function ensembleScore(
  members: readonly Float32Array[],
  outputs: number,
  gold: Float64Array,
  kind: 'class' | 'number'
): EnsembleScore {
  const mean = new Float32Array(gold.length * outputs)
  for (const scores of members) {
    for (let item = 0; item < gold.length; item++) {
      const row = scores.subarray(item * outputs, (item + 1) * outputs)
      const shares = kind === 'class' ? softmaxed(row) : row
      for (let k = 0; k < outputs; k++) mean[item * outputs + k]! += shares[k]! / members.length
    }
  }
  const together = { scores: mean, outputs, gold }
  const { score } = judge(together, kind)
  if (kind === 'number') return { members: members.length, score, macroF1: null }
  const matrix = confusionMatrix(Int32Array.from(gold), predictedClasses(together), outputs)
  return { members: members.length, score, macroF1: macroF1(matrix, outputs) }
}
