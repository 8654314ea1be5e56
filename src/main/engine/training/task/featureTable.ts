import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import type { TokenBatch } from '../../models/transformer/batch'
import type { Dropout } from '../dropout'
import type { Mixout } from '../mixout'
import { Parameters } from '../parameters'
import type { Trainable, TrainablePass } from '../trainable'

/**
 * Hidden states that were computed once, in place of a model that does not change: a batch's "tokens" are numbers of
 * items, and its hidden states their rows.
 */
export class FeatureTable implements Trainable {
  readonly parameters = new Parameters()
  dropout: Dropout | null = null
  mixout: Mixout | null = null
  private readonly layers: Tensor2D[]

  /** @param layers [items, width] of every layer, or of the last one alone */
  constructor(layers: readonly Float32Array[], width: number) {
    this.layers = layers.map((values) => tf.keep(tf.tensor2d(values, [values.length / width, width])))
  }

  run({ ids }: TokenBatch): TrainablePass {
    const rows = tf.tensor1d(ids, 'int32')
    return {
      hiddenStates: this.layers.map((layer) => tf.gather(layer, rows)),
      logits: () => {
        throw new UserError('Stored hidden states have no language-model head.')
      }
    }
  }

  dispose(): void {
    tf.dispose(this.layers)
    this.parameters.dispose()
  }
}
