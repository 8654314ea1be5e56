import * as tf from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import type { EditDefinition } from './edit'

export const add: EditDefinition<'add'> = {
  kind: 'add',
  title: 'Add a direction',
  needs: 'nothing',
  make:
    ({ direction, factor }, at) =>
    (value) => {
      checkWidth('The direction', direction.length, value.shape[1], at)
      return tf.add(
        value,
        tf.tensor2d(
          direction.map((x) => factor * x),
          [1, direction.length]
        )
      )
    }
}

/** @throws UserError where a vector of the intervention does not fit the value */
export function checkWidth(what: string, given: number, columns: number, at: string): void {
  if (given !== columns)
    throw new UserError(`${what} has ${given} numbers, but ${at} is ${columns} wide in this model.`)
}
