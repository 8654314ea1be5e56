import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { lengthsOf } from '../batch'
import { hooked, type BlockContext } from '../blockContext'
import type { Linear } from '../weightSource'
import type { WeightedMeanConfig } from './config'
import type { Mixer, MixerOutput } from './mixer'
import type { MixerSource } from './parts'
import { mixedWithLast, shifted } from './tokenShift'

interface WeightedMeanWeights {
  /** Shares of the token itself, [width], and what reads the mix, [width, inner]. */
  key: { share: Tensor1D; linear: Linear }
  value: { share: Tensor1D; linear: Linear }
  receptance: { share: Tensor1D; linear: Linear }
  /** -exp of the stored parameter, [inner]. */
  decay: Float32Array
  /** What the token's own key is raised by, [inner]. */
  first: Float32Array
  out: Linear
}

/** Lower than the logarithm of any weight. */
const nothing = -1e38

/**
 * Time mixing of RWKV-4 (Peng et al. 2023, eqs. 11 to 17): sigmoid(r) times the mean of the values so far, weighted by
 * exp(key), which decays with every token. Ignores masks, as the reference implementation does.
 */
export class WeightedMean implements Mixer {
  constructor(
    private readonly config: WeightedMeanConfig,
    private readonly weights: WeightedMeanWeights
  ) {}

  /**
   * Hooks: `mixer.gate` [R, inner], the receptance, and `mixer.state` [R, 3 inner], numerator, denominator and largest
   * exponent of every channel, to look at: a change of it changes nothing.
   */
  run(context: BlockContext, index: number, x: Tensor2D): MixerOutput {
    const { kernels, hooks, shape } = context
    const { key, value, receptance, decay, first, out } = this.weights
    const before = shifted(x, shape)
    const through = ({ share, linear }: WeightedMeanWeights['key']): Tensor2D =>
      kernels.dense(mixedWithLast(x, before, share), linear.weight, linear.bias, 'none')
    const gate = hooked(context, index, 'mixer.gate', tf.sigmoid(through(receptance)))
    const wantStates = hooks?.has(`blocks.${index}.mixer.state`) ?? false
    const mixed = weightedMeans(through(key), through(value), decay, first, lengthsOf(shape), wantStates)
    if (mixed.states) hooked(context, index, 'mixer.state', mixed.states)
    const given = kernels.dense(tf.mul(gate, mixed.result), out.weight, out.bias, 'none')
    return { output: tf.mul(given, this.config.scale), pattern: null }
  }
}

/** Numerator and denominator are kept relative to the largest exponent, so that exp does not overflow. */
function weightedMeans(
  keys: Tensor2D,
  values: Tensor2D,
  decay: Float32Array,
  first: Float32Array,
  lengths: readonly number[],
  wantStates: boolean
): { result: Tensor2D; states: Tensor2D | null } {
  const [rows, inner] = keys.shape
  const [k, v] = [keys.dataSync<'float32'>(), values.dataSync<'float32'>()]
  const result = new Float32Array(rows * inner)
  const states = wantStates ? new Float32Array(rows * inner * 3) : null
  let row = 0
  for (const length of lengths) {
    const above = new Float64Array(inner)
    const below = new Float64Array(inner)
    const largest = new Float64Array(inner).fill(nothing)
    for (let t = 0; t < length; t++, row++) {
      for (let c = 0, at = row * inner; c < inner; c++, at++) {
        const raised = k[at]! + first[c]!
        const now = Math.max(largest[c]!, raised)
        const [old, own] = [Math.exp(largest[c]! - now), Math.exp(raised - now)]
        result[at] = (old * above[c]! + own * v[at]!) / (old * below[c]! + own)
        const decayed = largest[c]! + decay[c]!
        const next = Math.max(decayed, k[at]!)
        const [kept, added] = [Math.exp(decayed - next), Math.exp(k[at]! - next)]
        above[c] = kept * above[c]! + added * v[at]!
        below[c] = kept * below[c]! + added
        largest[c] = next
        states?.set([above[c]!, below[c]!, next], 3 * at)
      }
    }
  }
  return {
    result: tf.tensor2d(result, [rows, inner]),
    states: states && tf.tensor2d(states, [rows, 3 * inner])
  }
}

export function loadWeightedMean(source: MixerSource, config: WeightedMeanConfig, width: number): WeightedMean {
  const { inner } = config
  const part = (name: string): WeightedMeanWeights['key'] => ({
    share: source.share(`time_mix_${name}`, width),
    linear: source.linear(name, width, inner, false)
  })
  return new WeightedMean(config, {
    key: part('key'),
    value: part('value'),
    receptance: part('receptance'),
    decay: source.numbers('time_decay', inner).map((rate) => -Math.exp(rate)),
    first: source.numbers('time_first', inner),
    out: source.linear('output', inner, width, false)
  })
}
