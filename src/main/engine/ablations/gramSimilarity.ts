import * as tf from '@tensorflow/tfjs-core'
import type { Interval } from '@shared/probe'
import type { JobHandle } from '@shared/jobs'
import { centreLayer } from '../compare/centredLayer'
import { readOut } from '../probes/solvers/readOut'

/** Products of all pairs of rows of one layer, without the diagonal, and their sums by sentence. */
export interface Gram {
  rows: number
  /** Sentences that the rows are of. */
  sentences: number
  /** [rows], ascending from 0. */
  sentenceOf: Int32Array
  /** [rows, rows], 0 on the diagonal. */
  products: Float32Array
  /** Sums of the rows of a sentence, [sentences, rows], and of all of them, [rows]. */
  bySentence: Float64Array
  columns: Float64Array
}

/**
 * @param values [rows, width]; overwritten
 * @param sentenceOf of every row, ascending from 0
 */
export async function gramOf(
  values: Float32Array,
  width: number,
  sentenceOf: Int32Array,
  job: JobHandle
): Promise<Gram> {
  const rows = sentenceOf.length
  const sentences = rows ? sentenceOf[rows - 1]! + 1 : 0
  const { values: centred } = await centreLayer(values, width, job)
  const products = readOut(
    tf.tidy(() => {
      const x = tf.tensor2d(centred, [rows, width])
      return tf.matMul(x, tf.transpose(x))
    })
  )
  await job.yield()
  const bySentence = new Float64Array(sentences * rows)
  const columns = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    products[i * rows + i] = 0
    const offset = sentenceOf[i]! * rows
    for (let j = 0; j < rows; j++) {
      const product = products[i * rows + j]!
      bySentence[offset + j]! += product
      columns[j]! += product
    }
  }
  return { rows, sentences, sentenceOf, products, bySentence, columns }
}

/** n (n - 3) times the unbiased HSIC of two layers over the same rows, of all rows and with each sentence left out. */
export interface Hsic {
  all: number
  without: Float64Array
}

/**
 * Song et al. (2012), eq. 5, for linear kernels: sum KL + sum K sum L / ((n - 1)(n - 2)) - 2 / (n - 2) sum_j (sum_i
 * K_ij)(sum_i L_ij), diagonals left out. It does not depend on centring, so a sentence can be left out without
 * centring again.
 */
export function hsic(k: Gram, l: Gram): Hsic {
  const { rows, sentences, sentenceOf } = k
  // sum KL over pairs with one row in a sentence, and with both in it.
  const touching = new Float64Array(sentences)
  const inside = new Float64Array(sentences)
  const sumK = new Float64Array(sentences)
  const sumL = new Float64Array(sentences)
  const size = new Float64Array(sentences)
  for (let i = 0; i < rows; i++) {
    const s = sentenceOf[i]!
    size[s]!++
    for (let j = 0; j < rows; j++) {
      const both = k.products[i * rows + j]! * l.products[i * rows + j]!
      touching[s]! += both
      if (sentenceOf[j] === s) inside[s]! += both
    }
  }
  // sum K without a sentence: subtract its rows and its columns, and count their overlap once.
  let wholeK = 0
  let wholeL = 0
  for (let j = 0; j < rows; j++) {
    wholeK += k.columns[j]!
    wholeL += l.columns[j]!
    const s = sentenceOf[j]!
    sumK[s]! += 2 * k.columns[j]! - k.bySentence[s * rows + j]!
    sumL[s]! += 2 * l.columns[j]! - l.bySentence[s * rows + j]!
  }
  const whole = touching.reduce((sum, value) => sum + value, 0)
  const cross = (excluded: number): number => {
    let sum = 0
    for (let j = 0; j < rows; j++) {
      if (sentenceOf[j] === excluded) continue
      const gone = excluded * rows + j
      sum +=
        excluded < 0
          ? k.columns[j]! * l.columns[j]!
          : (k.columns[j]! - k.bySentence[gone]!) * (l.columns[j]! - l.bySentence[gone]!)
    }
    return sum
  }
  const estimate = (n: number, both: number, ofK: number, ofL: number, crossed: number): number =>
    n > 3 ? both + (ofK * ofL) / ((n - 1) * (n - 2)) - (2 / (n - 2)) * crossed : NaN
  return {
    all: estimate(rows, whole, wholeK, wholeL, cross(-1)),
    without: Float64Array.from({ length: sentences }, (_, s) =>
      estimate(rows - size[s]!, whole - 2 * touching[s]! + inside[s]!, wholeK - sumK[s]!, wholeL - sumL[s]!, cross(s))
    )
  }
}

/**
 * Debiased linear CKA (Kornblith et al. 2019 with the estimator of Song et al. 2012) from the three HSICs, with a 95 %
 * interval by the jackknife over sentences (Efron & Tibshirani 1993, ch. 11): resampling with replacement would put
 * copies of a row next to it, which the estimator would count as similarity. NaN if a layer has no variance.
 */
export function similarityOf(cross: Hsic, own: Hsic, other: Hsic): { value: number; interval: Interval } {
  const cka = (xy: number, xx: number, yy: number): number => (xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : NaN)
  const value = cka(cross.all, own.all, other.all)
  const estimates = Array.from(cross.without, (xy, s) => cka(xy, own.without[s]!, other.without[s]!)).filter(
    (one) => !Number.isNaN(one)
  )
  const count = estimates.length
  const mean = estimates.reduce((sum, estimate) => sum + estimate, 0) / count
  const squares = estimates.reduce((sum, estimate) => sum + (estimate - mean) ** 2, 0)
  const half = count > 1 ? 1.959963984540054 * Math.sqrt(((count - 1) / count) * squares) : 0
  return { value, interval: [value - half, Math.min(1, value + half)] }
}
