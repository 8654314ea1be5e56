import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import type { CurvatureFactors } from './kroneckerPreconditioner'
import { readOut } from './readOut'
import { activeRegressionKernel, type RegressionSums } from './regressionKernel'
import { standardisedRows, type SelectedRows, type Standardisation } from './standardise'

/** Elements of one block of rows, 64 MB: small enough that others get their turn between blocks, large enough that the products stay efficient. */
const blockElements = 1 << 24

/** Rows, in multiples of the columns, that the curvature is estimated from; more make the preconditioner no better. */
const curvatureRows = 16

/** Operations that may pass before others get their turn. */
const stretch = 5e9

interface Block {
  x: Tensor2D
  from: number
  rows: number
}

/** Loss and gradient of one label set, without the penalty. */
export interface Evaluation {
  /** Sum over the rows of -log p(label). */
  loss: number
  /** [classes, columns] */
  gradient: Float64Array
}

/**
 * The data of softmax regressions that share their rows: standardised vectors X [rows, width] and label sets with the same number of classes.
 * Parameters are [classes, columns], columns = width + 1, the last one the intercepts. All sets are evaluated side by side in one product with X
 * each way, because passing over X is what an evaluation costs.
 */
export class SoftmaxRegression {
  private constructor(
    private readonly blocks: readonly Block[],
    /** [some rows, columns] */
    private readonly sample: Tensor2D,
    private readonly labels: readonly Int32Array[],
    /** Y'X of every set, [classes, columns]: what P'X is held against. */
    private readonly targets: readonly Float64Array[],
    readonly classes: number,
    readonly width: number,
    readonly rows: number
  ) {}

  get columns(): number {
    return this.width + 1
  }

  /** @param labels of every set, [rows], each in [0, classes) */
  static async load(data: SelectedRows, standardisation: Standardisation, labels: readonly Int32Array[], classes: number, job: JobHandle): Promise<SoftmaxRegression> {
    const { width } = data
    const rows = data.rows.length
    const perBlock = Math.max(1, Math.floor(blockElements / width))
    const blocks: Block[] = []
    const targets = labels.map(() => new Float64Array(classes * (width + 1)))
    try {
      for (let from = 0; from < rows; from += perBlock) {
        if (from > 0) await job.yield()
        const to = Math.min(rows, from + perBlock)
        const x = standardisedRows(data, standardisation, from, to)
        blocks.push({ x, from, rows: to - from })
        labels.forEach((set, s) => {
          const indicator = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(set.subarray(from, to), 'int32'), classes), 'float32')) as Tensor2D
          addSums(targets[s]!, { vectors: readOut(tf.matMul(indicator, x, true, false)), counts: readOut(tf.sum(indicator, 0)) }, 0, classes, width)
          indicator.dispose()
        })
      }
      const every = Math.max(1, Math.floor(rows / (curvatureRows * (width + 1))))
      const sample = tf.tidy(() => {
        const vectors = standardisedRows(data, standardisation, 0, rows, every)
        return tf.concat([vectors, tf.ones([vectors.shape[0], 1])], 1) as Tensor2D
      })
      return new SoftmaxRegression(blocks, sample, labels, targets, classes, width, rows)
    } catch (error) {
      blocks.forEach(({ x }) => x.dispose())
      throw error
    }
  }

  dispose(): void {
    this.blocks.forEach(({ x }) => x.dispose())
    this.sample.dispose()
  }

  /** @param points one for every set in `sets`, [classes, columns] each */
  async evaluate(sets: readonly number[], points: readonly Float64Array[], job: JobHandle): Promise<Evaluation[]> {
    const { classes, width } = this
    const kernel = activeRegressionKernel()
    const results = sets.map((set) => ({ loss: 0, gradient: this.targets[set]!.map((value) => -value) }))
    const parameters = separate(points, classes, width)
    let work = 0
    for (const { x, from, rows } of this.blocks) {
      if (work >= stretch) {
        await job.yield()
        work = 0
      }
      work += 4 * rows * width * sets.length * classes
      const labels = sets.map((set) => this.labels[set]!.subarray(from, from + rows))
      const sums = kernel({ x, labels, classes, ...parameters })
      results.forEach((result, s) => {
        result.loss += sums.losses[s]!
        addSums(result.gradient, sums, s, classes, width)
      })
    }
    return results
  }

  /** S of the Hessian's Kronecker approximation with every word alike: X'X, from a sample of the rows. */
  featureFactor(): Float64Array {
    return Float64Array.from(readOut(tf.tidy(() => tf.mul(tf.matMul(this.sample, this.sample, true, false), this.rows / this.sample.shape[0]))))
  }

  /** Both factors of the Hessian's Kronecker approximation at a point, from a sample of the rows. */
  curvatureAt(point: Float64Array): CurvatureFactors {
    const { sample, classes, width } = this
    const [sampled] = sample.shape
    const [classFactor, featureFactor] = tf.tidy(() => {
      const parameters = tf.tensor2d(Float32Array.from(point), [classes, width + 1])
      const p = tf.softmax(tf.matMul(sample, tf.transpose(parameters))) as Tensor2D
      const undecided = tf.sub(1, tf.sum(tf.square(p), 1, true))
      const mean = tf.maximum(tf.mean(undecided), 1e-12)
      const weighted = tf.mul(sample, tf.sqrt(tf.div(undecided, mean))) as Tensor2D
      const squares = tf.matMul(p, p, true, false)
      return [
        tf.div(tf.sub(tf.mul(tf.eye(classes), tf.sum(p, 0)), squares), sampled),
        tf.mul(tf.matMul(weighted, weighted, true, false), this.rows / sampled)
      ] as [Tensor, Tensor]
    })
    return { classes: Float64Array.from(readOut(classFactor)), features: Float64Array.from(readOut(featureFactor)) }
  }
}

// Points [classes, width + 1] one below the other, the intercepts apart.
function separate(points: readonly Float64Array[], classes: number, width: number): { weights: Float32Array; intercepts: Float32Array } {
  const weights = new Float32Array(points.length * classes * width)
  const intercepts = new Float32Array(points.length * classes)
  points.forEach((point, s) => {
    for (let k = 0; k < classes; k++) {
      const from = k * (width + 1)
      weights.set(point.subarray(from, from + width), (s * classes + k) * width)
      intercepts[s * classes + k] = point[from + width]!
    }
  })
  return { weights, intercepts }
}

// Adds one set's part of sums over rows to [classes, width + 1].
function addSums(target: Float64Array, { vectors, counts }: Pick<RegressionSums, 'vectors' | 'counts'>, set: number, classes: number, width: number): void {
  for (let k = 0; k < classes; k++) {
    const from = (set * classes + k) * width
    const to = k * (width + 1)
    for (let j = 0; j < width; j++) target[to + j]! += vectors[from + j]!
    target[to + width]! += counts[set * classes + k]!
  }
}
