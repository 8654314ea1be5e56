import type { JobHandle } from '@shared/jobs'
import type { Interval } from '@shared/probe'
import { seededRandom } from '@shared/random'
import type { RegressionLayer, RegressionResult, RegressionScore } from '@shared/regression'
import { UserError } from '@shared/userError'
import { determination, pearson, spearman } from './correlation'
import { percentiles, resamples } from './intervals'
import type { ProbeItems } from './probeRunner'
import { fitRidge, predictRidge } from './ridge'

/** Items with a number each instead of a class; NaN for one that is left out. */
export type RegressionItems = ProbeItems & { values: Float32Array | null }

export interface RegressionInput {
  layers: readonly number[]
  width: number
  train: RegressionItems
  test: RegressionItems
  /** Whether a vector is [a; b; a * b], so that the cosine of a and b can be told as well. */
  pairs: boolean
  options: { alpha: number; seed: number }
  job: JobHandle
}

/**
 * Trains a ridge regression a layer on the training items and scores it on the test items.
 * @throws UserError when there is nothing to learn or nothing to test on
 */
export async function runRegression({ layers, width, train, test, pairs, options, job }: RegressionInput): Promise<Pick<RegressionResult, 'layers' | 'memoriser' | 'trainItems' | 'testItems'>> {
  const trainRows = rowsOf(train.values)
  const testRows = rowsOf(test.values)
  if (trainRows.length === 0) throw new UserError('Nothing in the training split carries a number of this task; choose another split or another task.')
  if (testRows.length < 2) throw new UserError('Fewer than two items of the test split carry a number of this task; choose another split or another task.')
  const targets = Float64Array.from(trainRows, (row) => train.values![row]!)
  const gold = Float64Array.from(testRows, (row) => test.values![row]!)
  const sentences = testRows.map((row) => test.sentences[row]!)
  const results: RegressionLayer[] = []
  for (const [index, layer] of layers.entries()) {
    job.progress(index, layers.length, `Layer ${layer}`)
    await job.yield()
    const probe = await fitRidge({ values: train.vectors(layer), width, rows: trainRows }, targets, options.alpha, job)
    await job.yield()
    const vectors = picked(test.vectors(layer), width, testRows)
    const predicted = predictRidge(probe, vectors)
    const cosines = pairs ? cosinesOf(vectors, width / 3) : null
    results.push({
      layer,
      ...scoreOf(gold, predicted),
      r2Interval: r2Interval(gold, predicted, sentences, options.seed),
      ...(cosines ? { cosine: { pearson: pearson(gold, cosines), spearman: spearman(gold, cosines) } } : {})
    })
  }
  job.progress(layers.length, layers.length)
  return { layers: results, memoriser: memorised(train, trainRows, targets, test, testRows, gold), trainItems: trainRows.length, testItems: testRows.length }
}

function rowsOf(values: Float32Array | null): Int32Array {
  return Int32Array.from(Array.from(values ?? [], (value, row) => (Number.isNaN(value) ? -1 : row)).filter((row) => row >= 0))
}

function picked(vectors: Float32Array, width: number, rows: Int32Array): Float32Array {
  const result = new Float32Array(rows.length * width)
  rows.forEach((row, i) => result.set(vectors.subarray(row * width, (row + 1) * width), i * width))
  return result
}

function scoreOf(gold: Float64Array, predicted: Float64Array): RegressionScore {
  return { r2: determination(gold, predicted), pearson: pearson(gold, predicted), spearman: spearman(gold, predicted) }
}

function memorised(train: RegressionItems, trainRows: Int32Array, targets: Float64Array, test: RegressionItems, testRows: Int32Array, gold: Float64Array): RegressionScore {
  const sums = new Map<string, { sum: number; count: number }>()
  trainRows.forEach((row, i) => {
    const type = train.types[row]!
    const known = sums.get(type) ?? { sum: 0, count: 0 }
    sums.set(type, { sum: known.sum + targets[i]!, count: known.count + 1 })
  })
  const mean = targets.reduce((sum, value) => sum + value, 0) / targets.length
  return scoreOf(gold, Float64Array.from(testRows, (row) => {
    const known = sums.get(test.types[row]!)
    return known ? known.sum / known.count : mean
  }))
}

/** Cosine of the first and the second part of each vector [a; b; a * b]. */
function cosinesOf(vectors: Float32Array, width: number): Float64Array {
  return Float64Array.from({ length: vectors.length / (3 * width) }, (_, row) => {
    let [product, a, b] = [0, 0, 0]
    for (let j = 0; j < width; j++) {
      const [x, y] = [vectors[3 * row * width + j]!, vectors[(3 * row + 1) * width + j]!]
      product += x * y
      a += x * x
      b += y * y
    }
    return a > 0 && b > 0 ? product / Math.sqrt(a * b) : 0
  })
}

/** From sums by sentence, drawn with replacement: count, gold, gold squared, error squared. */
function r2Interval(gold: Float64Array, predicted: Float64Array, sentences: Int32Array, seed: number): Interval {
  const sums = new Map<number, [number, number, number, number]>()
  gold.forEach((value, i) => {
    const sum = sums.get(sentences[i]!) ?? [0, 0, 0, 0]
    sums.set(sentences[i]!, [sum[0] + 1, sum[1] + value, sum[2] + value * value, sum[3] + (value - predicted[i]!) ** 2])
  })
  const clusters = [...sums.values()]
  const random = seededRandom(seed)
  return percentiles(Float64Array.from({ length: resamples }, () => {
    let [count, sum, squares, errors] = [0, 0, 0, 0]
    for (let i = 0; i < clusters.length; i++) {
      const drawn = clusters[random.integer(clusters.length)]!
      count += drawn[0]
      sum += drawn[1]
      squares += drawn[2]
      errors += drawn[3]
    }
    const total = squares - (sum * sum) / count
    return total > 0 ? 1 - errors / total : 0
  }))
}
