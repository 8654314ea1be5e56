import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import { headOutputs } from '../ablations/headOutputs'
import { captureValues } from '../ablations/resources'
import { configOfBlock } from '../models/transformer/config'
import type { TransformerModel } from '../models/transformer/transformerModel'
import type { SentenceInput } from './sentenceInput'

/** What the parts may miss of what the layer really adds, of its largest value: they are single precision. */
const tolerance = 2e-3

/** A layer's attention taken apart: what every head moves from every token. */
interface MovedVectors {
  /** [heads, query, key] */
  weights: Float32Array
  /** f(x) = (x W_v + b_v) W_o of every head and token, [heads * tokens, width]. The caller disposes of it. */
  moved: Tensor2D
  /** [tokens, width] each. */
  entering: Float32Array
  added: Float32Array
}

/**
 * ‖α f(x)‖ of one head (Kobayashi et al. 2020, equation 3).
 * @param block 0-based
 * @returns [tokens, tokens], rows are queries
 * @throws UserError for a layer whose output is not a sum of weighted values
 */
export function headNorms(model: TransformerModel, sentence: SentenceInput, block: number, head: number): Float32Array {
  const { weights, moved } = movedVectors(model, sentence, block)
  const tokens = sentence.ids.length
  const lengths = tf.tidy(() => tf.norm(moved, 2, 1).dataSync<'float32'>())
  moved.dispose()
  const ofHead = weights.subarray(head * tokens * tokens, (head + 1) * tokens * tokens)
  return ofHead.map((weight, i) => weight * lengths[head * tokens + (i % tokens)]!)
}

/**
 * ‖Σ α f(x)‖ over all heads of a layer, whose vectors can cancel out (Kobayashi et al. 2020, section 4.2); with
 * `residual`, with the token's own vector that the residual connection keeps, through the norm that follows (Kobayashi
 * et al. 2021, section 3).
 * @param block 0-based
 * @returns [tokens, tokens], rows are queries
 * @throws UserError for a layer whose output is not a sum of weighted values
 */
export function layerNorms(
  model: TransformerModel,
  sentence: SentenceInput,
  block: number,
  residual: boolean
): Float32Array {
  const { weights, moved, entering, added } = movedVectors(model, sentence, block)
  const { heads, width, normPlacement, residualFromNorm, streams } = model.config
  const tokens = sentence.ids.length
  if (residual && (residualFromNorm || streams)) {
    moved.dispose()
    throw new UserError(
      `What layer ${block + 1} of ${model.info.name} keeps of a token is not its input, so the share of the ` +
        'residual connection cannot be separated; use the norms of the layer without it.'
    )
  }
  const normed = residual && normPlacement === 'sum'
  const sums = entering.map((value, i) => value + added[i]!)
  const { vectors, stream, scales } = tf.tidy(() => {
    const kept = tf.tensor2d(entering, [tokens, width])
    if (!normed)
      return { vectors: moved.dataSync<'float32'>(), stream: entering, scales: new Float32Array(tokens).fill(1) }
    // A norm is linear but for its scale, which is that of the whole: of one row here, and of every other by the ratio.
    const whole = tf.tensor2d(sums, [tokens, width])
    const first = tf.slice(whole, [0, 0], [1, width])
    const length = (of: Tensor2D): number => tf.norm(model.foldAttentionNorm(block, first, of)).dataSync()[0]!
    const ofFirst = length(first)
    return {
      vectors: model.foldAttentionNorm(block, moved, first).dataSync<'float32'>(),
      stream: model.foldAttentionNorm(block, kept, first).dataSync<'float32'>(),
      scales: Float32Array.from({ length: tokens }, (_, row) => length(tf.slice(whole, [row, 0], [1, width])) / ofFirst)
    }
  })
  moved.dispose()
  const products = headProducts(vectors, heads, tokens, width)
  const result = new Float32Array(tokens * tokens)
  for (let query = 0; query < tokens; query++) {
    for (let key = 0; key < tokens; key++) {
      const weight = (head: number): number => weights[(head * tokens + query) * tokens + key]!
      let square = 0
      for (let a = 0; a < heads; a++)
        for (let b = 0; b < heads; b++) square += weight(a) * weight(b) * products[(key * heads + a) * heads + b]!
      if (residual && query === key) {
        const keptVector = stream.subarray(query * width, (query + 1) * width)
        for (let head = 0; head < heads; head++)
          square += 2 * weight(head) * dot(vectors, (head * tokens + key) * width, keptVector)
        square += dot(keptVector, 0, keptVector)
      }
      result[query * tokens + key] = scales[query]! * Math.sqrt(Math.max(0, square))
    }
  }
  return result
}

/** The products of the vectors of all pairs of heads at each token: [tokens, heads, heads]. */
function headProducts(vectors: Float32Array, heads: number, tokens: number, width: number): Float64Array {
  const products = new Float64Array(tokens * heads * heads)
  for (let token = 0; token < tokens; token++)
    for (let a = 0; a < heads; a++) {
      const first = vectors.subarray((a * tokens + token) * width, (a * tokens + token + 1) * width)
      for (let b = 0; b <= a; b++) {
        const product = dot(vectors, (b * tokens + token) * width, first)
        products[(token * heads + a) * heads + b] = product
        products[(token * heads + b) * heads + a] = product
      }
    }
  return products
}

function dot(values: Float32Array, from: number, other: Float32Array): number {
  let sum = 0
  for (let i = 0; i < other.length; i++) sum += values[from + i]! * other[i]!
  return sum
}

/** @throws UserError for a layer whose output is not a sum of weighted values */
function movedVectors(model: TransformerModel, sentence: SentenceInput, block: number): MovedVectors {
  const { config } = model
  const { heads, keyValueHeads, headWidth } = configOfBlock(config, block)
  const tokens = sentence.ids.length
  const name = (site: 'attn.pattern' | 'attn.v' | 'attn.out' | 'resid_pre') => `blocks.${block}.${site}` as const
  const captured = captureValues(model, sentence, [
    name('attn.pattern'),
    name('attn.v'),
    name('attn.out'),
    name('resid_pre')
  ])
  const [weights, values, added] = [
    captured.get(name('attn.pattern'))!,
    captured.get(name('attn.v'))!,
    captured.get(name('attn.out'))!
  ]
  const shared = heads / keyValueHeads
  // Values as if every head attended to its own token alone: what the output makes of them is what it moves.
  const alone = new Float32Array(tokens * heads * headWidth)
  for (let token = 0; token < tokens; token++)
    for (let head = 0; head < heads; head++) {
      const from = (token * keyValueHeads + Math.floor(head / shared)) * headWidth
      alone.set(values.subarray(from, from + headWidth), (token * heads + head) * headWidth)
    }
  const moved = headOutputs(model, block, alone)
  const isSum = tf.tidy(() => {
    const byHead = tf.reshape(moved, [heads, tokens, config.width])
    const sum = tf.sum(tf.matMul(tf.tensor3d(weights, [heads, tokens, tokens]), byHead), 0)
    const rest = tf.sub(tf.tensor2d(added, [tokens, config.width]), sum)
    // What no head adds, a bias, is the same at every token.
    const varies = tf.max(tf.abs(tf.sub(rest, tf.mean(rest, 0, true))))
    return varies.dataSync()[0]! <= tolerance * Math.max(1e-3, tf.max(tf.abs(sum)).dataSync()[0]!)
  })
  if (!isSum) {
    moved.dispose()
    throw new UserError(
      `What the attention of layer ${block + 1} of ${model.info.name} adds is not a weighted sum of values: it is ` +
        'gated, normed or mixed with something else on its way out. Norms of weights times values are not defined ' +
        'for it; use value zeroing.'
    )
  }
  return { weights, moved, added, entering: captured.get(name('resid_pre'))! }
}
