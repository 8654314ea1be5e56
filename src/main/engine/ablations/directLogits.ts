import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { HookName } from '@shared/hookNames'
import { UserError } from '@shared/userError'
import { configOfBlock } from '../models/transformer/config'
import type { TransformerModel } from '../models/transformer/transformerModel'
import { readOut } from '../probes/solvers/readOut'
import { headOutputs } from './headOutputs'
import { logitsAt } from './logitsAt'
import { captureValues } from './resources'

/** What each part of the model adds to one logit, or to the difference of two. */
export interface DirectParts {
  embeddings: number
  /** [layers * heads] */
  heads: Float64Array
  /** Of each block's attention, what comes from none of its heads: the bias of its output. */
  attentionBiases: Float64Array
  /** [layers] */
  mlps: Float64Array
  /** From the offset of the final norm and the bias of the head. */
  offset: number
  /** The model's own answer, which all of these add up to. */
  total: number
}

/** Of the answer, what may be missing from the sum of its parts: they are single precision. */
const tolerance = 1e-3

/** Rows read out at a time: each is as long as the vocabulary. */
const rowsAtOnce = 64

/**
 * Direct logit attribution: the last hidden state is a sum of what embeddings, heads and MLPs have added, and each is
 * read through the final norm with the mean and scale of the whole (Elhage et al. 2021; the norm folded as
 * TransformerLens does).
 * @param second the token whose logit is subtracted; null for none
 * @throws UserError for a model in which the parts do not add up to the answer, because their sum is normed in between
 */
export function directLogits(
  model: TransformerModel,
  ids: Int32Array,
  place: number,
  first: number,
  second: number | null
): DirectParts {
  const { layers, heads, width } = model.config
  const blocks = Array.from({ length: layers }, (_, block) => block)
  const places = (['attn.result', 'attn.out', 'mlp.out'] as const).map((site) =>
    blocks.map((block): HookName => `blocks.${block}.${site}`)
  )
  const values = captureValues(model, { ids }, ['embed', ...places.flat()])
  const at = (name: HookName, columns = width): Float32Array =>
    values.get(name)!.subarray(place * columns, (place + 1) * columns)
  const [results, attentions, mlps] = places as [HookName[], HookName[], HookName[]]
  const parts = tf.tidy(() => {
    const rows: Tensor2D[] = [tf.tensor2d(at('embed'), [1, width])]
    for (const block of blocks) {
      const { headWidth } = configOfBlock(model.config, block)
      const each = headOutputs(model, block, at(results[block]!, heads * headWidth))
      const all = tf.tensor2d(at(attentions[block]!), [1, width])
      rows.push(each, tf.sub(all, tf.sum(each, 0, true)), tf.tensor2d(at(mlps[block]!), [1, width]))
    }
    return tf.concat(rows, 0)
  })
  const whole = tf.tidy(() => tf.sum(parts, 0, true) as Tensor2D)
  const folded = model.foldFinalNorm(parts, whole)
  const [wholeFolded, zero] = [model.foldFinalNorm(whole, whole), tf.zeros<tf.Rank.R2>([1, width])]
  const normed = model.readOut(whole, 0)
  try {
    const [silent] = answers(model, zero, first, second)
    const linear = (rows: Tensor2D): number[] => answers(model, rows, first, second).map((answer) => answer - silent!)
    const each = linear(folded)
    const sum = each.reduce((added, part) => added + part, 0)
    const total = answerOf(model, ids, place, first, second)
    const near = (a: number, b: number): boolean => Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(total))
    // The model's answer is that of the sum, and the head takes parts one by one as it takes them together.
    if (!near(total, difference(normed, first, second)[0]!) || !near(sum, linear(wholeFolded)[0]!))
      throw new UserError(
        `The parts of ${model.info.name} do not add up to its answer: their sum is normed between its layers, or ` +
          'its head is more than a matrix. Direct logits are for models whose residual stream is a plain sum, such ' +
          'as GPT-2 and Llama.'
      )
    const stride = heads + 2
    return {
      embeddings: each[0]!,
      heads: Float64Array.from(blocks.flatMap((block) => each.slice(1 + block * stride, 1 + block * stride + heads))),
      attentionBiases: Float64Array.from(blocks, (block) => each[1 + block * stride + heads]!),
      mlps: Float64Array.from(blocks, (block) => each[2 + block * stride + heads]!),
      offset: total - sum,
      total
    }
  } finally {
    tf.dispose([parts, whole, folded, wholeFolded, zero, normed])
  }
}

/** What the head gives to rows that have been through the final norm: the first token's logit minus the second's. */
function answers(model: TransformerModel, normed: Tensor2D, first: number, second: number | null): number[] {
  const all: number[] = []
  for (let from = 0; from < normed.shape[0]; from += rowsAtOnce) {
    const rows = tf.slice(normed, [from, 0], [Math.min(rowsAtOnce, normed.shape[0] - from), -1])
    const logits = model.readOut(rows, model.config.layers)
    all.push(...difference(logits, first, second))
    tf.dispose([rows, logits])
  }
  return all
}

function answerOf(
  model: TransformerModel,
  ids: Int32Array,
  place: number,
  first: number,
  second: number | null
): number {
  const logits = logitsAt(model, ids, place)
  const [answer] = difference(logits, first, second)
  logits.dispose()
  return answer!
}

/** The token that a model finds most probable at a place. */
export function bestToken(model: TransformerModel, ids: Int32Array, place: number): number {
  const logits = logitsAt(model, ids, place)
  const [best] = readOut(tf.tidy(() => tf.argMax(logits, 1)))
  logits.dispose()
  return best!
}

function difference(logits: Tensor2D, first: number, second: number | null): number[] {
  return [
    ...readOut(
      tf.tidy(() => {
        const of = (token: number): tf.Tensor => tf.reshape(tf.slice(logits, [0, token], [-1, 1]), [-1])
        return second === null ? of(first) : tf.sub(of(first), of(second))
      })
    )
  ]
}
