import type { JobHandle } from '@shared/jobs'
import type { Interval } from '@shared/probe'
import type { RegressionLayer, RegressionResult, RegressionScore } from '@shared/regression'
import { UserError } from '@shared/userError'
import type { TensorToWrite } from '../checkpoints/writeSafetensors'
import { determination, pearson, ranks, spearman } from './scores/correlation'
import { ClusterResamples } from './scores/clusterResamples'
import type { ProbeItems } from './probeRunner'
import { fitRidge, predictRidge } from './solvers/ridge'

/** Items with a number each instead of a class; NaN for one that is left out. */
export type RegressionItems = ProbeItems & { values: Float32Array | null }

export interface RegressionInput {
  layers: readonly number[]
  width: number
  train: RegressionItems
  test: RegressionItems
  /** Whether a vector is [a; b; a * b], so that the cosine of a and b can be computed as well. */
  pairs: boolean
  options: { alpha: number; seed: number }
  job: JobHandle
}

export interface RegressionOutcome extends Pick<
  RegressionResult,
  'layers' | 'memoriser' | 'trainItems' | 'testItems' | 'clusters'
> {
  /** `gold` [test items] (NaN where left out) and `predictions` [layers, test items]. */
  tensors: Record<'gold' | 'predictions', TensorToWrite>
}

/**
 * Trains a ridge regression a layer on the training items and scores it on the test items.
 * @throws UserError when there is nothing to learn or nothing to test on
 */
export async function runRegression({
  layers,
  width,
  train,
  test,
  pairs,
  options,
  job
}: RegressionInput): Promise<RegressionOutcome> {
  const trainRows = rowsOf(train.values)
  const testRows = rowsOf(test.values)
  if (trainRows.length === 0)
    throw new UserError(
      'Nothing in the training split carries a number of this task; choose another split or another task.'
    )
  if (testRows.length < 2)
    throw new UserError(
      'Fewer than two items of the test split carry a number of this task; choose another split or another task.'
    )
  const targets = Float64Array.from(trainRows, (row) => train.values![row]!)
  const gold = Float64Array.from(testRows, (row) => test.values![row]!)
  const clusterOf = test.clusters?.of ?? test.sentences
  const resampled = new ClusterResamples(
    testRows.map((row) => clusterOf[row]!),
    options.seed
  )
  const results: RegressionLayer[] = []
  const predictions = new Float32Array(layers.length * test.items)
  for (const [index, layer] of layers.entries()) {
    job.progress(index, layers.length, `Layer ${layer}`)
    await job.yield()
    const probe = await fitRidge({ values: train.vectors(layer), width, rows: trainRows }, targets, options.alpha, job)
    await job.yield()
    const vectors = picked(test.vectors(layer), width, testRows)
    const predicted = predictRidge(probe, vectors)
    testRows.forEach((row, i) => (predictions[index * test.items + row] = predicted[i]!))
    const cosines = pairs ? cosinesOf(vectors, width / 3) : null
    results.push({
      layer,
      ...scoreOf(gold, predicted),
      ...intervalsOf(gold, predicted, resampled),
      ...(cosines ? { cosine: { pearson: pearson(gold, cosines), spearman: spearman(gold, cosines) } } : {})
    })
  }
  job.progress(layers.length, layers.length)
  return {
    layers: results,
    memoriser: memorised(train, trainRows, targets, test, testRows, gold),
    trainItems: trainRows.length,
    testItems: testRows.length,
    clusters: { by: test.clusters?.by ?? 'sentence', count: resampled.clusters },
    tensors: {
      gold: { shape: [test.items], data: test.values!.slice() },
      predictions: { shape: [layers.length, test.items], data: predictions }
    }
  }
}

function rowsOf(values: Float32Array | null): Int32Array {
  return Int32Array.from(
    Array.from(values ?? [], (value, row) => (Number.isNaN(value) ? -1 : row)).filter((row) => row >= 0)
  )
}

function picked(vectors: Float32Array, width: number, rows: Int32Array): Float32Array {
  const result = new Float32Array(rows.length * width)
  rows.forEach((row, i) => result.set(vectors.subarray(row * width, (row + 1) * width), i * width))
  return result
}

function scoreOf(gold: Float64Array, predicted: Float64Array): RegressionScore {
  return { r2: determination(gold, predicted), pearson: pearson(gold, predicted), spearman: spearman(gold, predicted) }
}

function memorised(
  train: RegressionItems,
  trainRows: Int32Array,
  targets: Float64Array,
  test: RegressionItems,
  testRows: Int32Array,
  gold: Float64Array
): RegressionScore {
  const sums = new Map<string, { sum: number; count: number }>()
  trainRows.forEach((row, i) => {
    const type = train.types[row]!
    const known = sums.get(type) ?? { sum: 0, count: 0 }
    sums.set(type, { sum: known.sum + targets[i]!, count: known.count + 1 })
  })
  const mean = targets.reduce((sum, value) => sum + value, 0) / targets.length
  return scoreOf(
    gold,
    Float64Array.from(testRows, (row) => {
      const known = sums.get(test.types[row]!)
      return known ? known.sum / known.count : mean
    })
  )
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

/** Intervals over the same resamples, whatever the layer. */
function intervalsOf(
  gold: Float64Array,
  predicted: Float64Array,
  resampled: ClusterResamples
): Pick<RegressionLayer, 'r2Interval' | 'pearsonInterval' | 'spearmanInterval'> {
  const ones = gold.map(() => 1)
  const squared = (values: Float64Array): Float64Array => values.map((value) => value * value)
  const correlation = (x: Float64Array, y: Float64Array): Interval =>
    resampled.interval(
      [ones, x, y, squared(x), squared(y), x.map((value, i) => value * y[i]!)],
      ([n, a, b, aa, bb, ab]) => {
        const variances = (aa! - (a! * a!) / n!) * (bb! - (b! * b!) / n!)
        return variances > 0 ? (ab! - (a! * b!) / n!) / Math.sqrt(variances) : 0
      }
    )
  const errors = gold.map((value, i) => (value - predicted[i]!) ** 2)
  return {
    r2Interval: resampled.interval([ones, gold, squared(gold), errors], ([n, sum, squares, missed]) => {
      const spread = squares! - (sum! * sum!) / n!
      return spread > 0 ? 1 - missed! / spread : 0
    }),
    pearsonInterval: correlation(gold, predicted),
    spearmanInterval: correlation(ranks(gold), ranks(predicted))
  }
}
