import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import type { TrainingItems } from '../methods/method'
import { rowsPerStep } from './pace'
import { readOut } from './readOut'
import { measureFeatures, standardisedRows, type Standardisation } from './standardise'

/** The training items' vectors as one tensor, standardised. */
export class NetworkInput {
  private constructor(
    /**
     * Of one layer [rows, width]; of several [rows, width * layers], a feature's values in all layers beside one
     * another.
     */
    readonly vectors: Tensor2D,
    readonly standardisations: readonly Standardisation[],
    readonly width: number,
    readonly layers: number,
    readonly rows: number
  ) {}

  /** @param scaling of what was measured: every feature by its own deviation, or all of a layer by the same factor */
  static async load(
    { layers, width, rows }: TrainingItems,
    scaling: (measured: Standardisation) => Standardisation,
    job: JobHandle
  ): Promise<NetworkInput> {
    const standardisations: Standardisation[] = []
    const interleaved = layers.length > 1 ? new Float32Array(rows.length * width * layers.length) : null
    let blocks: Tensor2D[] = []
    try {
      for (const [layer, values] of layers.entries()) {
        const data = { values, width, rows }
        const standardisation = scaling(await measureFeatures(data, job))
        standardisations.push(standardisation)
        const step = rowsPerStep(width, 64 * width)
        for (let from = 0; from < rows.length; from += step) {
          const block = standardisedRows(data, standardisation, from, Math.min(rows.length, from + step))
          if (!interleaved) blocks.push(block)
          else readOut(block).forEach((value, i) => (interleaved[(from * width + i) * layers.length + layer] = value))
          await job.yield()
        }
      }
      if (interleaved) blocks = [tf.tensor2d(interleaved, [rows.length, width * layers.length])]
      const vectors = blocks.length === 1 ? blocks[0]! : tf.concat(blocks, 0)
      if (blocks.length > 1) tf.dispose(blocks)
      return new NetworkInput(vectors, standardisations, width, layers.length, rows.length)
    } catch (error) {
      tf.dispose(blocks)
      throw error
    }
  }

  dispose(): void {
    this.vectors.dispose()
  }
}
