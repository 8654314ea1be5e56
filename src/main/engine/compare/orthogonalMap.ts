import * as tf from '@tensorflow/tfjs-core'

/** Steps that lift a singular value of 1e-8 of the largest to 1. */
const mostSteps = 60
/** Weight of the identity, as a share of the product's norm: so little that directions of the points ignore it. */
const staying = 1e-5
/** Root mean square change of an entry below which the iteration has converged, in single precision. */
const still = 1e-7

/**
 * The orthogonal map that takes points nearest to their partners in the mean square (Schönemann 1966): with the
 * singular value decomposition first^T second = U S V^T it is U V^T. That is the orthogonal factor of the product's
 * polar decomposition, which Newton and Schulz's iteration finds by products of matrices alone (Higham 2008, Functions
 * of Matrices, section 8.3). The measure of similarity (procrustes.ts) needs singular values and no map; points of the
 * plane have a closed form (shared/projection/align.ts).
 * @param first [points, widthA], @param second [points, widthB]; the tensors stay the caller's
 * @param sameSpace whether both are vectors of one space: then directions that the points do not span stay where they
 * are; otherwise their map is arbitrary
 * @returns [widthA, widthB]; its rows or columns, whichever are fewer, are orthonormal. The caller disposes of it
 */
export function orthogonalMap(first: tf.Tensor2D, second: tf.Tensor2D, sameSpace = false): tf.Tensor2D {
  let factor = tf.tidy(() => {
    const product = tf.matMul(first, second, true)
    const scaled = tf.divNoNan(product, tf.norm(product)) as tf.Tensor2D
    const identity = tf.eye(first.shape[1])
    return sameSpace ? (tf.add(scaled, tf.mul(identity, staying)) as tf.Tensor2D) : scaled
  })
  const wide = factor.shape[0] > factor.shape[1]
  for (let step = 0; step < mostSteps; step++) {
    const [next, change] = tf.tidy(() => {
      const cubed = wide
        ? tf.matMul(factor, tf.matMul(factor, factor, true))
        : tf.matMul(tf.matMul(factor, factor, false, true), factor)
      const next = tf.sub(tf.mul(factor, 1.5), tf.mul(cubed, 0.5)) as tf.Tensor2D
      return [next, tf.sqrt(tf.mean(tf.square(tf.sub(next, factor))))]
    })
    const [moved] = change.dataSync()
    tf.dispose([factor, change])
    factor = next
    if (moved! < still) break
  }
  return factor
}
