import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { readOut } from '../probes/solvers/readOut'
import { centreLayer } from './centredLayer'
import { crossProduct, ownProduct, singularValues, transposed, wide, type Matrix } from './crossProducts'
import type { PairMeasure } from './layerPairs'
import { spectrumOf } from './spectrum'

/** Share of the variance that SVCCA keeps. */
const keptVariance = 0.99

/** Directions of a variance below this share of the largest are rounding. */
const leastVariance = 1e-10

/**
 * SVCCA (Raghu et al. 2017): of each layer the principal directions that hold 99 % of the variance, and the mean of the
 * canonical correlations between them.
 */
export const svcca: PairMeasure<Matrix> = {
  symmetric: true,
  async prepare(values, width, job) {
    const layer = await centreLayer(values, width, job)
    if (layer.squares === 0) return null
    return orthonormal({ values: layer.values, rows: layer.words, columns: width }, keptVariance, job)
  },
  async compare(x, y, job) {
    return meanOf((await singularValues(wide(await crossProduct(x, y, job)), false, job)).values.map(correlation))
  }
}

/** A layer as PWCCA needs it: orthonormal directions over the words, and their products with the features. */
interface Weighable {
  directions: Matrix
  /** [directions, features] */
  loadings: Matrix
}

/**
 * Projection-weighted CCA (Morcos et al. 2018, section 3): the mean of all canonical correlations, each weighted by how
 * much of the features its canonical variable makes up: sum_j |<h_i, x_j>|. As in the authors' program, the features
 * are those of the layer with fewer directions, of the first if they have equally many.
 */
export const pwcca: PairMeasure<Weighable> = {
  symmetric: false,
  async prepare(values, width, job) {
    const layer = await centreLayer(values, width, job)
    if (layer.squares === 0) return null
    const features = { values: layer.values, rows: layer.words, columns: width }
    // Canonical correlations do not depend on the scale of a feature; unit variances keep small ones exact.
    const directions = await orthonormal(standardised(features), 1, job)
    return { directions, loadings: await crossProduct(directions, features, job) }
  },
  async compare(first, second, job) {
    const [x, y] = first.directions.columns <= second.directions.columns ? [first, second] : [second, first]
    const { values, vectors } = await singularValues(await crossProduct(x.directions, y.directions, job), true, job)
    const { loadings } = x
    const size = loadings.rows
    const weights = readOut(
      tf.tidy(() => {
        const turn = tf.tensor2d(Float32Array.from(vectors!), [size, size])
        return tf.sum(tf.abs(tf.matMul(turn, tf.tensor2d(loadings.values, [size, loadings.columns]))), 1)
      })
    )
    await job.yield()
    let [sum, total] = [0, 0]
    weights.forEach((weight, i) => {
      sum += weight * correlation(values[i]!)
      total += weight
    })
    return sum / total
  }
}

/** Orthonormal columns, [rows, k], that span the directions holding a share of the variance. */
async function orthonormal(features: Matrix, share: number, job: JobHandle): Promise<Matrix> {
  const { rows, columns } = features
  const { values, vectors } = await spectrumOf(await ownProduct(features, job), columns, { vectors: true }, job)
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0)
  let [kept, held] = [0, 0]
  while (kept < columns && values[kept]! > leastVariance * values[0]! && (share === 1 || held < share * total))
    held += values[kept++]!
  // [columns, kept]
  const map = new Float32Array(columns * kept)
  for (let k = 0; k < kept; k++)
    for (let c = 0; c < columns; c++) map[c * kept + k] = vectors![k * columns + c]! / Math.sqrt(values[k]!)
  const turned = { values: transposed(features), rows: columns, columns: rows }
  return crossProduct(turned, { values: map, rows: columns, columns: kept }, job)
}

/** Every feature with a sum of squares of 1; those without variance stay 0. */
function standardised({ values, rows, columns }: Matrix): Matrix {
  const squares = new Float64Array(columns)
  values.forEach((value, i) => (squares[i % columns]! += value * value))
  const most = squares.reduce((a, b) => Math.max(a, b), 0)
  const scale = squares.map((sum) => (sum > leastVariance * most * 1e-4 ? 1 / Math.sqrt(sum) : 0))
  return { values: values.map((value, i) => value * scale[i % columns]!), rows, columns }
}

/** Rounding can bring a correlation above 1. */
function correlation(value: number): number {
  return Math.min(1, value)
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
