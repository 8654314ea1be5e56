import { silentJob, type JobHandle } from '../jobs'
import type { Metric } from '../projection'
import { UserError } from '../userError'
import { nearestNeighbours } from './knn'
import { prepareVectors } from './metric'
import { plainProducts, type MakePairwiseProducts } from './pairwiseProducts'

export interface TrustworthinessOptions {
  /** How many neighbours in the layout are judged. */
  neighbours: number
  /** Metric of the original space; the layout's own is Euclidean. */
  metric: Metric
  products?: MakePairwiseProducts
  job?: Pick<JobHandle, 'progress' | 'yield'>
}

/**
 * Trustworthiness of a layout, from 0 to 1: 1 minus the normalised sum, over the k nearest points in the layout that
 * are not among the k nearest in the original space, of how far beyond k they rank there (Venna & Kaski 2001, equation
 * 1; the same number as scikit-learn's `trustworthiness`). Near 1, points that are close in the picture are close in
 * the model.
 *
 * `vectors` is [n, width], `layout` [n, 2]. Points at equal original distances share the better rank. Distances come
 * from products in single precision, so points within rounding of each other can change places: a change of some 1e-6.
 */
export async function trustworthiness(
  vectors: Float32Array,
  count: number,
  width: number,
  layout: Float32Array,
  { neighbours: k, metric, products: makeProducts = plainProducts, job = silentJob() }: TrustworthinessOptions
): Promise<number> {
  if (2 * k >= count) {
    throw new UserError(
      `Trustworthiness at ${k} neighbours is defined for more than ${2 * k} points; there are ${count}.`
    )
  }
  const near = await nearestNeighbours(layout, count, 2, { k, metric: 'euclidean' })
  const { vectors: prepared, squares } = prepareVectors(vectors, count, width, metric)
  const products = makeProducts(prepared, count, width)
  let excess = 0
  try {
    for (let rowStart = 0; rowStart < count; rowStart += products.rowsPerBlock) {
      const rowEnd = Math.min(rowStart + products.rowsPerBlock, count)
      const block = await products.multiply({ rowStart, rowEnd, columnStart: 0, columnEnd: count })
      const scores = new Float64Array(count)
      for (let row = rowStart; row < rowEnd; row++) {
        // The squared distance but for the row's own square, which does not change the order.
        for (let column = 0; column < count; column++)
          scores[column] = squares[column]! - 2 * block[(row - rowStart) * count + column]!
        scores[row] = Infinity
        for (let i = 0; i < k; i++) excess += Math.max(0, rankOf(scores, near.indices[row * k + i]!) - k)
      }
      job.progress(rowEnd, count)
      await job.yield()
    }
  } finally {
    products.dispose?.()
  }
  return 1 - (excess * 2) / (count * k * (2 * count - 3 * k - 1))
}

/** Place of a point by ascending score, the first one 1. */
function rankOf(scores: Float64Array, point: number): number {
  const score = scores[point]!
  let rank = 1
  for (let other = 0; other < scores.length; other++) if (scores[other]! < score) rank++
  return rank
}
