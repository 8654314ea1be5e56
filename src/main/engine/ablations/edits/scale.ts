import * as tf from '@tensorflow/tfjs-core'
import type { EditDefinition } from './edit'

export const scale: EditDefinition<'scale'> = {
  kind: 'scale',
  title: 'Scale',
  needs: 'nothing',
  make:
    ({ factor }) =>
    (value) =>
      tf.mul(value, factor)
}
