import * as tf from '@tensorflow/tfjs-core'
import { similarityMeasures } from '@shared/compare'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { readOut } from '../probes/solvers/readOut'
import type { LayerStack } from './cka'

/** Words whose pairs are compared: half a million pairs. */
const mostRsaWords = similarityMeasures.rsa.mostWords

/** A correlation of distances needs at least three of them. */
const fewestWords = 3

/**
 * Representational similarity analysis (Kriegeskorte, Mur & Bandettini 2008) of every layer of `a` with every layer of
 * `b`: of each layer the dissimilarity of every two words, 1 minus Pearson's correlation of their vectors, and
 * Spearman's correlation of the dissimilarities of two layers.
 * @returns [a.count, b.count], row-major; NaN if a layer gives every two words the same dissimilarity
 * @throws UserError for too few words, or more than `mostRsaWords`
 */
export async function representationalSimilarity(
  a: LayerStack,
  b: LayerStack,
  { words, same }: { words: number; same: boolean },
  job: JobHandle
): Promise<Float32Array> {
  if (words < fewestWords || words > mostRsaWords)
    throw new UserError(
      `RSA compares pairs of ${fewestWords} to ${mostRsaWords.toLocaleString('en')} words, not of ${words}; ` +
        'choose another number of words.'
    )
  const total = same ? a.count : a.count + b.count
  let done = 0
  const ranked = async (stack: LayerStack): Promise<(Float32Array | null)[]> => {
    const layers: (Float32Array | null)[] = []
    for (let layer = 0; layer < stack.count; layer++) {
      job.progress(done++, total, 'Comparing layers')
      await job.yield()
      layers.push(standardised(averageRanks(dissimilarities(stack.read(layer), stack.width, words))))
    }
    return layers
  }
  const ofA = await ranked(a)
  const ofB = same ? ofA : await ranked(b)
  const values = new Float32Array(a.count * b.count).fill(NaN)
  for (const [i, x] of ofA.entries()) {
    await job.yield()
    for (const [j, y] of ofB.entries()) if (x && y) values[i * b.count + j] = same && i === j ? 1 : product(x, y)
  }
  return values
}

/** 1 minus the correlation of every two words' vectors, [words (words - 1) / 2]; 1 for a vector without variance. */
function dissimilarities(vectors: Float32Array, width: number, words: number): Float32Array {
  const correlations = readOut(
    tf.tidy(() => {
      const rows = tf.tensor2d(vectors, [words, width])
      const centred = tf.sub(rows, tf.mean(rows, 1, true))
      const length = tf.norm(centred, 'euclidean', 1, true)
      const directions = tf.divNoNan(centred, length)
      return tf.matMul(directions, directions, false, true)
    })
  )
  const pairs = new Float32Array((words * (words - 1)) / 2)
  let at = 0
  for (let i = 0; i < words; i++) for (let j = i + 1; j < words; j++) pairs[at++] = 1 - correlations[i * words + j]!
  return pairs
}

/** Ranks from 0; equal values share the mean of theirs. */
function averageRanks(values: Float32Array): Float32Array {
  const sorted = values.slice().sort()
  return values.map((value) => (firstAtLeast(sorted, value) + firstAbove(sorted, value) - 1) / 2)
}

function firstAtLeast(sorted: Float32Array, value: number): number {
  return placeOf(sorted, (other) => other >= value)
}

function firstAbove(sorted: Float32Array, value: number): number {
  return placeOf(sorted, (other) => other > value)
}

function placeOf(sorted: Float32Array, reached: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (reached(sorted[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}

/** Mean 0 and length 1; null without variance. */
function standardised(values: Float32Array): Float32Array | null {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const length = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0))
  return length > 0 ? values.map((value) => (value - mean) / length) : null
}

function product(x: Float32Array, y: Float32Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!
  return sum
}
