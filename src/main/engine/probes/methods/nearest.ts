import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { probeMethod, type TrainedProbe } from './method'
import { NetworkInput } from '../solvers/networkInput'

/**
 * k nearest neighbours, exact: the classes of the k nearest training items, every one with the same weight, as
 * scikit-learn's `KNeighborsClassifier`; of classes with as many votes the first in the order given, which is
 * alphabetical there. Vectors are standardised. Distances are compared by products in single precision.
 */
export const nearestMethod = probeMethod('knn', {
  solver: 'k nearest neighbours, exact',
  drawn: false,
  seconds: ({ trainWords, testWords, width, flops }) => (2 * testWords * trainWords * width) / flops,
  async fit({ data, labels, classes, options, job, onProgress }) {
    const input = await NetworkInput.load(data, (measured) => measured, job)
    const k = Math.min(options.k, input.rows)
    // Shared by the label sets, so given back once, by the last of them.
    const training = tf.tidy(() => {
      const vectors = options.metric === 'cosine' ? unitRows(input.vectors) : input.vectors
      return { columns: tf.keep(tf.transpose(vectors) as Tensor2D), squares: tf.keep(tf.sum(tf.square(vectors), 1)) }
    })
    input.dispose()
    const { mean, scale } = input.standardisations[0]!
    const nearest = (x: Tensor2D): Tensor2D => {
      const standardised = tf.div(
        tf.sub(x, tf.tensor1d(new Float32Array(mean))),
        tf.tensor1d(new Float32Array(scale))
      ) as Tensor2D
      // |a - b|^2 = |a|^2 - 2 ab + |b|^2, and |a| is the same for all b.
      const near =
        options.metric === 'cosine'
          ? tf.matMul(unitRows(standardised), training.columns)
          : tf.sub(tf.mul(tf.matMul(standardised, training.columns), 2), training.squares)
      return tf.topk(near as Tensor2D, k).indices
    }
    let left = labels.length
    onProgress(1)
    return labels.map((ids): TrainedProbe => ({
      classes,
      network: null,
      operationsPerRow: 4 * data.width * input.rows,
      probabilities: ([x]) => {
        const votes = nearest(x!).dataSync<'int32'>()
        const shares = new Float32Array(x!.shape[0] * classes)
        votes.forEach((item, i) => (shares[Math.floor(i / k) * classes + ids[item]!]! += 1 / k))
        return tf.tensor2d(shares, [x!.shape[0], classes])
      },
      iterations: 0,
      converged: true,
      loss: 0,
      dispose: () => {
        if (--left === 0) tf.dispose([training.columns, training.squares])
      }
    }))
  }
})

function unitRows(vectors: Tensor2D): Tensor2D {
  return tf.div(vectors, tf.maximum(tf.norm(vectors, 2, 1, true), 1e-12)) as Tensor2D
}
