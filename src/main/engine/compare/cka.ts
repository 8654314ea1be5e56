import * as tf from '@tensorflow/tfjs-core'
import type { CkaEstimator } from '@shared/compare'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { rowsPerStep } from '../probes/solvers/pace'
import { readOut } from '../probes/solvers/readOut'
import { centreLayer, LayerBlocks, type CentredLayer } from './centredLayer'

/** The layers of one model over the compared words. */
export interface LayerStack {
  /** Number of layers, embeddings included. */
  count: number
  width: number
  /** [words, width] of one layer; the caller may overwrite the array. */
  read(layer: number): Float32Array
}

export interface CkaOptions {
  words: number
  estimator: CkaEstimator
  /** The two stacks are of the same model: one half is computed. */
  same: boolean
  /** Bytes of layers held at a time; more layers are processed in turns, and the others read again. */
  heldBytes?: number
}

const usualHeldBytes = 512 * 2 ** 20

/** The debiased estimate divides by words - 3. */
const fewestWords = { biased: 2, debiased: 4 } as const

/**
 * Linear CKA of every layer of `a` with every layer of `b` over the same words (Kornblith et al. 2019, eq. 5 with the
 * linear kernel):
 * ||Y'X||F^2 / (||X'X||F ||Y'Y||F) with centred features. Computed from feature-by-feature products, so that the words
 * may be many.
 * @returns [a.count, b.count], row-major; NaN if a layer has no variance
 * @throws UserError for too few words
 */
export async function linearCka(
  a: LayerStack,
  b: LayerStack,
  { words, estimator, same, heldBytes = usualHeldBytes }: CkaOptions,
  job: JobHandle
): Promise<Float32Array> {
  if (words < fewestWords[estimator]) {
    throw new UserError(
      `Comparing layers needs at least ${fewestWords[estimator]} words; only ${words} have a vector in both ` +
        'models. Take more words.'
    )
  }
  const rows = rowsPerStep(Math.max(a.width, b.width), 2 * Math.max(a.width, b.width) ** 2)
  const values = new Float32Array(a.count * b.count).fill(NaN)
  const held = Math.max(1, Math.floor(heldBytes / (words * a.width * 4)))
  const ownA = new Float64Array(a.count)
  const ownB = new Float64Array(b.count)
  const total = same ? (a.count * (a.count + 1)) / 2 : (a.count + 1) * (b.count + 1) - 1
  let done = 0
  const step = async (): Promise<void> => {
    job.progress(++done, Math.max(done, total), 'Comparing layers')
    await job.yield()
  }
  for (let first = 0; first < a.count; first += held) {
    const columns: LayerBlocks[] = []
    try {
      for (let i = first; i < Math.min(a.count, first + held); i++) {
        const layer = await centreLayer(a.read(i), a.width, job)
        columns.push(LayerBlocks.columns(layer, rows))
        ownA[i] = await withRows(layer, rows, (own) => similarity(columns.at(-1)!, own, estimator, job))
        await step()
      }
      if (same) for (let i = first; i < first + columns.length; i++) ownB[i] = ownA[i]!
      for (let j = same ? first : 0; j < b.count; j++) {
        await withRows(await centreLayer(b.read(j), b.width, job), rows, async (other) => {
          if (first === 0 && !same) {
            ownB[j] = await ownSimilarity(other.layer, rows, estimator, job)
            await step()
          } else if (same && j >= first + columns.length)
            ownB[j] = await ownSimilarity(other.layer, rows, estimator, job)
          for (const [k, column] of columns.entries()) {
            const i = first + k
            if (same && j <= i) {
              if (j === i) values[i * b.count + j] = ownA[i]! > 0 ? 1 : NaN
              continue
            }
            const cka = normalised(await similarity(column, other, estimator, job), ownA[i]!, ownB[j]!)
            values[i * b.count + j] = cka
            if (same) values[j * b.count + i] = cka
            await step()
          }
        })
      }
    } finally {
      columns.forEach((column) => column.dispose())
    }
  }
  return values
}

async function withRows<T>(layer: CentredLayer, rows: number, work: (blocks: LayerBlocks) => Promise<T>): Promise<T> {
  const blocks = LayerBlocks.rows(layer, rows)
  try {
    return await work(blocks)
  } finally {
    blocks.dispose()
  }
}

async function ownSimilarity(
  layer: CentredLayer,
  rows: number,
  estimator: CkaEstimator,
  job: JobHandle
): Promise<number> {
  const columns = LayerBlocks.columns(layer, rows)
  try {
    return await withRows(layer, rows, (own) => similarity(columns, own, estimator, job))
  } finally {
    columns.dispose()
  }
}

function normalised(cross: number, ownX: number, ownY: number): number {
  return ownX > 0 && ownY > 0 ? cross / Math.sqrt(ownX * ownY) : NaN
}

/**
 * n (n - 3) times the unbiased HSIC of Song et al. (2012), eq. 5, for linear kernels of centred features, in the form
 * that needs no kernel matrix; for the biased estimate (n - 1)^2 times HSIC of Gretton et al. (2005), which is
 * ||Y'X||F^2. Factors of n cancel in CKA.
 */
async function similarity(
  columns: LayerBlocks,
  rows: LayerBlocks,
  estimator: CkaEstimator,
  job: JobHandle
): Promise<number> {
  const cross = await squaredProduct(columns, rows, job)
  if (estimator === 'biased') return cross
  const n = columns.layer.words
  const x = columns.layer.rowSquares
  const y = rows.layer.rowSquares
  let diagonal = 0
  for (let i = 0; i < n; i++) diagonal += x[i]! * y[i]!
  return cross - (n / (n - 2)) * diagonal + (columns.layer.squares * rows.layer.squares) / ((n - 1) * (n - 2))
}

/** ||X'Y||F^2; the products in single precision, block by block, their squares in double. */
async function squaredProduct(columns: LayerBlocks, rows: LayerBlocks, job: JobHandle): Promise<number> {
  let sum: tf.Tensor | null = null
  try {
    for (const [index, block] of columns.blocks.entries()) {
      if (index > 0) await job.yield()
      const before: tf.Tensor | null = sum
      // [width X, rows] x [rows, width Y] -> [width X, width Y]
      sum = tf.tidy(() => {
        const product = tf.matMul(block, rows.blocks[index]!)
        return before ? tf.add(before, product) : product
      })
      before?.dispose()
    }
  } catch (error) {
    sum?.dispose()
    throw error
  }
  let total = 0
  for (const value of sum ? readOut(sum) : []) total += value * value
  return total
}
