import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import type { TrainingOptions } from '@shared/probeMethods'
import { seededRandom, type Random } from '@shared/random'
import type { DenseLayer } from './dense'
import { holdOut, trainByAdam, type Trainable, type TrainingOutcome } from './minibatches'
import type { NetworkInput } from './networkInput'
import { readOut } from './readOut'

export interface NetworkShape {
  /** Sizes of the layers between input and classes. */
  hidden: readonly number[]
  activation: 'relu' | 'none'
  dropout: number
}

export interface TrainedNetwork extends TrainingOutcome {
  /** Over the standardised vectors, or their mix. */
  layers: DenseLayer[]
  /** Softmaxed weights and the factor, where the input has several layers. */
  mix: { weights: number[]; gamma: number } | null
}

/** What a step keeps of its way forward for the way back. */
interface Forward {
  /** Input vectors of every dense layer. */
  inputs: Tensor2D[]
  /** What hidden units were multiplied by: 0 where they were not active or left out. */
  masks: (Tensor2D | null)[]
  logits: Tensor2D
}

/**
 * Softmax classifier over the input, by cross-entropy, Adam and early stopping (minibatches.ts). Weights and biases
 * start as PyTorch's `nn.Linear` does, uniform within 1 / sqrt(inputs); where the input has several layers they are
 * mixed by learned weights, which start equal, their factor at 1.
 * @param sentences of every row
 */
export async function trainNetwork(
  input: NetworkInput,
  labels: Int32Array,
  sentences: Int32Array,
  classes: number,
  shape: NetworkShape,
  options: TrainingOptions,
  seed: { split: number; start: number },
  job: JobHandle,
  onProgress: (share: number) => void
): Promise<TrainedNetwork> {
  const network = new Network(input, labels, classes, shape, seededRandom(seed.start))
  const outcome = await trainByAdam(
    network,
    holdOut(sentences, options.heldOut, seed.split),
    options,
    seed.start,
    job,
    onProgress
  )
  return {
    ...outcome,
    layers: network.dense,
    mix: network.mix && { weights: softmaxed(network.mix.scores), gamma: network.mix.gamma[0]! }
  }
}

/**
 * The gradients are written out: some ten operations a step instead of a hundred, whose calls would cost more than
 * their work.
 */
export class Network implements Trainable {
  readonly dense: DenseLayer[]
  readonly mix: { scores: Float32Array; gamma: Float32Array } | null
  readonly parameters: Float32Array[]

  constructor(
    private readonly input: NetworkInput,
    private readonly labels: Int32Array,
    private readonly classes: number,
    private readonly shape: NetworkShape,
    random: Random
  ) {
    const sizes = [input.width, ...shape.hidden, classes]
    this.dense = sizes.slice(1).map((outputs, i) => ({
      weight: startingValues(sizes[i]! * outputs, sizes[i]!, random),
      bias: startingValues(outputs, sizes[i]!, random)
    }))
    this.mix = input.layers > 1 ? { scores: new Float32Array(input.layers), gamma: Float32Array.of(1) } : null
    this.parameters = [
      ...this.dense.flatMap(({ weight, bias }) => [weight, bias]),
      ...(this.mix ? [this.mix.scores, this.mix.gamma] : [])
    ]
  }

  loss(examples: Int32Array): number {
    const logits = readOut(tf.tidy(() => this.forward(this.rows(examples), this.weights(), null).logits))
    return softmaxLoss(logits, this.goldOf(examples), this.classes, null)
  }

  gradients(examples: Int32Array, random: Random): { loss: number; gradients: Float32Array[] } {
    const difference = new Float32Array(examples.length * this.classes)
    let loss = 0
    const found = tf.tidy(() => {
      const rows = this.rows(examples)
      const weights = this.weights()
      const { inputs, masks, logits } = this.forward(rows, weights, random)
      loss = softmaxLoss(logits.dataSync<'float32'>(), this.goldOf(examples), this.classes, difference)
      let back = tf.tensor2d(difference, [examples.length, this.classes])
      const gradients: Tensor[] = []
      for (let i = weights.length - 1; i >= 0; i--) {
        gradients.unshift(tf.matMul(inputs[i]!, back, true, false), tf.sum(back, 0))
        if (i > 0 || this.mix) back = tf.matMul(back, tf.transpose(weights[i]!.weight))
        const mask = i > 0 ? masks[i - 1] : null
        if (mask) back = tf.mul(back, mask)
      }
      // dL / d(gamma s_l) = sum over examples and features of h_l times what came back.
      if (this.mix) gradients.push(tf.matMul(rows, tf.reshape(back, [-1, 1]), true, false))
      return gradients
    })
    const gradients = found.map(readOut)
    return {
      loss,
      gradients: this.mix ? [...gradients.slice(0, -1), ...mixGradients(this.mix, gradients.at(-1)!)] : gradients
    }
  }

  private goldOf(examples: Int32Array): Int32Array {
    return examples.map((example) => this.labels[example]!)
  }

  // [examples, width], or to be mixed [examples * width, layers]
  private rows(examples: Int32Array): Tensor2D {
    const rows = tf.gather(this.input.vectors, tf.tensor1d(examples, 'int32'))
    return this.mix ? tf.reshape(rows, [examples.length * this.input.width, this.input.layers]) : rows
  }

  private weights(): { weight: Tensor2D; bias: Tensor1D }[] {
    return this.dense.map(({ weight, bias }) => ({
      weight: tf.tensor2d(weight, [weight.length / bias.length, bias.length]),
      bias: tf.tensor1d(bias)
    }))
  }

  private forward(
    rows: Tensor2D,
    weights: readonly { weight: Tensor2D; bias: Tensor1D }[],
    random: Random | null
  ): Forward {
    const { activation, dropout } = this.shape
    let values = this.mix
      ? (tf.reshape(tf.matMul(rows, mixFactors(this.mix)), [-1, this.input.width]) as Tensor2D)
      : rows
    const inputs: Tensor2D[] = []
    const masks: (Tensor2D | null)[] = []
    weights.forEach(({ weight, bias }, i) => {
      inputs.push(values)
      values = tf.add(tf.matMul(values, weight), bias)
      if (i === weights.length - 1) return
      const active = activation === 'relu' ? (tf.step(values) as Tensor2D) : null
      const left = random && dropout > 0 ? dropoutMask(values.shape, dropout, random) : null
      const mask = active && left ? tf.mul<Tensor2D>(active, left) : (active ?? left)
      if (mask) values = tf.mul(values, mask)
      masks.push(mask)
    })
    return { inputs, masks, logits: values }
  }
}

/**
 * Mean of -log p(label) over examples; into `difference` goes its gradient, (p - 1 at the label) / examples.
 * @param logits [examples, classes]
 */
export function softmaxLoss(
  logits: Float32Array,
  labels: Int32Array,
  classes: number,
  difference: Float32Array | null
): number {
  const count = labels.length
  let sum = 0
  for (let i = 0; i < count; i++) {
    const at = i * classes
    let top = logits[at]!
    for (let k = 1; k < classes; k++) top = Math.max(top, logits[at + k]!)
    let total = 0
    for (let k = 0; k < classes; k++) total += Math.exp(logits[at + k]! - top)
    const gold = labels[i]!
    sum += Math.log(total) + top - logits[at + gold]!
    if (!difference) continue
    for (let k = 0; k < classes; k++)
      difference[at + k] = (Math.exp(logits[at + k]! - top) / total - (k === gold ? 1 : 0)) / count
  }
  return sum / count
}

export function startingValues(count: number, inputs: number, random: Random): Float32Array {
  const bound = 1 / Math.sqrt(inputs)
  return Float32Array.from({ length: count }, () => bound * (2 * random.next() - 1))
}

// gamma s_l, [layers, 1]
export function mixFactors({ scores, gamma }: { scores: Float32Array; gamma: Float32Array }): Tensor2D {
  return tf.tensor2d(
    softmaxed(scores).map((weight) => gamma[0]! * weight),
    [scores.length, 1]
  )
}

// By the scores and by gamma, from those by the products gamma s_l.
export function mixGradients(
  { scores, gamma }: { scores: Float32Array; gamma: Float32Array },
  byFactor: Float32Array
): [Float32Array, Float32Array] {
  const weights = softmaxed(scores)
  const mean = weights.reduce((sum, weight, l) => sum + weight * byFactor[l]!, 0)
  return [Float32Array.from(weights, (weight, l) => gamma[0]! * weight * (byFactor[l]! - mean)), Float32Array.of(mean)]
}

export function dropoutMask(shape: [number, number], share: number, random: Random): Tensor2D {
  const kept = 1 / (1 - share)
  return tf.tensor2d(
    Float32Array.from({ length: shape[0] * shape[1] }, () => (random.next() < share ? 0 : kept)),
    shape
  )
}

export function softmaxed(scores: Float32Array): number[] {
  const values = Array.from(scores)
  const top = Math.max(...values)
  const powers = values.map((value) => Math.exp(value - top))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}
