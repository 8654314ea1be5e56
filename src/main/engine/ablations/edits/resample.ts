import * as tf from '@tensorflow/tfjs-core'
import { seededRandom } from '@shared/random'
import type { EditDefinition } from './edit'

/** The values of another token: unlike zero or the mean, values that the layers above are used to. */
export const resample: EditDefinition<'resample'> = {
  kind: 'resample',
  title: 'Another token’s value',
  needs: 'corpus',
  make: ({ seed }, at, resources) => {
    const { donors, mean } = resources.statistics(at)
    const columns = mean.length
    const count = donors.length / columns
    const random = seededRandom(seed)
    return (value) => {
      const rows = Int32Array.from({ length: value.shape[0] }, () => random.integer(count))
      return tf.gather(tf.tensor2d(donors, [count, columns]), tf.tensor1d(rows, 'int32'))
    }
  }
}
