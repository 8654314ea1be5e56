import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { Activation, Kernels } from '../../../backends/kernels'
import { lengthsOf } from '../batch'
import { hooked, type BlockContext } from '../blockContext'
import type { FeedForward } from '../feedForward'
import type { Linear } from '../weightSource'
import type { MixtureConfig } from './config'
import { routerProbabilities, routerWeights } from './routing'

/** One expert: a small MLP. */
export interface ExpertWeights {
  gate: Linear | null
  up: Linear
  down: Linear
}

export interface MixtureWeights {
  /** [width, experts] */
  router: Linear
  /** [experts], of the choice alone. */
  correction: Tensor1D | null
  experts: ExpertWeights[]
  shared: ExpertWeights | null
  /** [width, 1]: how much the shared expert counts. */
  sharedGate: Linear | null
  /** [width, latent] and back. */
  latent: { into: Linear; out: Linear } | null
  /** Added to the sum. */
  bias: Tensor1D | null
}

/** A mixture of experts with its weights. */
export class Mixture implements FeedForward {
  constructor(
    private readonly config: MixtureConfig,
    private readonly weights: MixtureWeights
  ) {}

  /**
   * Hooks, each [R, experts]: `mlp.router_logits`; `mlp.router_probs`, softmax or sigmoid of these; and
   * `mlp.router_weights`, what each expert counts: 0 switches it off.
   */
  run(context: BlockContext, index: number, x: Tensor2D): Tensor2D {
    const { kernels } = context
    const weights = this.route(context, index, x)
    const { shared, sharedGate, latent, bias } = this.weights
    const through = ({ weight, bias }: Linear, from: Tensor2D): Tensor2D => kernels.dense(from, weight, bias, 'none')
    const sum = latent
      ? through(latent.out, this.routed(kernels, through(latent.into, x), weights))
      : this.routed(kernels, x, weights)
    const routed = bias ? tf.add<Tensor2D>(sum, bias) : sum
    if (!shared) return routed
    const common = expertOf(kernels, { ...this.config, clipped: null }, shared, x)
    const share = sharedGate && tf.sigmoid(kernels.dense(x, sharedGate.weight, null, 'none'))
    return tf.add(routed, share ? tf.mul(common, share) : common)
  }

  /** What each expert counts for each token, [R, experts]. */
  private route(context: BlockContext, index: number, x: Tensor2D): Float32Array {
    const { kernels, hooks, shape } = context
    const { config } = this
    const { router, correction } = this.weights
    const logits = hooked(context, index, 'mlp.router_logits', kernels.dense(x, router.weight, router.bias, 'none'))
    const scores = logits.dataSync<'float32'>()
    const seen = (site: 'mlp.router_probs' | 'mlp.router_weights', values: Float32Array): Float32Array =>
      hooks?.has(`blocks.${index}.${site}`)
        ? hooked(context, index, site, tf.tensor2d(values, logits.shape)).dataSync<'float32'>()
        : values
    const probabilities = seen('mlp.router_probs', routerProbabilities(scores, config))
    const weights = routerWeights(scores, probabilities, config, correction && correction.dataSync<'float32'>())
    const counted = seen('mlp.router_weights', weights)
    if (config.capacity === null) return counted
    const kept = Float32Array.from(counted)
    dropBeyondCapacity(kept, config.experts, config.capacity, lengthsOf(shape))
    return kept
  }

  /** Each expert computes its tokens together. */
  private routed(kernels: Kernels, x: Tensor2D, weights: Float32Array): Tensor2D {
    const { experts, weighsInput } = this.config
    const [rows, width] = x.shape
    const parts: Tensor[] = []
    /** Places of a row's terms among those of all experts. */
    const terms: number[][] = Array.from({ length: rows }, () => [])
    let placed = 0
    for (let e = 0; e < experts; e++) {
      const tokens: number[] = []
      for (let row = 0; row < rows; row++) if (weights[row * experts + e] !== 0) tokens.push(row)
      if (!tokens.length) continue
      for (const row of tokens) terms[row]!.push(placed++)
      parts.push(
        tf.tidy(() => {
          const counts = tf.tensor2d(
            tokens.map((row) => weights[row * experts + e]!),
            [tokens.length, 1]
          )
          const taken = tf.gather(x, tf.tensor1d(tokens, 'int32'))
          const read = weighsInput ? tf.mul<Tensor2D>(taken, counts) : taken
          const given = expertOf(kernels, this.config, this.weights.experts[e]!, read)
          return weighsInput ? given : tf.mul(given, counts)
        })
      )
    }
    const most = Math.max(1, ...terms.map((list) => list.length))
    // A row that has fewer terms takes a row of zeros for each that is missing.
    const all = tf.concat([...parts, tf.zeros([1, width])], 0)
    const places = Int32Array.from({ length: rows * most }, (_, i) => terms[Math.floor(i / most)]![i % most] ?? placed)
    const gathered = tf.gather(all, tf.tensor1d(places, 'int32'))
    return most === 1 ? (gathered as Tensor2D) : tf.sum(tf.reshape(gathered, [rows, most, width]), 1)
  }
}

/** down(activation(gate(x)) up(x)), or without a gate down(activation(up(x))): (n, W) -> (n, W) */
function expertOf(
  kernels: Kernels,
  { activation, clipped }: Pick<MixtureConfig, 'activation' | 'clipped'>,
  { gate, up, down }: ExpertWeights,
  x: Tensor2D
): Tensor2D {
  const through = ({ weight, bias }: Linear, input: Tensor2D, act: Activation): Tensor2D =>
    kernels.dense(input, weight, bias, act)
  if (!gate) return through(down, through(up, x, activation), 'none')
  if (!clipped) return through(down, tf.mul<Tensor2D>(through(gate, x, activation), through(up, x, 'none')), 'none')
  const { alpha, limit } = clipped
  const opened = tf.minimum(through(gate, x, 'none'), limit)
  const carried = tf.add(tf.clipByValue(through(up, x, 'none'), -limit, limit), 1)
  const middle = tf.mul(carried, tf.mul(opened, tf.sigmoid(tf.mul(opened, alpha))))
  return through(down, middle as Tensor2D, 'none')
}

/** An expert takes the first tokens of a sequence that chose it (Fedus et al. 2022, section 2.2). */
function dropBeyondCapacity(
  weights: Float32Array,
  experts: number,
  capacity: number,
  lengths: readonly number[]
): void {
  let row = 0
  for (const length of lengths) {
    const taken = new Int32Array(experts)
    for (let t = 0; t < length; t++, row++)
      for (let e = 0; e < experts; e++)
        if (weights[row * experts + e] !== 0 && ++taken[e]! > capacity) weights[row * experts + e] = 0
  }
}
