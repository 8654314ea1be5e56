import * as tf from '@tensorflow/tfjs-core'
import type { EditDefinition } from './edit'

export const zero: EditDefinition<'zero'> = {
  kind: 'zero',
  title: 'Zero',
  needs: 'nothing',
  make: () => (value) => tf.zerosLike(value)
}
