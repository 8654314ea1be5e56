import * as tf from '@tensorflow/tfjs-core'
import type { NamedTensorMap, Variable } from '@tensorflow/tfjs-core'

const firstDecay = 0.9
const secondDecay = 0.999
const epsilon = 1e-8

/** Adam (Kingma & Ba 2015, algorithm 1, its defaults) as PyTorch computes it, with a learning rate that can change between steps. */
export class Adam {
  private readonly first: Variable[]
  private readonly second: Variable[]
  private steps = 0

  constructor(private readonly variables: readonly Variable[], private readonly weightDecay: number) {
    this.first = variables.map((variable) => tf.variable(tf.zerosLike(variable)))
    this.second = variables.map((variable) => tf.variable(tf.zerosLike(variable)))
  }

  /** @param gradients by the variables' names; they are disposed */
  step(gradients: NamedTensorMap, learningRate: number): void {
    this.steps++
    const pace = learningRate / (1 - firstDecay ** this.steps)
    const correction = 1 / Math.sqrt(1 - secondDecay ** this.steps)
    tf.tidy(() => this.variables.forEach((variable, i) => {
      const m = this.first[i]!
      const v = this.second[i]!
      const given = gradients[variable.name]!
      const gradient = this.weightDecay > 0 ? tf.add(given, tf.mul(variable, this.weightDecay)) : given
      m.assign(tf.add(tf.mul(m, firstDecay), tf.mul(gradient, 1 - firstDecay)))
      v.assign(tf.add(tf.mul(v, secondDecay), tf.mul(tf.square(gradient), 1 - secondDecay)))
      variable.assign(tf.sub(variable, tf.div(tf.mul(m, pace), tf.add(tf.mul(tf.sqrt(v), correction), epsilon))))
    }))
    tf.dispose(gradients)
  }

  dispose(): void {
    tf.dispose([...this.first, ...this.second])
  }
}
