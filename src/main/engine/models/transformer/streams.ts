import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import type { BlockContext, ResidualStreams, StreamBlock } from './blockContext'
import type { StreamsConfig } from './config'
import { layerInputTerm } from './layerInputs'
import { normalise } from './norms'
import type { BlockStreams, StreamWeights } from './streamWeights'
import type { Linear } from './weightSource'

/** What the mean square of a stream is at least, before it is divided by. */
const leastSquare = 1e-5

/**
 * Several residual streams (AltUp, Baykal et al. 2023; Gemma3nTextAltUp in transformers): a block computes the active
 * one; all are predicted before it and corrected after it. The active one is the residual stream of all views.
 */
export class Streams implements ResidualStreams {
  /** (R, streams, W); of the active one the residual stream counts, which hooks may change. */
  private all: Tensor3D | null = null

  constructor(private readonly config: StreamsConfig) {}

  begin({ kernels }: BlockContext, { projections }: StreamWeights, embeddings: Tensor2D): Tensor2D {
    this.keep(() => {
      const size = tf.sqrt(meanSquare(embeddings))
      const others = projections.map(({ weight }) => resized(kernels.dense(embeddings, weight, null, 'none'), size))
      return tf.stack([embeddings, ...others], 1) as Tensor3D
    })
    embeddings.dispose()
    return this.active()
  }

  predict(context: BlockContext, weights: BlockStreams, residual: Tensor2D): Tensor2D {
    const { count } = this.config
    this.keep(() => {
      const all = this.with(residual)
      const shares = dense(context, weights.prediction, this.modalities(context, weights, residual))
      // (R, streams, streams) x (R, streams, W)
      return tf.add<Tensor3D>(tf.matMul(tf.reshape(shares, [-1, count, count]), all), all)
    })
    return this.active()
  }

  correct(context: BlockContext, index: number, block: StreamBlock, activated: Tensor2D): Tensor2D {
    const { scaled, active, count } = this.config
    const weights = block.streams!
    this.keep(() => {
      const shares = tf.add(dense(context, weights.correction, this.modalities(context, weights, activated)), 1)
      const innovation = tf.sub(activated, this.slice(active))
      const corrected = tf.add<Tensor3D>(this.all!, tf.mul(tf.expandDims(innovation, 1), tf.expandDims(shares, 2)))
      if (!block.layerInput) return corrected
      const read = rows(corrected, active)
      const scaledRead = scaled ? tf.mul<Tensor2D>(read, weights.scale) : read
      const added = tf.expandDims(layerInputTerm(context, index, block.layerInput, scaledRead), 1)
      // All but the first take the layer's embedding in.
      return tf.add(corrected, tf.concat([tf.zerosLike(added), tf.tile(added, [1, count - 1, 1])], 1)) as Tensor3D
    })
    return this.active()
  }

  mean({ kernels }: BlockContext, { unembeddings }: StreamWeights, residual: Tensor2D): Tensor2D {
    return tf.tidy(() => {
      const all = this.with(residual)
      const first = rows(all, 0)
      const size = tf.sqrt(meanSquare(first))
      const others = unembeddings.map(({ weight }, s) =>
        resized(kernels.dense(rows(all, s + 1), weight, null, 'none'), size)
      )
      return tf.div<Tensor2D>(tf.addN([first, ...others]), this.config.count)
    })
  }

  dispose(): void {
    this.all?.dispose()
  }

  private keep(make: () => Tensor3D): void {
    const before = this.all
    this.all = tf.keep(tf.tidy(make))
    before?.dispose()
  }

  private active(): Tensor2D {
    return tf.tidy(() => this.slice(this.config.active))
  }

  private slice(stream: number): Tensor2D {
    return rows(this.all!, stream)
  }

  /** The streams, the active one of them being the residual stream. */
  private with(residual: Tensor2D): Tensor3D {
    const { active, count } = this.config
    const parts = [tf.expandDims(residual, 1)] as Tensor3D[]
    if (active > 0) parts.unshift(tf.slice(this.all!, [0, 0, 0], [-1, active, -1]))
    if (active < count - 1) parts.push(tf.slice(this.all!, [0, active + 1, 0], [-1, -1, -1]))
    return tf.concat(parts, 1)
  }

  /** How much of each stream counts, from the active one: (R, streams). */
  private modalities(context: BlockContext, { router, routerNorm }: BlockStreams, x: Tensor2D): Tensor2D {
    const { kernels, config } = context
    const normed = tf.mul<Tensor2D>(normalise(kernels, config, routerNorm, x), 1 / config.width)
    return tf.tanh(dense(context, router, normed))
  }
}

function dense({ kernels }: BlockContext, { weight }: Linear, x: Tensor2D): Tensor2D {
  return kernels.dense(x, weight, null, 'none')
}

/** (R, streams, W) -> (R, W) */
function rows(all: Tensor3D, stream: number): Tensor2D {
  const [count, , width] = all.shape
  return tf.reshape(tf.slice(all, [0, stream, 0], [-1, 1, -1]), [count, width])
}

function meanSquare(x: Tensor2D): Tensor2D {
  return tf.mean(tf.square(x), 1, true)
}

function resized(x: Tensor2D, size: Tensor2D): Tensor2D {
  return tf.div(tf.mul(x, size), tf.sqrt(tf.maximum(meanSquare(x), leastSquare)))
}
