import * as tf from '@tensorflow/tfjs-core'
import { seededRandom } from '@shared/random'
import type { EditDefinition } from './edit'

/** Random numbers are drawn here and not by the backend, so that a seed gives the same noise everywhere. */
export const noise: EditDefinition<'noise'> = {
  kind: 'noise',
  title: 'Noise',
  needs: 'corpus',
  make: ({ size, seed }, at, resources) => {
    const { deviation } = resources.statistics(at)
    const random = seededRandom(seed)
    return (value) => {
      const [rows, columns] = value.shape
      const drawn = Float32Array.from(
        { length: rows * columns },
        (_, i) => size * deviation[i % columns]! * random.normal()
      )
      return tf.add(value, tf.tensor2d(drawn, [rows, columns]))
    }
  }
}
