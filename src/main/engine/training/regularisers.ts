import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor } from '@tensorflow/tfjs-core'
import type { Parameters } from './parameters'
import type { Regulariser } from './recipe'

/** A penalty on parameters that is added to the loss of every step of a stage. */
export interface Penalty {
  /** Within a gradient. */
  loss(): Scalar
  dispose(): void
}

/**
 * The penalty that keeps parameters near their values at the start of a stage.
 * @param fisher diagonal of the Fisher information of a parameter, the caller's to give away; for EWC
 * @param start those values, where the stage goes on that was begun earlier; by default the present ones
 */
export function penaltyOf(
  regulariser: Regulariser,
  parameters: Parameters,
  fisher: (name: string) => Tensor,
  start: (name: string) => Tensor = (name) => tf.clone(parameters.get(name))
): Penalty {
  const pulled = regulariser.kind === 'L2-SP' ? regulariser.pretrained : regulariser.parameters
  const starts = new Map(pulled.map((name) => [name, start(name)]))
  const weights = new Map(regulariser.kind === 'EWC' ? pulled.map((name) => [name, fisher(name)]) : [])
  const distance = (name: string): Scalar => {
    const squares = tf.square(tf.sub(parameters.get(name), starts.get(name)!))
    const weight = weights.get(name)
    return tf.sum(weight ? tf.mul(squares, weight) : squares)
  }
  return {
    loss: () => {
      // A stage may train nothing that was pretrained, such as the head alone.
      const distances = pulled.length > 0 ? tf.addN(pulled.map(distance)) : tf.scalar(0)
      const away = tf.mul(distances, strengthOf(regulariser) / 2)
      if (regulariser.kind === 'EWC' || regulariser.new.length === 0) return away as Scalar
      const sizes = regulariser.new.map((name) => tf.sum(tf.square(parameters.get(name))))
      return tf.add(away, tf.mul(tf.addN(sizes), regulariser.beta / 2)) as Scalar
    },
    dispose: () => {
      tf.dispose([...starts.values(), ...weights.values()])
    }
  }
}

/** alpha of Li et al. (2018), eq. 4; lambda of Kirkpatrick et al. (2017), eq. 3. */
function strengthOf(regulariser: Regulariser): number {
  return regulariser.kind === 'L2-SP' ? regulariser.alpha : regulariser.lambda
}
