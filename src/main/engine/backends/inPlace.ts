import * as tf from '@tensorflow/tfjs-core'
import type { Variable } from '@tensorflow/tfjs-core'

/** The values of variables that nobody else can hold. */
const owned = new WeakSet<object>()
const changes = new WeakMap<Variable, number>()

/** How often a variable was changed in place: what is derived from it is out of date after the next time. */
export function changesOf(variable: Variable): number {
  return changes.get(variable) ?? 0
}

/**
 * Changes the values of variables where they are. Whoever shares a variable's values (a clone, the array that it was
 * made of) keeps them as they are: the variable gets a copy of its own before.
 */
export function changeInPlace(variables: readonly Variable[], change: () => void): void {
  for (const variable of variables) {
    if (!owned.has(variable.dataId) || tf.backend().refCount(variable.dataId) > 1) {
      tf.tidy(() => variable.assign(tf.mul(variable, 1)))
      owned.add(variable.dataId)
    }
    changes.set(variable, changesOf(variable) + 1)
  }
  change()
}
