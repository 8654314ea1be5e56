import * as tf from '@tensorflow/tfjs-core'
import type { NamedTensorMap, Scalar, Variable } from '@tensorflow/tfjs-core'
import { reaching } from './gradientReach'

/**
 * A loss and its gradient with respect to each variable that it depends on, by the variable's key. The caller disposes
 * of both.
 */
export function gradientsOf(
  loss: () => Scalar,
  variables: ReadonlyMap<string, Variable>
): { value: Scalar; gradients: NamedTensorMap } {
  const trained = [...variables.values()]
  const { value, grads } = reaching(trained, () => tf.variableGrads(loss, trained))
  const gradients: NamedTensorMap = {}
  for (const [key, { name }] of variables) if (grads[name]) gradients[key] = grads[name]
  return { value, gradients }
}
