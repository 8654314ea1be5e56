import type { JobHandle } from '@shared/jobs'
import type { Calibration } from '@shared/probe'
import type { TrainedProbe } from '../methods/method'
import { classify, type Classification } from './classify'

/** Bins of equal width that confidences are sorted into (Guo et al. 2017, section 4.1). */
const bins = 15

/** Smallest probability that counts in the loss: that of a label held to be impossible would be infinite. */
const leastProbability = 2 ** -23

/** What probabilities are held to: rows of the vectors, the class of each, -1 for one that training does not show. */
export interface TestedItems {
  layers: readonly Float32Array[]
  width: number
  rows: Int32Array
  gold: Int32Array
}

/**
 * How far a probe's probabilities can be taken at their word: the expected calibration error, over all items, and the
 * log-loss, over items of classes that training shows. Where the probe was right, the probability of the label is that
 * of the answer; only for the others is it computed.
 * @param lossMeans whether probabilities are more than shares of votes, whose loss would say nothing
 */
export async function calibrationOf(
  probe: TrainedProbe,
  answers: Classification,
  { layers, width, rows, gold }: TestedItems,
  lossMeans: boolean,
  job: JobHandle
): Promise<Calibration> {
  const probability = Float64Array.from(rows, (row) => answers.probability[row]!)
  const right = Uint8Array.from(rows, (row, i) => Number(answers.predicted[row] === gold[i]))
  const wrong: number[] = []
  let [loss, counted] = [0, 0]
  gold.forEach((label, i) => {
    if (label < 0) return
    counted++
    if (right[i]) loss -= Math.log(Math.max(leastProbability, probability[i]!))
    else wrong.push(i)
  })
  const error = expectedError(probability, right)
  if (!lossMeans || counted === 0) return { ...error, logLoss: null }
  if (wrong.length > 0) {
    const [given] = await classify(
      layers,
      width,
      [probe],
      job,
      Int32Array.from(wrong, (i) => rows[i]!),
      true
    )
    wrong.forEach((i, at) => {
      loss -= Math.log(Math.max(leastProbability, given!.all![at * probe.classes + gold[i]!]!))
    })
  }
  return { ...error, logLoss: loss / counted }
}

/** The expected calibration error of answers, and the bins behind it. @param right whether each was right, 0 or 1 */
export function expectedError(
  probability: ArrayLike<number>,
  right: ArrayLike<number>
): Pick<Calibration, 'ece' | 'bins'> {
  const table = Array.from({ length: bins }, () => ({ confidence: 0, right: 0, items: 0 }))
  for (let i = 0; i < right.length; i++) {
    const bin = table[Math.min(bins - 1, Math.max(0, Math.ceil(probability[i]! * bins) - 1))]!
    bin.confidence += probability[i]!
    bin.right += right[i]!
    bin.items++
  }
  const reached = table.filter(({ items }) => items > 0)
  return {
    ece: reached.reduce((sum, bin) => sum + Math.abs(bin.right - bin.confidence), 0) / right.length,
    bins: reached.map((bin) => ({
      confidence: bin.confidence / bin.items,
      accuracy: bin.right / bin.items,
      items: bin.items
    }))
  }
}
