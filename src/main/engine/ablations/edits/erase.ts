import * as tf from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
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
      for (const row of left) checkWidth("A row of the eraser's left side", row.length, columns, at)
      for (const row of right) checkWidth("A row of the eraser's right side", row.length, columns, at)
      if (left.length !== right.length)
        throw new UserError(
          `The eraser at ${at} has ${left.length} rows on its left side and ${right.length} on its right; it ` +
            'needs as many of both.'
        )
      const centred = tf.sub(value, tf.tensor2d(mean, [1, columns]))
      const matrix = (rows: readonly number[][]): tf.Tensor2D => tf.tensor2d(rows.flat(), [rows.length, columns])
      return tf.sub(value, tf.matMul(tf.matMul(centred, tf.transpose(matrix(right))), matrix(left)))
    }
}
