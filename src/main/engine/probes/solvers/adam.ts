const firstDecay = 0.9
const secondDecay = 0.999
const epsilon = 1e-8

/**
 * Adam (Kingma & Ba 2015, algorithm 1, its defaults) as PyTorch computes it, with a learning rate that can change
 * between steps. In plain loops: as operations of TensorFlow a step on a small probe would be mostly the cost of
 * calling them.
 */
export class Adam {
  private readonly first: Float32Array[]
  private readonly second: Float32Array[]
  private steps = 0

  /** @param parameters changed in place */
  constructor(
    private readonly parameters: readonly Float32Array[],
    private readonly weightDecay: number
  ) {
    this.first = parameters.map((values) => new Float32Array(values.length))
    this.second = parameters.map((values) => new Float32Array(values.length))
  }

  step(gradients: readonly Float32Array[], learningRate: number): void {
    this.steps++
    const pace = learningRate / (1 - firstDecay ** this.steps)
    const correction = 1 / Math.sqrt(1 - secondDecay ** this.steps)
    for (const [p, values] of this.parameters.entries()) {
      const m = this.first[p]!
      const v = this.second[p]!
      const gradient = gradients[p]!
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i]! + this.weightDecay * values[i]!
        m[i] = firstDecay * m[i]! + (1 - firstDecay) * g
        v[i] = secondDecay * v[i]! + (1 - secondDecay) * g * g
        values[i]! -= (pace * m[i]!) / (correction * Math.sqrt(v[i]!) + epsilon)
      }
    }
  }
}
