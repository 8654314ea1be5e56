import * as tf from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import type { EditDefinition } from './edit'

/**
 * Activation patching (Vig et al. 2020; Meng et al. 2022): the value at a place in one sentence, put into the run of
 * another.
 */
export const patch: EditDefinition<'patch'> = {
  kind: 'patch',
  title: 'Value in another sentence',
  needs: 'text',
  make: ({ text, fromTokens }, at, resources) => {
    const values = resources.valueIn(text, at)
    return (value, { batch, tokens }) => {
      if (batch !== 1)
        throw new UserError('Values of one sentence can be patched into one sentence, not into a corpus.')
      const columns = value.shape[1]
      const given = values.length / columns
      const rows = Int32Array.from({ length: tokens }, (_, token) => fromTokens?.[token] ?? token)
      // Tokens past the end of the other sentence keep their values.
      const kept = rows.map((row) => (row < given ? row : -1))
      const missing = kept.includes(-1)
      const patched = tf.gather(
        tf.tensor2d(values, [given, columns]),
        tf.tensor1d(
          kept.map((row) => Math.max(0, row)),
          'int32'
        )
      )
      if (!missing) return patched
      const there = tf.tensor2d(
        Float32Array.from(kept, (row) => Number(row >= 0)),
        [tokens, 1]
      )
      return tf.add(tf.mul(patched, there), tf.mul(value, tf.sub(1, there)))
    }
  }
}
