import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { fillNormal, seededRandom, type Random } from '@shared/random'
import type { Trainable } from './minibatches'
import { softmaxLoss } from './network'
import { readOut } from './readOut'

/** Of Molchanov et al. 2017, section 4.2. */
const [k1, k2, k3] = [0.63576, 1.8732, 1.48695]

/** Keeps the logarithm of a scale's mean finite, as in the code of Louizos et al. */
const epsilon = 1e-8

/** Deviation of starting values, mean of starting log variances: those of the code of Louizos et al. */
const startDeviation = 0.01
const startLogVariance = -9

/** Gaussian posteriors of a layer, means and log variances. */
interface VariationalLayer {
  /** Of the scale z of each input, [inputs]. */
  scale: Float32Array
  scaleLogVariance: Float32Array
  /** [inputs, outputs] */
  weight: Float32Array
  weightLogVariance: Float32Array
  /** [outputs] */
  bias: Float32Array
  biasLogVariance: Float32Array
}

/** Standard normal deviates of a layer, of every example: [examples, inputs] and [examples, outputs]. */
interface LayerNoise {
  scales: Float32Array
  outputs: Float32Array
}

/** The parameters of a layer as tensors, and what the way back needs of the way forward. */
interface Step {
  scale: Tensor1D
  scaleLogVariance: Tensor1D
  weight: Tensor2D
  weightVariance: Tensor2D
  bias: Tensor1D
  biasVariance: Tensor1D
  scaleNoise: Tensor2D
  outputNoise: Tensor2D
  deviation: Tensor2D
  inputs: Tensor2D
  /** The examples' scales, z. */
  scales: Tensor2D
  scaled: Tensor2D
  /** Outputs before the rectifier. */
  outputs: Tensor2D
}

/**
 * Classifier by Bayesian compression (Louizos, Ullrich & Welling 2017, section 4.1): every input neuron i of a layer
 * has a scale z_i with the normal-Jeffreys prior p(z_i) ~ 1 / |z_i|, and w_ij given z_i is N(0, z_i^2). Posteriors are
 * Gaussian and independent: z ~ N(m_z, s_z), w / z ~ N(m, s), biases ~ N(m_b, s_b) with prior N(0, 1). Between layers
 * are rectifiers. Outputs are drawn instead of weights (local reparameterisation, Kingma et al. 2015):
 * u = x z, z = m_z + sqrt(s_z) e, outputs u m + m_b + sqrt(u^2 s + s_b) e', e and e' ~ N(0, 1).
 */
export class VariationalNetwork implements Trainable {
  readonly layers: VariationalLayer[]
  readonly parameters: Float32Array[]
  private readonly measuring: Random

  /**
   * @param vectors [items, width]
   * @param labels of every item, in [0, classes)
   * @param seed of the starting values and of the noise that `loss` draws
   */
  constructor(
    private readonly vectors: Tensor2D,
    private readonly labels: Int32Array,
    private readonly classes: number,
    hidden: readonly number[],
    seed: number
  ) {
    const random = seededRandom(seed)
    this.measuring = seededRandom(seed + 1)
    const sizes = [vectors.shape[1], ...hidden, classes]
    this.layers = sizes.slice(1).map((outputs, i) => startingLayer(sizes[i]!, outputs, random))
    this.parameters = this.layers.flatMap((layer) => [
      layer.scale,
      layer.scaleLogVariance,
      layer.weight,
      layer.weightLogVariance,
      layer.bias,
      layer.biasLogVariance
    ])
  }

  /** Mean of -ln p(label) over examples, each with noise of its own, in nats. */
  loss(examples: Int32Array): number {
    const noise = this.drawNoise(examples.length, this.measuring)
    const logits = readOut(tf.tidy(() => this.forward(examples, noise).at(-1)!.outputs))
    return softmaxLoss(logits, this.goldOf(examples), this.classes, null)
  }

  /** By noise that `random` draws; see `gradientsAt`. */
  gradients(examples: Int32Array, random: Random): { loss: number; gradients: Float32Array[] } {
    return this.gradientsAt(examples, this.drawNoise(examples.length, random))
  }

  /**
   * Mean of -ln p(label) over examples, in nats, and the gradients of it plus the divergence by item, KL / items: of
   * `parameters`, in their order.
   */
  gradientsAt(examples: Int32Array, noise: readonly LayerNoise[]): { loss: number; gradients: Float32Array[] } {
    const difference = new Float32Array(examples.length * this.classes)
    let loss = 0
    const byParameters = tf.tidy(() => {
      const steps = this.forward(examples, noise)
      const logits = steps.at(-1)!.outputs.dataSync<'float32'>()
      loss = softmaxLoss(logits, this.goldOf(examples), this.classes, difference)
      let back = tf.tensor2d(difference, [examples.length, this.classes])
      const gradients: Tensor[] = []
      for (let i = steps.length - 1; i >= 0; i--) {
        const { byInputs, byParameters: ofLayer } = backward(steps[i]!, back, 1 / this.labels.length)
        gradients.unshift(...ofLayer)
        if (i > 0) back = tf.mul(byInputs, tf.step(steps[i - 1]!.outputs))
      }
      return gradients
    })
    return { loss, gradients: byParameters.map(readOut) }
  }

  /** KL divergence of the posteriors from the priors, in nats: what it takes to send the parameters. */
  divergence(): number {
    return this.layers.reduce(
      (sum, layer) =>
        sum +
        scaleDivergence(layer.scale, layer.scaleLogVariance) +
        gaussianDivergence(layer.weight, layer.weightLogVariance) +
        gaussianDivergence(layer.bias, layer.biasLogVariance),
      0
    )
  }

  private goldOf(examples: Int32Array): Int32Array {
    return examples.map((example) => this.labels[example]!)
  }

  private drawNoise(examples: number, random: Random): LayerNoise[] {
    const drawn = (size: number): Float32Array => {
      const values = new Float32Array(examples * size)
      fillNormal(values, 1, random)
      return values
    }
    return this.layers.map(({ scale, bias }) => ({ scales: drawn(scale.length), outputs: drawn(bias.length) }))
  }

  private forward(examples: Int32Array, noise: readonly LayerNoise[]): Step[] {
    const steps: Step[] = []
    let values = tf.gather(this.vectors, tf.tensor1d(examples, 'int32'))
    this.layers.forEach((layer, i) => {
      if (i > 0) values = tf.relu(values)
      const step = forward(layer, values, noise[i]!)
      steps.push(step)
      values = step.outputs
    })
    return steps
  }
}

function startingLayer(inputs: number, outputs: number, random: Random): VariationalLayer {
  const normal = (size: number, mean: number, deviation: number): Float32Array => {
    const values = new Float32Array(size)
    fillNormal(values, deviation, random)
    return values.map((value) => mean + value)
  }
  return {
    scale: normal(inputs, 1, startDeviation),
    scaleLogVariance: normal(inputs, startLogVariance, startDeviation),
    weight: normal(inputs * outputs, 0, 1 / Math.sqrt(inputs)),
    weightLogVariance: normal(inputs * outputs, startLogVariance, startDeviation),
    bias: new Float32Array(outputs),
    biasLogVariance: normal(outputs, startLogVariance, startDeviation)
  }
}

function forward(layer: VariationalLayer, inputs: Tensor2D, noise: LayerNoise): Step {
  const examples = inputs.shape[0]
  const shape: [number, number] = [layer.scale.length, layer.bias.length]
  const scale = tf.tensor1d(layer.scale)
  const scaleLogVariance = tf.tensor1d(layer.scaleLogVariance)
  const weight = tf.tensor2d(layer.weight, shape)
  const weightVariance = tf.exp(tf.tensor2d(layer.weightLogVariance, shape))
  const bias = tf.tensor1d(layer.bias)
  const biasVariance = tf.exp(tf.tensor1d(layer.biasLogVariance))
  const scaleNoise = tf.tensor2d(noise.scales, [examples, shape[0]])
  const outputNoise = tf.tensor2d(noise.outputs, [examples, shape[1]])
  const scales = tf.add<Tensor2D>(scale, tf.mul(tf.exp(tf.mul(scaleLogVariance, 0.5)), scaleNoise))
  const scaled = tf.mul<Tensor2D>(inputs, scales)
  const variance = tf.add<Tensor2D>(tf.matMul(tf.square(scaled), weightVariance), biasVariance)
  const deviation = tf.sqrt(variance)
  const outputs = tf.addN([tf.add<Tensor2D>(tf.matMul(scaled, weight), bias), tf.mul<Tensor2D>(deviation, outputNoise)])
  return {
    ...{ scale, scaleLogVariance, weight, weightVariance, bias, biasVariance, scaleNoise, outputNoise },
    ...{ deviation, inputs, scales, scaled, outputs }
  }
}

/**
 * From the gradient by a layer's outputs, those by its inputs and by its parameters with their divergence.
 * @param share of the divergence, 1 / items
 */
function backward(step: Step, back: Tensor2D, share: number): { byInputs: Tensor2D; byParameters: Tensor[] } {
  const { scaled, scales, inputs, weight, weightVariance, bias, biasVariance } = step
  const byVariance = tf.div<Tensor2D>(tf.mul(back, step.outputNoise), tf.mul(step.deviation, 2))
  const byScaled = tf.add<Tensor2D>(
    tf.matMul(back, weight, false, true),
    tf.mul(tf.mul(scaled, 2), tf.matMul(byVariance, weightVariance, false, true))
  )
  const byScales = tf.mul(byScaled, inputs)
  const weights = gaussianGradients(
    tf.matMul(scaled, back, true, false),
    tf.matMul(tf.square(scaled), byVariance, true, false),
    weight,
    weightVariance,
    share
  )
  const biases = gaussianGradients(tf.sum(back, 0), tf.sum(byVariance, 0), bias, biasVariance, share)
  return {
    byInputs: tf.mul(byScaled, scales),
    byParameters: [...scaleGradients(step, byScales, share), ...weights, ...biases]
  }
}

/** By mean and log variance, from those of the loss by mean and variance. */
function gaussianGradients(
  byMean: Tensor,
  byVariance: Tensor,
  mean: Tensor,
  variance: Tensor,
  share: number
): [Tensor, Tensor] {
  return [tf.add(byMean, tf.mul(mean, share)), tf.sub(tf.mul(variance, tf.add(byVariance, share / 2)), share / 2)]
}

/** By mean and log variance of the scales, from those of the loss by the examples' scales. */
function scaleGradients(step: Step, byScales: Tensor, share: number): [Tensor, Tensor] {
  const { scale, scaleLogVariance, scaleNoise } = step
  const square = tf.add(tf.square(scale), epsilon)
  const logAlpha = tf.sub(scaleLogVariance, tf.log(square))
  const gate = tf.sigmoid(tf.add(tf.mul(logAlpha, k3), k2))
  const slope = tf.add(tf.mul(tf.mul(gate, tf.sub(1, gate)), k1 * k3), tf.mul(tf.sigmoid(tf.neg(logAlpha)), 0.5))
  const byLogAlpha = tf.mul(slope, -share)
  const deviation = tf.exp(tf.mul(scaleLogVariance, 0.5))
  return [
    tf.sub(tf.sum(byScales, 0), tf.mul(byLogAlpha, tf.div(tf.mul(scale, 2), square))),
    tf.add(tf.mul(tf.sum(tf.mul(byScales, scaleNoise), 0), tf.mul(deviation, 0.5)), byLogAlpha)
  ]
}

/** Of N(m, s) from N(0, 1), summed up: (s + m^2 - 1 - ln s) / 2. */
function gaussianDivergence(means: Float32Array, logVariances: Float32Array): number {
  let sum = 0
  for (let i = 0; i < means.length; i++) sum += (Math.exp(logVariances[i]!) + means[i]! ** 2 - 1 - logVariances[i]!) / 2
  return sum
}

/**
 * Of the scales from the normal-Jeffreys prior, by the approximation of Molchanov et al. 2017: with a = s / m^2,
 * k1 - k1 sigmoid(k2 + k3 ln a) + ln(1 + 1 / a) / 2.
 */
function scaleDivergence(means: Float32Array, logVariances: Float32Array): number {
  let sum = 0
  for (let i = 0; i < means.length; i++) {
    const logAlpha = logVariances[i]! - Math.log(means[i]! ** 2 + epsilon)
    sum += k1 - k1 / (1 + Math.exp(-k2 - k3 * logAlpha)) + softplus(-logAlpha) / 2
  }
  return sum
}

function softplus(value: number): number {
  return Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)))
}
