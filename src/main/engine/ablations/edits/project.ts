import * as tf from '@tensorflow/tfjs-core'
import { orthonormal } from '../orthonormal'
import { checkWidth } from './add'
import type { EditDefinition } from './edit'

/**
 * x - B^T B x with the rows of B an orthonormal basis: the null-space projection of Ravfogel et al. 2020 (INLP), eq. 2.
 */
export const project: EditDefinition<'project'> = {
  kind: 'project',
  title: 'Remove a subspace',
  needs: 'nothing',
  make: ({ basis }, at) => {
    let rows: ReturnType<typeof orthonormal> | null = null
    return (value) => {
      for (const vector of basis) checkWidth('A vector of the basis', vector.length, value.shape[1], at)
      rows ??= orthonormal(basis)
      const b = tf.tensor2d(
        rows.flatMap((row) => [...row]),
        [rows.length, value.shape[1]]
      )
      return tf.sub(value, tf.matMul(tf.matMul(value, tf.transpose(b)), b))
    }
  }
}
