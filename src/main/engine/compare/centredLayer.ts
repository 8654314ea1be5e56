import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'

/** Elements that one uninterrupted stretch of work may touch: a few tens of milliseconds. */
const stretch = 1 << 22

/** One layer over the compared words: features centred, and scaled as a whole, which does not change similarity. */
export interface CentredLayer {
  words: number
  width: number
  /** Row-major [words, width]. */
  values: Float32Array
  /** Squared length of every row. */
  rowSquares: Float64Array
  /** Squared Frobenius norm: the sum of `rowSquares`. */
  squares: number
}

/**
 * Centres the features of a layer in double precision and scales it to a mean squared row length of 1, so that products
 * in single precision neither overflow nor drown a small layer. A layer without variance stays zero.
 * @param values [words, width]; overwritten
 */
export async function centreLayer(values: Float32Array, width: number, job: JobHandle): Promise<CentredLayer> {
  const words = values.length / width
  const mean = new Float64Array(width)
  const step = Math.max(1, Math.floor(stretch / width))
  const eachStretch = async (work: (row: number) => void): Promise<void> => {
    for (let from = 0; from < words; from += step) {
      if (from > 0) await job.yield()
      for (let row = from; row < Math.min(words, from + step); row++) work(row)
    }
  }
  await eachStretch((row) => {
    for (let j = 0; j < width; j++) mean[j]! += values[row * width + j]! / words
  })
  let largest = 0
  let squares = 0
  const rowSquares = new Float64Array(words)
  await eachStretch((row) => {
    let sum = 0
    for (let j = 0; j < width; j++) {
      const raw = values[row * width + j]!
      largest = Math.max(largest, Math.abs(raw))
      const centred = raw - mean[j]!
      sum += centred * centred
    }
    rowSquares[row] = sum
    squares += sum
  })
  // The remainder of equal vectors is rounding, not variance.
  const rounding = words * width * (largest * 1e-7) ** 2
  const scale = squares > rounding ? Math.sqrt(words / squares) : 0
  await eachStretch((row) => {
    for (let j = 0; j < width; j++) values[row * width + j] = (values[row * width + j]! - mean[j]!) * scale
    rowSquares[row]! *= scale * scale
  })
  return { words, width, values, rowSquares, squares: scale > 0 ? words : 0 }
}

/** A centred layer on the backend, in blocks of rows. */
export class LayerBlocks {
  /** Blocks as they lie [rows, width], or transposed [width, rows]: transposed products are slow on wasm. */
  private constructor(
    readonly layer: CentredLayer,
    readonly blocks: readonly Tensor2D[]
  ) {}

  static rows(layer: CentredLayer, rowsPerBlock: number): LayerBlocks {
    return new LayerBlocks(layer, slices(layer, rowsPerBlock))
  }

  static columns(layer: CentredLayer, rowsPerBlock: number): LayerBlocks {
    return new LayerBlocks(
      layer,
      slices(layer, rowsPerBlock).map((block) => {
        const transposed = tf.transpose(block) as Tensor2D
        block.dispose()
        return transposed
      })
    )
  }

  dispose(): void {
    for (const block of this.blocks) block.dispose()
  }
}

function slices({ values, words, width }: CentredLayer, rowsPerBlock: number): Tensor2D[] {
  const blocks: Tensor2D[] = []
  for (let from = 0; from < words; from += rowsPerBlock) {
    const to = Math.min(words, from + rowsPerBlock)
    blocks.push(tf.tensor2d(values.subarray(from * width, to * width), [to - from, width]))
  }
  return blocks
}
