import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { seededRandom, type Random } from '@shared/random'
import type { Trainable } from '../solvers/minibatches'
import { readOut } from '../solvers/readOut'
import type { SentenceTree } from './trees'

export const structuralGoals = ['distance', 'depth'] as const
export type StructuralGoal = (typeof structuralGoals)[number]

/** Start of the projection, uniform within it, as in the authors' code. */
const startingBound = 0.05

/**
 * The structural probe (Hewitt & Manning 2019): a matrix B [width, rank] under which squared distances of word vectors
 * are distances in the tree (section 2.2), or squared lengths depths (section 2.3). Its loss is the mean over sentences
 * of the sum over pairs of words of
 * |d(i, j) - |B(h_i - h_j)|^2| / words^2, for depths the sum over words of |depth(i) - |B h_i|^2| / words.
 */
export class StructuralProbe implements Trainable {
  readonly parameters: readonly [Float32Array]

  /** @param vectors [items, width]; the trees' rows are places in it */
  constructor(
    private readonly vectors: Tensor2D,
    private readonly trees: readonly SentenceTree[],
    readonly goal: StructuralGoal,
    readonly rank: number,
    seed: number
  ) {
    const random: Random = seededRandom(seed)
    this.parameters = [
      Float32Array.from({ length: vectors.shape[1] * rank }, () => startingBound * (2 * random.next() - 1))
    ]
  }

  get projection(): Float32Array {
    return this.parameters[0]
  }

  loss(examples: Int32Array): number {
    const trees = Array.from(examples, (i) => this.trees[i]!)
    return this.sentencesLoss(trees, readOut(tf.tidy(() => tf.matMul(this.rowsOf(trees), this.matrix()))), null)
  }

  gradients(examples: Int32Array): { loss: number; gradients: Float32Array[] } {
    const trees = Array.from(examples, (i) => this.trees[i]!)
    let loss = 0
    const gradient = tf.tidy(() => {
      const rows = this.rowsOf(trees)
      const projected = tf.matMul(rows, this.matrix()).dataSync<'float32'>()
      const back = new Float32Array(projected.length)
      loss = this.sentencesLoss(trees, projected, back)
      return tf.matMul(rows, tf.tensor2d(back, [back.length / this.rank, this.rank]), true, false)
    })
    return { loss, gradients: [readOut(gradient)] }
  }

  private matrix(): Tensor2D {
    return tf.tensor2d(this.projection, [this.vectors.shape[1], this.rank])
  }

  private rowsOf(trees: readonly SentenceTree[]): Tensor2D {
    const rows = new Int32Array(trees.reduce((sum, tree) => sum + tree.rows.length, 0))
    let at = 0
    for (const tree of trees) {
      rows.set(tree.rows, at)
      at += tree.rows.length
    }
    return tf.gather(this.vectors, tf.tensor1d(rows, 'int32'))
  }

  // Of projected words [words of all trees, rank]; into `back` goes the gradient by them.
  private sentencesLoss(trees: readonly SentenceTree[], projected: Float32Array, back: Float32Array | null): number {
    let sum = 0
    let from = 0
    for (const tree of trees) {
      const part = projected.subarray(from, from + tree.rows.length * this.rank)
      const partBack = back && back.subarray(from, from + part.length)
      sum += (this.goal === 'distance' ? distanceLoss : depthLoss)(tree, part, this.rank, trees.length, partBack)
      from += part.length
    }
    return sum / trees.length
  }
}

function distanceLoss(
  tree: SentenceTree,
  projected: Float32Array,
  rank: number,
  sentences: number,
  back: Float32Array | null
): number {
  const words = tree.rows.length
  const weight = 1 / words ** 2
  let sum = 0
  for (let i = 0; i < words; i++) {
    for (let j = 0; j < i; j++) {
      const difference = squaredDistance(projected, i * rank, j * rank, rank) - tree.distances[i * words + j]!
      // Every pair counts twice, once in each order.
      sum += 2 * Math.abs(difference)
      if (!back || difference === 0) continue
      const slope = (4 * Math.sign(difference) * weight) / sentences
      for (let k = 0; k < rank; k++) {
        const step = slope * (projected[i * rank + k]! - projected[j * rank + k]!)
        back[i * rank + k]! += step
        back[j * rank + k]! -= step
      }
    }
  }
  return sum * weight
}

function depthLoss(
  tree: SentenceTree,
  projected: Float32Array,
  rank: number,
  sentences: number,
  back: Float32Array | null
): number {
  const words = tree.rows.length
  let sum = 0
  for (let i = 0; i < words; i++) {
    let length = 0
    for (let k = 0; k < rank; k++) length += projected[i * rank + k]! ** 2
    const difference = length - tree.depths[i]!
    sum += Math.abs(difference)
    if (!back) continue
    const slope = (2 * Math.sign(difference)) / words / sentences
    for (let k = 0; k < rank; k++) back[i * rank + k] = slope * projected[i * rank + k]!
  }
  return sum / words
}

function squaredDistance(values: Float32Array, a: number, b: number, rank: number): number {
  let sum = 0
  for (let k = 0; k < rank; k++) sum += (values[a + k]! - values[b + k]!) ** 2
  return sum
}

/** Squared distances between all words of one sentence, [words, words], from projected words [words, rank]. */
export function predictedDistances(projected: Float32Array, rank: number): Float32Array {
  const words = projected.length / rank
  const distances = new Float32Array(words * words)
  for (let i = 0; i < words; i++) {
    for (let j = 0; j < i; j++)
      distances[i * words + j] = distances[j * words + i] = squaredDistance(projected, i * rank, j * rank, rank)
  }
  return distances
}

/** Squared lengths of projected words [words, rank]. */
export function predictedDepths(projected: Float32Array, rank: number): Float32Array {
  return Float32Array.from({ length: projected.length / rank }, (_, i) =>
    projected.subarray(i * rank, (i + 1) * rank).reduce((sum, value) => sum + value ** 2, 0)
  )
}
