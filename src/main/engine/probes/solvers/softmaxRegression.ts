import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { extended, tensorNumber } from '../../backends/extendedBinding'
import { nativeProcessor } from '../../backends/nativeProcessor'
import { chooseRows, type ChosenRows } from './classCurvature'
import type { CurvatureFactors } from './kroneckerPreconditioner'
import { rowsPerStep } from './pace'
import { readOut } from './readOut'
import type { SoftmaxSums } from './softmaxKernel'
import { activeSoftmaxKernel } from './activeSoftmax'
import { standardisedRows, type SelectedRows, type Standardisation } from './standardise'

/** Rows, in multiples of the columns, that the curvature is estimated from; more make the preconditioner no better. */
const curvatureRows = 16

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
 * The data of softmax regressions that share their rows: standardised vectors X [rows, width] and label sets with the
 * same number of classes. Parameters are [classes, columns], columns = width + 1, the last one the intercepts. All sets
 * are evaluated side by side in one product with X each way, because passing over X is what an evaluation costs.
 */
export class SoftmaxRegression {
  private constructor(
    private readonly blocks: readonly Block[],
    private readonly labels: readonly Int32Array[],
    readonly classes: number,
    readonly width: number,
    readonly rows: number
  ) {}

  get columns(): number {
    return this.width + 1
  }

  /** The curvature is estimated from every n-th row. */
  private get every(): number {
    return Math.max(1, Math.floor(this.rows / (curvatureRows * this.columns)))
  }

  /** @param labels of every set, [rows], each in [0, classes) */
  static async load(
    data: SelectedRows,
    standardisation: Standardisation,
    labels: readonly Int32Array[],
    classes: number,
    job: JobHandle
  ): Promise<SoftmaxRegression> {
    const { width } = data
    const rows = data.rows.length
    const blocks: Block[] = []
    try {
      const perBlock = rowsPerStep(width, 4 * width * classes * labels.length)
      for (let from = 0; from < rows; from += perBlock) {
        if (from > 0) await job.yield()
        const to = Math.min(rows, from + perBlock)
        const x = standardisedRows(data, standardisation, from, to)
        blocks.push({ x, from, rows: to - from })
      }
      return new SoftmaxRegression(blocks, labels, classes, width, rows)
    } catch (error) {
      tf.dispose(blocks.map(({ x }) => x))
      throw error
    }
  }

  dispose(): void {
    tf.dispose(this.blocks.map(({ x }) => x))
  }

  /** @param points one for every set in `sets`, [classes, columns] each */
  async evaluate(sets: readonly number[], points: readonly Float64Array[], job: JobHandle): Promise<Evaluation[]> {
    const { classes, width } = this
    const kernel = activeSoftmaxKernel()
    const results = sets.map(() => ({ loss: 0, gradient: new Float64Array(classes * this.columns) }))
    const parameters = separate(points, classes, width)
    for (const { x, from, rows } of this.blocks) {
      if (from > 0) await job.yield()
      const labels = sets.map((set) => this.labels[set]!.subarray(from, from + rows))
      const sums = kernel({ x, labels, classes, ...parameters })
      results.forEach((result, s) => {
        result.loss += sums.losses[s]!
        addSums(result.gradient, sums, s, classes, width)
      })
    }
    return results
  }

  /** S of the Hessian's Kronecker approximation with equal weights of words: X'X, from a sample of the rows. */
  async featureFactor(job: JobHandle): Promise<Float64Array> {
    const sum = new Float64Array(this.columns ** 2)
    const native = nativeProcessor()
    if (native) {
      for (const { x, from } of this.blocks) {
        if (from > 0) await job.yield()
        const attributes = Object.entries({ first: firstFrom(from, this.every), step: this.every }).map(
          ([name, value]) => ({ name, type: native.binding.TF_ATTR_INT, value })
        )
        addTo(sum, readOut(native.executeSingleOutput('LayerscopeOuterProducts', attributes, [x])))
      }
    } else {
      for await (const x of this.sampled(job)) {
        addTo(sum, readOut(tf.tidy(() => tf.matMul(x, x, true, false))))
        x.dispose()
      }
    }
    const factor = this.rows / this.sampledRows
    return sum.map((value) => value * factor)
  }

  /** Both factors of the Hessian's Kronecker approximation at a point, from a sample of the rows. */
  async curvatureAt(point: Float64Array, job: JobHandle): Promise<CurvatureFactors> {
    const { classes, columns } = this
    const counts = new Float64Array(classes)
    const squares = new Float64Array(classes * classes)
    const features = new Float64Array(columns * columns)
    const parameters = tf.tidy(() => tf.transpose(tf.tensor2d(new Float32Array(point), [classes, columns])))
    try {
      for await (const x of this.sampled(job)) {
        const [count, square, weighted] = tf.tidy(() => {
          const p = tf.softmax(tf.matMul(x, parameters)) as Tensor2D
          const undecided = tf.sub(1, tf.sum(tf.square(p), 1, true))
          const scaled = tf.mul(x, tf.sqrt(tf.maximum(undecided, 0))) as Tensor2D
          return [tf.sum(p, 0), tf.matMul(p, p, true, false), tf.matMul(scaled, scaled, true, false)] as [
            Tensor,
            Tensor,
            Tensor
          ]
        })
        addTo(counts, readOut(count))
        addTo(squares, readOut(square))
        addTo(features, readOut(weighted))
        x.dispose()
      }
    } finally {
      parameters.dispose()
    }
    const n = this.sampledRows
    const means = squares.map((square, i) => ((i % (classes + 1) === 0 ? counts[i % classes]! : 0) - square) / n)
    let undecided = 0
    for (let k = 0; k < classes; k++) undecided += means[k * (classes + 1)]!
    const factor = this.rows / n / Math.max(undecided, 1e-12)
    return { classes: means, features: features.map((value) => value * factor) }
  }

  /**
   * Rows of every class to sum its curvature at a point up from, on native TensorFlow alone, and the tensor they are
   * rows of, which is not the caller's to dispose of where it holds all rows.
   */
  async classRows(point: Float64Array, job: JobHandle): Promise<{ x: Tensor2D; chosen: ChosenRows; dispose(): void }> {
    const { classes, width } = this
    const native = nativeProcessor()!
    const undecided = new Float32Array(classes * this.rows)
    const { weights, intercepts } = separate([point], classes, width)
    for (const { x, from } of this.blocks) {
      await job.yield()
      extended(native).undecidedSoftmax(tensorNumber(native, x), weights, intercepts, undecided, from)
    }
    const chosen = chooseRows(undecided, classes, this.columns)
    if (this.blocks.length === 1) return { x: this.blocks[0]!.x, chosen, dispose: () => undefined }
    const wanted = Int32Array.from(new Set(chosen.rows)).sort()
    const place = new Map(Array.from(wanted, (row, i) => [row, i]))
    const x = tf.tidy(() =>
      tf.concat(
        this.blocks.map(({ x: rows, from, rows: count }) => {
          const here = wanted.filter((row) => row >= from && row < from + count).map((row) => row - from)
          return tf.gather(rows, tf.tensor1d(here, 'int32'))
        }),
        0
      )
    ) as Tensor2D
    return { x, chosen: { ...chosen, rows: chosen.rows.map((row) => place.get(row)!) }, dispose: () => x.dispose() }
  }

  private get sampledRows(): number {
    return Math.ceil(this.rows / this.every)
  }

  /** Those rows with a 1 behind the last feature, some at a time: [rows, columns] each, the caller's to dispose of. */
  private async *sampled(job: JobHandle): AsyncGenerator<Tensor2D> {
    const { every, columns, width } = this
    const perSample = every * rowsPerStep(columns, 2 * columns * columns)
    for (const { x, from, rows } of this.blocks) {
      for (let at = firstFrom(from, every); at < rows; at += perSample) {
        await job.yield()
        yield tf.tidy(() => {
          const vectors = tf.stridedSlice(x, [at, 0], [Math.min(rows, at + perSample), width], [every, 1])
          return tf.concat([vectors, tf.ones([vectors.shape[0]!, 1])], 1) as Tensor2D
        })
      }
    }
  }
}

// The first multiple of `every` after row `from`.
function firstFrom(from: number, every: number): number {
  return (every - (from % every)) % every
}

// Points [classes, width + 1] one below the other, the intercepts apart.
function separate(
  points: readonly Float64Array[],
  classes: number,
  width: number
): { weights: Float32Array; intercepts: Float32Array } {
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
function addSums(
  target: Float64Array,
  { vectors, counts }: Pick<SoftmaxSums, 'vectors' | 'counts'>,
  set: number,
  classes: number,
  width: number
): void {
  for (let k = 0; k < classes; k++) {
    const from = (set * classes + k) * width
    const to = k * (width + 1)
    for (let j = 0; j < width; j++) target[to + j]! += vectors[from + j]!
    target[to + width]! += counts[set * classes + k]!
  }
}

function addTo(target: Float64Array, values: Float32Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += values[i]!
}
