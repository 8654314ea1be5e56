import * as tf from '@tensorflow/tfjs-core'
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core'
import { nativeTraining } from '../backends/nativeTraining'
import type { Parameters } from './parameters'
import type { Regulariser } from './recipe'

/** A penalty on parameters that is added to the loss of every step of a stage. */
export interface Penalty {
  /**
   * Adds its gradients to those of parameters that train; they replace what was there.
   * @returns its value
   */
  addTo(gradients: NamedTensorMap, trained: Iterable<string>): number
  dispose(): void
}

/** What pulls one parameter: strength / 2 times the sum of weight (parameter - start)². */
interface Spring {
  name: string
  /** Null: 0. */
  start: Tensor | null
  /** Null: 1. */
  weight: Tensor | null
  strength: number
}

/** What is added to the loss; mixout changes the weights that are read instead. */
export type PenaltySettings = Exclude<Regulariser, { kind: 'mixout' }>

/** Pretrained parameters that are kept near their values at the start of a stage. */
export function keptNear(regulariser: Regulariser): readonly string[] {
  return regulariser.kind === 'EWC' ? regulariser.parameters : regulariser.pretrained
}

/**
 * The penalty that keeps parameters near their values at the start of a stage. Its gradient is written out: the tape
 * would keep several copies of every parameter for it.
 * @param fisher diagonal of the Fisher information of a parameter, the caller's to give away; for EWC
 * @param start those values, where the stage goes on that was begun earlier; by default the present ones
 */
export function penaltyOf(
  regulariser: PenaltySettings,
  parameters: Parameters,
  fisher: (name: string) => Tensor,
  start: (name: string) => Tensor = (name) => tf.clone(parameters.get(name))
): Penalty {
  const springs = springsOf(regulariser, fisher, start)
  return {
    addTo(gradients, trained) {
      const trains = new Set(trained)
      let value = 0
      for (const spring of springs) {
        const { name, strength } = spring
        const before = gradients[name] ?? null
        const { pulled, sum } = pull(before, parameters.get(name), spring)
        value += (strength / 2) * sum.dataSync()[0]!
        sum.dispose()
        if (trains.has(name)) {
          before?.dispose()
          gradients[name] = pulled
        } else pulled.dispose()
      }
      return value
    },
    dispose: () => {
      for (const { start, weight } of springs) tf.dispose([start, weight].filter((tensor) => tensor !== null))
    }
  }
}

/** alpha and beta of Li et al. (2018), eq. 4; lambda of Kirkpatrick et al. (2017), eq. 3. */
function springsOf(
  regulariser: PenaltySettings,
  fisher: (name: string) => Tensor,
  start: (name: string) => Tensor
): Spring[] {
  if (regulariser.kind === 'EWC')
    return regulariser.parameters.map((name) => ({
      name,
      start: start(name),
      weight: fisher(name),
      strength: regulariser.lambda
    }))
  const { pretrained, alpha, beta } = regulariser
  return [
    ...pretrained.map((name) => ({ name, start: start(name), weight: null, strength: alpha })),
    ...regulariser.new.map((name) => ({ name, start: null, weight: null, strength: beta }))
  ]
}

/** gradient + strength weight (parameter - start), and the sum of weight (parameter - start)². */
function pull(
  gradient: Tensor | null,
  parameter: Tensor,
  { start, weight, strength }: Spring
): { pulled: Tensor; sum: Tensor } {
  const native = nativeTraining()
  if (native) return native.pull(gradient, parameter, start, weight, strength)
  return tf.tidy(() => {
    const away = start ? tf.sub(parameter, start) : parameter
    const weighted = weight ? tf.mul(away, weight) : away
    const scaled = tf.mul(weighted, strength)
    return { pulled: gradient ? tf.add(gradient, scaled) : scaled, sum: tf.sum(tf.mul(weighted, away)) }
  })
}
