import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'

/** A causal convolution of every channel by itself, over sequences one after another. */
export interface ConvolutionInput {
  /** [rows, channels] */
  x: Tensor2D
  /** [kernel, channels]: the last row is what the token itself counts. */
  weight: Tensor2D
  bias: Tensor1D | null
  silu: boolean
  /** Tokens of each sequence; rows = their sum. */
  lengths: readonly number[]
}

/**
 * A selective state space (Gu & Dao 2024, section 3.2; Dao & Gu 2024, section 3). Channels are in heads of one width,
 * which share their step; heads are in groups, which share B and C. In Mamba a head is one channel, in one group.
 */
export interface ScanInput {
  /** [rows, channels] */
  x: Tensor2D
  /** Size of every step, above 0: [rows, heads] */
  step: Tensor2D
  /** Below 0: [heads, state], or [heads, 1] for one number a head. */
  decay: Tensor2D
  /** [rows, groups * state] */
  input: Tensor2D
  output: Tensor2D
  /** What a channel's own value counts: [heads] */
  skip: Tensor1D
  groups: number
  lengths: readonly number[]
  /** Return the states too. */
  wantStates: boolean
}

export interface ScanOutput {
  /** [rows, channels] */
  result: Tensor2D
  /** After every token, [rows, channels * state]; null unless wanted. */
  states: Tensor2D | null
}

/** In plain numbers: right on every backend, and as fast as many small operations where those are slow. */
export function portableConvolution({ x, weight, bias, silu, lengths }: ConvolutionInput): Tensor2D {
  const [rows, channels] = x.shape
  const kernel = weight.shape[0]
  const [values, taps] = [x.dataSync<'float32'>(), weight.dataSync<'float32'>()]
  const added = bias?.dataSync<'float32'>()
  const result = new Float32Array(rows * channels)
  let first = 0
  for (const length of lengths) {
    for (let t = 0; t < length; t++) {
      const at = (first + t) * channels
      if (added) result.set(added, at)
      for (let k = Math.max(0, kernel - 1 - t); k < kernel; k++) {
        const from = (first + t - (kernel - 1 - k)) * channels
        const tap = k * channels
        for (let c = 0; c < channels; c++) result[at + c]! += taps[tap + c]! * values[from + c]!
      }
    }
    first += length
  }
  if (silu) for (let i = 0; i < result.length; i++) result[i] = result[i]! / (1 + Math.exp(-result[i]!))
  return tf.tensor2d(result, [rows, channels])
}

/** h = exp(step A) h + step x B; y = C h + D x, token by token. */
export function portableScan(scan: ScanInput): ScanOutput {
  const { x, step, decay, groups, lengths, wantStates } = scan
  const [rows, channels] = x.shape
  const [heads, decays] = decay.shape
  const state = scan.input.shape[1] / groups
  const width = channels / heads
  const [u, dt, a] = [x, step, decay].map((tensor) => tensor.dataSync<'float32'>()) as [
    Float32Array,
    Float32Array,
    Float32Array
  ]
  const [b, c, d] = [scan.input, scan.output, scan.skip].map((tensor) => tensor.dataSync<'float32'>()) as [
    Float32Array,
    Float32Array,
    Float32Array
  ]
  const result = new Float32Array(rows * channels)
  const states = wantStates ? new Float32Array(rows * channels * state) : null
  const factors = new Float64Array(state)
  let row = 0
  for (const length of lengths) {
    const h = new Float64Array(channels * state)
    for (let t = 0; t < length; t++, row++) {
      for (let head = 0; head < heads; head++) {
        const size = dt[row * heads + head]!
        for (let n = 0; n < state; n++) factors[n] = n < decays ? Math.exp(size * a[head * decays + n]!) : factors[0]!
        const shared = (row * groups + Math.floor((head * groups) / heads)) * state
        for (let channel = head * width; channel < (head + 1) * width; channel++) {
          const value = u[row * channels + channel]!
          const scaled = size * value
          let sum = d[head]! * value
          for (let n = 0, at = channel * state; n < state; n++, at++) {
            h[at] = factors[n]! * h[at]! + scaled * b[shared + n]!
            sum += h[at]! * c[shared + n]!
          }
          result[row * channels + channel] = sum
        }
      }
      states?.set(h, row * channels * state)
    }
  }
  return {
    result: tf.tensor2d(result, [rows, channels]),
    states: states && tf.tensor2d(states, [rows, channels * state])
  }
}
