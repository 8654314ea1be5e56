import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import type { Kernels } from '../backends/kernels'
import type { AttentionContext } from './attention'
import { placesOf, shapeOf, type TokenBatch } from './batch'
import { runBlock } from './block'
import type { BlockAttention, TransformerConfig } from './config'
import { embed } from './embeddings'
import { logitsOf } from './head'
import { normalise } from './norms'
import { anglesOf, type Angles } from './rotary'
import { ScoreBias } from './scoreBias'
import type { TransformerWeights } from './weights'

export type { TokenBatch } from './batch'

/** Which values the caller wants back. Everything else is freed as soon as the next layer has it. */
export interface Wanted {
  hiddenStates: boolean
  /** True for all maps, or the blocks (0-based) whose map is wanted. */
  attentions: boolean | ReadonlySet<number>
  /**
   * Takes the maps one at a time as they are made and disposes of them, so that a long input never holds all of them.
   */
  takeAttention?: (block: number, pattern: Tensor4D) => void
  /** The scores of the language-model head. */
  logits?: boolean
  /** Rows whose scores are wanted; all of them when left out. The head costs as much as several blocks. */
  logitRows?: Int32Array
}

export interface ForwardResult {
  /** layers + 1 tensors [rows, width], rows as in the input; empty unless wanted. The caller disposes of them. */
  hiddenStates: Tensor2D[]
  /**
   * One [batch, heads, query, key] for every block, as long as the longest sequence and 0 outside a shorter one; null
   * where it was not wanted. The caller disposes of them.
   */
  attentions: (Tensor4D | null)[]
  /** [rows, vocabulary] (of the wanted rows), the scores before softmax; null unless wanted. The caller disposes of it. */
  logits: Tensor2D | null
  /**
   * Last hidden state as the head reads it, [rows, another width], in a model that projects it; null in every other,
   * and unless hidden states are wanted. The caller disposes of it.
   */
  projected: Tensor2D | null
}

/**
 * The forward pass of every family, read top to bottom: embeddings, blocks of attention and MLP, final norm, head.
 * What differs from family to family is a field of the config. Names of the values follow src/shared/hookNames.ts. In
 * comments B = sequences, T = tokens of the longest, R = rows (tokens of all), W = width, H = heads, dHead = width of
 * a head.
 * @throws UserError for an input that the model has no position or token for, or logits of a model without a head
 */
export function forward(
  kernels: Kernels,
  config: TransformerConfig,
  weights: TransformerWeights,
  input: TokenBatch,
  wanted: Wanted
): ForwardResult {
  if (wanted.logits && !weights.head)
    throw new UserError(
      'This checkpoint has no language-model head, so it gives no scores for tokens; open one that was saved with its head.'
    )
  const hiddenStates: Tensor2D[] = []
  const attentions: (Tensor4D | null)[] = []
  const context = contextOf(kernels, config, weights, input)
  try {
    // embed: (R, W)
    let residual = embed(kernels, config, weights, input)
    if (wanted.hiddenStates) hiddenStates.push(residual)
    for (const [i, block] of weights.blocks.entries()) {
      const wantPattern = typeof wanted.attentions === 'boolean' ? wanted.attentions : wanted.attentions.has(i)
      const { output, pattern } = runBlock(context, i, block, residual, wantPattern)
      if (!wanted.hiddenStates) residual.dispose()
      residual = output
      if (i === config.layers - 1 && weights.finalNorm) {
        residual = normalise(kernels, config, weights.finalNorm, output)
        output.dispose()
      }
      if (wanted.hiddenStates) hiddenStates.push(residual)
      if (pattern && wanted.takeAttention) wanted.takeAttention(i, pattern)
      attentions.push(wanted.takeAttention ? null : pattern)
    }
    const projected = weights.outputProjection
      ? kernels.dense(residual, weights.outputProjection.weight, null, 'none')
      : null
    const logits = wanted.logits
      ? logitsOfRows(kernels, config, weights, projected ?? residual, wanted.logitRows)
      : null
    if (!wanted.hiddenStates) tf.dispose(projected ? [residual, projected] : residual)
    return { hiddenStates, attentions, logits, projected: wanted.hiddenStates ? projected : null }
  } finally {
    context.bias.dispose()
    for (const angles of context.angles.values()) tf.dispose([angles.cos, angles.sin])
    context.distanceTable?.dispose()
  }
}

function logitsOfRows(
  kernels: Kernels,
  config: TransformerConfig,
  weights: TransformerWeights,
  last: Tensor2D,
  rows: Int32Array | undefined
): Tensor2D {
  if (!rows) return logitsOf(kernels, config, weights, weights.head!, last)
  // Not within a tidy: the head packs its matrix when it is first used, and keeps it.
  const picked = tf.tidy(() => tf.gather(last, tf.tensor1d(rows, 'int32')))
  const logits = logitsOf(kernels, config, weights, weights.head!, picked)
  picked.dispose()
  return logits
}

/** What the blocks share: masks, angles of rotary positions, embedded distances. Made once, disposed of at the end. */
function contextOf(
  kernels: Kernels,
  config: TransformerConfig,
  weights: TransformerWeights,
  input: TokenBatch
): AttentionContext {
  const shape = shapeOf(input)
  const angles = new Map<BlockAttention['rotary'], Angles>()
  for (const { rotary } of config.blocks)
    if (rotary && !angles.has(rotary)) angles.set(rotary, anglesOf(rotary, placesOf(input)))
  const table = weights.relativeTable
  const distanceTable =
    config.relative?.kind === 'disentangled' && table
      ? weights.relativeNorm
        ? kernels.layerNorm(table, weights.relativeNorm.gamma, weights.relativeNorm.beta, config.normEpsilon)
        : tf.clone(table)
      : null
  return { kernels, config, input, shape, bias: new ScoreBias(config, table, input, shape), angles, distanceTable }
}
