import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { activate } from '../../../backends/activations'
import { lengthsOf, zeroPadding } from '../batch'
import { hooked, type BlockContext } from '../blockContext'
import { rootMeanSquare } from '../norms'
import type { Linear, Outputs } from '../weightSource'
import type { DeltaRuleConfig } from './config'
import type { Mixer, MixerOutput } from './mixer'
import type { Convolution, MixerSource } from './parts'

interface DeltaRuleWeights {
  /** [width, 2 key heads * key width + value heads * value width]: queries, keys, values. */
  into: Linear
  gate: Linear
  /** [width, value heads]: how much of the correction is made, and what the step is. */
  correction: Linear
  step: Linear
  convolution: Convolution
  stepBias: Tensor1D
  /** [1, value heads] */
  decay: Tensor2D
  /** [value width] */
  norm: Tensor1D
  out: Linear
}

/** Added to the squared length of queries and keys. */
const lengthEpsilon = 1e-6

/**
 * Gated delta rule (Yang et al. 2025, eq. 10): S = e^g S; S = S + k (b (v - S'k)); o = S'q, with queries and keys of
 * length 1.
 */
export class DeltaRule implements Mixer {
  constructor(
    private readonly config: DeltaRuleConfig,
    private readonly weights: DeltaRuleWeights
  ) {}

  /**
   * Hooks: `mixer.gate` [R, value heads * value width], and `mixer.state` [R, value heads * key width * value width],
   * the matrix of every head; a changed one is read by its token and not carried on.
   */
  run(context: BlockContext, index: number, x: Tensor2D): MixerOutput {
    const { kernels, input, shape, hooks } = context
    const { keyHeads, valueHeads, keyWidth, valueWidth, normEpsilon } = this.config
    const { weights } = this
    const read = zeroPadding(x, input)
    const through = ({ weight, bias }: Linear): Tensor2D => kernels.dense(read, weight, bias, 'none')
    const lengths = lengthsOf(shape)
    const convolved = kernels.convolve({ x: through(weights.into), ...weights.convolution, silu: true, lengths })
    const keys = keyHeads * keyWidth
    const [q, k, v] = tf.split(convolved, [keys, keys, valueHeads * valueWidth], 1) as [Tensor2D, Tensor2D, Tensor2D]
    const rule: Rule = {
      queries: tf.mul(unit(q, keyHeads), keyWidth ** -0.5),
      keys: unit(k, keyHeads),
      values: v,
      decay: tf.mul(tf.softplus(tf.add(through(weights.step), weights.stepBias)), weights.decay),
      correction: tf.sigmoid(through(weights.correction)),
      lengths
    }
    const hook = hooks?.has(`blocks.${index}.mixer.state`)
      ? (states: Tensor2D): Float32Array => hooked(context, index, 'mixer.state', states).dataSync<'float32'>()
      : null
    const mixed = deltaRule(rule, this.config, hook)
    const rows = x.shape[0]
    const normed = rootMeanSquare(tf.reshape(mixed, [rows, valueHeads, valueWidth]), weights.norm, normEpsilon)
    const gate = hooked(context, index, 'mixer.gate', activate(through(weights.gate), 'silu'))
    const gated = tf.mul<Tensor2D>(tf.reshape(normed, [rows, valueHeads * valueWidth]), gate)
    return { output: kernels.dense(gated, weights.out.weight, weights.out.bias, 'none'), pattern: null }
  }
}

interface Rule {
  /** [rows, key heads * key width] */
  queries: Tensor2D
  keys: Tensor2D
  /** [rows, value heads * value width] */
  values: Tensor2D
  /** Logarithm of what is kept, below 0, and the share of the correction that is made: [rows, value heads] */
  decay: Tensor2D
  correction: Tensor2D
  lengths: readonly number[]
}

/** Rows of every head of length 1. */
function unit(x: Tensor2D, heads: number): Tensor2D {
  const [rows, columns] = x.shape
  const byHead = tf.reshape(x, [rows, heads, columns / heads])
  const inverse = tf.rsqrt(tf.add(tf.sum(tf.square(byHead), 2, true), lengthEpsilon))
  return tf.reshape(tf.mul(byHead, inverse), [rows, columns])
}

/** @param hook what the states are read as, [rows, value heads * key width * value width]; null: as they are */
function deltaRule(
  rule: Rule,
  { keyHeads, valueHeads, keyWidth, valueWidth }: DeltaRuleConfig,
  hook: ((states: Tensor2D) => Float32Array) | null
): Tensor2D {
  const [q, k, v, g, b] = [rule.queries, rule.keys, rule.values, rule.decay, rule.correction].map((tensor) =>
    tensor.dataSync<'float32'>()
  ) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array]
  const rows = rule.values.shape[0]
  const size = keyWidth * valueWidth
  const group = valueHeads / keyHeads
  const result = new Float32Array(rows * valueHeads * valueWidth)
  const states = hook && new Float32Array(rows * valueHeads * size)
  const seen = new Float64Array(valueWidth)
  /** o = S'q of one head. */
  const readOut = (row: number, head: number, matrix: Float32Array, from: number): void => {
    const query = (row * keyHeads + Math.floor(head / group)) * keyWidth
    const at = (row * valueHeads + head) * valueWidth
    for (let j = 0; j < valueWidth; j++) {
      let sum = 0
      for (let i = 0; i < keyWidth; i++) sum += matrix[from + i * valueWidth + j]! * q[query + i]!
      result[at + j] = sum
    }
  }
  let row = 0
  for (const length of rule.lengths) {
    const s = new Float32Array(valueHeads * size)
    for (let t = 0; t < length; t++, row++) {
      for (let head = 0; head < valueHeads; head++) {
        const key = (row * keyHeads + Math.floor(head / group)) * keyWidth
        const value = (row * valueHeads + head) * valueWidth
        const kept = Math.exp(g[row * valueHeads + head]!)
        const share = b[row * valueHeads + head]!
        seen.fill(0)
        for (let i = 0, at = head * size; i < keyWidth; i++)
          for (let j = 0; j < valueWidth; j++, at++) {
            s[at]! *= kept
            seen[j]! += s[at]! * k[key + i]!
          }
        for (let i = 0, at = head * size; i < keyWidth; i++)
          for (let j = 0; j < valueWidth; j++, at++) s[at]! += k[key + i]! * share * (v[value + j]! - seen[j]!)
        if (!states) readOut(row, head, s, head * size)
      }
      states?.set(s, row * valueHeads * size)
    }
  }
  if (hook && states) {
    const changed = hook(tf.tensor2d(states, [rows, valueHeads * size]))
    for (let at = 0; at < rows; at++)
      for (let head = 0; head < valueHeads; head++) readOut(at, head, changed, (at * valueHeads + head) * size)
  }
  return tf.tensor2d(result, [rows, valueHeads * valueWidth])
}

export function loadDeltaRule(source: MixerSource, config: DeltaRuleConfig, width: number): DeltaRule {
  const { keyHeads, valueHeads, keyWidth, valueWidth, kernel, byHead } = config
  const [keys, values] = [keyHeads * keyWidth, valueHeads * valueWidth]
  const group = valueHeads / keyHeads
  const ofGroup = 2 * keyWidth + 2 * group * valueWidth
  /** Outputs of one part of the matrix that has queries, keys, values and gate of a key head together. */
  const together = (count: number, each: number, first: number): Outputs => ({
    name: source.name('in_proj_qkvz'),
    stored: keyHeads * ofGroup,
    count,
    row: (output) => Math.floor(output / each) * ofGroup + first + (output % each)
  })
  const halves = (second: 0 | 1): Outputs => ({
    name: source.name('in_proj_ba'),
    stored: 2 * valueHeads,
    count: valueHeads,
    row: (output) => Math.floor(output / group) * 2 * group + second * group + (output % group)
  })
  const plain = { bias: false }
  return new DeltaRule(config, {
    into: byHead
      ? source.source.linear(
          [
            together(keys, keyWidth, 0),
            together(keys, keyWidth, keyWidth),
            together(values, group * valueWidth, 2 * keyWidth)
          ],
          width,
          plain
        )
      : source.linear('in_proj_qkv', width, 2 * keys + values, false),
    gate: byHead
      ? source.source.linear([together(values, group * valueWidth, 2 * keyWidth + group * valueWidth)], width, plain)
      : source.linear('in_proj_z', width, values, false),
    correction: byHead
      ? source.source.linear([halves(0)], width, plain)
      : source.linear('in_proj_b', width, valueHeads, false),
    step: byHead
      ? source.source.linear([halves(1)], width, plain)
      : source.linear('in_proj_a', width, valueHeads, false),
    convolution: source.convolution('conv1d', kernel, 2 * keys + values, false),
    stepBias: source.vector('dt_bias', valueHeads),
    decay: tf.tidy(() => tf.reshape<tf.Rank.R2>(source.decay('A_log', valueHeads, 1), [1, valueHeads])),
    norm: source.gain('norm', valueWidth),
    out: source.linear('out_proj', values, width, false)
  })
}
