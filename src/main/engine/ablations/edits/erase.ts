import * as tf from '@tensorflow/tfjs-core'
import { checkWidth } from './add'
import type { EditDefinition } from './edit'

/** x - (x - mean) right^T left: LEACE (Belrose et al. 2023, theorem 4.3) in the low rank it has. */
export const erase: EditDefinition<'erase'> = {
  kind: 'erase',
  title: 'Erase a concept',
  needs: 'nothing',
  make:
    ({ mean, left, right }, at) =>
    (value) => {
      const columns = value.shape[1]
      checkWidth('The eraser', mean.length, columns, at)
      const centred = tf.sub(value, tf.tensor2d(mean, [1, columns]))
      const matrix = (rows: readonly number[][]): tf.Tensor2D => tf.tensor2d(rows.flat(), [rows.length, columns])
      return tf.sub(value, tf.matMul(tf.matMul(centred, tf.transpose(matrix(right))), matrix(left)))
    }
}
