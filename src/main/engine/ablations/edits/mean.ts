import * as tf from '@tensorflow/tfjs-core'
import type { EditDefinition } from './edit'

/**
 * Removes what distinguishes tokens and keeps what they have in common, so that the layers above still read
 * a value they are used to.
 */
export const mean: EditDefinition<'mean'> = {
  kind: 'mean',
  title: 'Mean over the corpus',
  needs: 'corpus',
  make: (_, at, resources) => {
    const values = resources.statistics(at).mean
    return (value) => tf.broadcastTo(tf.tensor2d(values, [1, values.length]), value.shape)
  }
}
