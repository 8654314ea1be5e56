import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { HookName } from '@shared/hookNames'
import { UserError } from '@shared/userError'
import type { Angles, Kernels } from '../../backends/kernels'
import type { TakePattern } from './attention'
import { placesOf, shapeOf, type TokenBatch } from './batch'
import type { BlockContext, TakeScores } from './blockContext'
import { keepKeys, runBlock } from './block'
import { hasMap } from './blockSites'
import { canStartAt, sharesKeys, type BlockAttention, type TransformerConfig } from './config'
import { embed } from './embeddings'
import { logitsOf } from './head'
import type { Hooks } from './hooks'
import { layerInputsOf } from './layerInputs'
import { madeTokensOf } from './madeTokens'
import { normalise } from './norms'
import { anglesOf } from './rotary'
import { ScoreBias } from './scoreBias'
import { Streams } from './streams'
import type { HeadWeights } from './headWeights'
import type { TransformerWeights } from './weights'

export type { TokenBatch } from './batch'

/** Which values the caller wants back. Everything else is freed as soon as the next layer has it. */
export interface Wanted {
  hiddenStates: boolean
  /** True for all maps, or the blocks (0-based) whose map is wanted. */
  attentions: boolean | ReadonlySet<number>
  /**
   * Takes the maps as they are made and disposes of them, so that all of them are never held: (B, n, T, T) of the n
   * heads from `firstHead` on, a whole block's where it is small, one head's where it is not.
   */
  takeAttention?: (block: number, pattern: Tensor4D, firstHead: number) => void
  /** Takes the hidden states as they are made, in place of their being kept; they are freed afterwards. */
  takeHidden?: (layer: number, hidden: Tensor2D) => void
  /** The scores of the language-model head. */
  logits?: boolean
  /** Rows whose scores are wanted; all of them when left out. The head costs as much as several blocks. */
  logitRows?: Int32Array
}

/** Where a run starts that need not compute everything again. */
export interface Start {
  /** The first block that is computed (0-based). */
  block: number
  /** Its resid_pre, [rows, width]; stays the caller's. */
  residual: Tensor2D
  /**
   * Its attn.result, [rows, heads * headWidth], where that is known too: its attention is not computed then. Stays the
   * caller's.
   */
  attended?: Tensor2D
  /** No block after it is computed. */
  alone?: boolean
}

/** What is done differently from a plain run. */
export interface RunOptions {
  hooks?: Hooks
  start?: Start
  /** Whether values that are not numbers are refused. */
  finite?: boolean
  /** Hears what each block makes its scores of. */
  takeScores?: TakeScores
  /** Vectors that are read in place of the tokens' embeddings, [rows, their width]; stay the caller's. */
  tokens?: Tensor2D
}

export interface ForwardResult {
  /**
   * layers + 1 tensors [rows, width], rows as in the input; from a later `start` on, those of the layers above it,
   * start.block + 1 ... layers. Empty unless wanted. The caller disposes of them.
   */
  hiddenStates: Tensor2D[]
  /**
   * One [batch, heads, query, key] for every block, as long as the longest sequence and 0 outside a shorter one; null
   * where it was not wanted. The caller disposes of them.
   */
  attentions: (Tensor4D | null)[]
  /**
   * [rows, vocabulary] (of the wanted rows), the scores before softmax; null unless wanted. The caller disposes of it.
   */
  logits: Tensor2D | null
  /**
   * Last hidden state as the head reads it, [rows, another width], in a model that projects it; null in every other,
   * and unless hidden states are wanted. The caller disposes of it.
   */
  projected: Tensor2D | null
}

/** Hidden states of all layers, the last one as the head reads it. */
export function statesForHead({
  hiddenStates,
  projected
}: Pick<ForwardResult, 'hiddenStates' | 'projected'>): Tensor2D[] {
  return projected ? [...hiddenStates.slice(0, -1), projected] : hiddenStates
}

/**
 * The forward pass of every family, read top to bottom: embeddings, blocks of attention and MLP, final norm, head.
 * What differs from family to family is a field of the config. Names of the values follow src/shared/hookNames.ts. In
 * comments B = sequences, T = tokens of the longest, R = rows (tokens of all), W = width, H = heads, dHead = width of
 * a head.
 * @throws UserError for an input that the model has no position or token for, for logits of a model without a head, and
 * for values that are not numbers, if `finite` asks for that
 */
export function forward(
  kernels: Kernels,
  config: TransformerConfig,
  weights: TransformerWeights,
  input: TokenBatch,
  wanted: Wanted,
  options: RunOptions = {}
): ForwardResult {
  const pass = forwardSteps(kernels, config, weights, input, wanted, options)
  for (;;) {
    const step = pass.next()
    if (step.done) return step.value
  }
}

/**
 * The same, a block at a time: gives the index of a block before its weights are used. Several passes that are taken
 * through a block before any of them goes on need its weights in memory once. One that is given up is to be ended by
 * `return`.
 */
export function* forwardSteps(
  kernels: Kernels,
  config: TransformerConfig,
  weights: TransformerWeights,
  input: TokenBatch,
  wanted: Wanted,
  { hooks, start, finite, tokens, takeScores }: RunOptions = {}
): Generator<number, ForwardResult, undefined> {
  if (wanted.logits) needHead(weights)
  if (start && !start.alone && !canStartAt(config, start.block))
    throw new Error(`A run cannot start at block ${start.block}: it needs values of the blocks below.`)
  const hiddenStates: Tensor2D[] = []
  const attentions: (Tensor4D | null)[] = []
  const sums: Scalar[] = []
  hooks?.check(config.layers)
  const context = contextOf(kernels, config, weights, input, { hooks, tokens, start, takeScores })
  let residual: Tensor2D | null = null
  let isComplete = false
  try {
    // embed: (R, W)
    residual = start ? start.residual : hookedRows(context, 'embed', embed(kernels, config, weights, input, tokens))
    if (context.streams) residual = context.streams.begin(context, weights.streams!, residual)
    if (wanted.hiddenStates && !start) hiddenStates.push(residual)
    if (!start) wanted.takeHidden?.(0, residual)
    for (let i = 0; i < config.layers; i++) {
      if (i < (start?.block ?? 0) || (start?.alone && i > start.block)) {
        attentions.push(null)
        continue
      }
      yield i
      const wantPattern =
        (typeof wanted.attentions === 'boolean' ? wanted.attentions : wanted.attentions.has(i)) && hasMap(config, i)
      const takeHeads: TakePattern | null =
        wantPattern && wanted.takeAttention && mapBytes(config, context) > wholeMapBytes
          ? (pattern, firstHead) => wanted.takeAttention!(i, pattern, firstHead)
          : null
      const attended = start?.block === i ? (start.attended ?? null) : null
      const entering: Tensor2D = residual
      if (hooks?.skips(i) && sharesKeys(config, i)) keepKeys(context, i, weights.blocks.at(i)!, entering)
      const { output, pattern } = hooks?.skips(i)
        ? { output: tf.clone(entering), pattern: null }
        : runBlock(context, i, weights.blocks.at(i)!, entering, {
            wantPattern: wantPattern && !takeHeads,
            takeHeads,
            attended
          })
      if (!wanted.hiddenStates && entering !== start?.residual) entering.dispose()
      residual = output
      if (i === config.layers - 1 && weights.finalNorm) {
        const unnormed = hookedRows(context, 'resid_final', joined(context, weights, output))
        residual = normalise(kernels, config, weights.finalNorm, unnormed)
        unnormed.dispose()
      }
      residual = hookedRows(context, `blocks.${i}.resid_post`, residual)
      if (finite) sums.push(tf.sum(residual))
      if (wanted.hiddenStates) hiddenStates.push(residual)
      wanted.takeHidden?.(i + 1, residual)
      if (pattern && wanted.takeAttention) wanted.takeAttention(i, pattern, 0)
      attentions.push(wanted.takeAttention ? null : pattern)
    }
    const projected = weights.outputProjection
      ? kernels.dense(residual, weights.outputProjection.weight, null, 'none')
      : null
    const logits = wanted.logits
      ? logitsOfRows(kernels, config, weights, projected ?? residual, wanted.logitRows)
      : null
    if (!wanted.hiddenStates) tf.dispose(projected ? [residual, projected] : residual)
    try {
      requireFiniteLayers(sums, start?.block ?? 0)
    } catch (error) {
      for (const tensor of [...hiddenStates, ...attentions, logits, projected]) tensor?.dispose()
      throw error
    }
    isComplete = true
    return { hiddenStates, attentions, logits, projected: wanted.hiddenStates ? projected : null }
  } finally {
    if (!isComplete)
      for (const tensor of [...hiddenStates, ...attentions, residual === start?.residual ? null : residual])
        tensor?.dispose()
    tf.dispose(sums)
    context.bias.dispose()
    for (const angles of context.angles.values()) tf.dispose([angles.cos, angles.sin])
    context.distanceTable?.dispose()
    context.layerInputs?.dispose()
    context.madeTokens?.dispose()
    context.streams?.dispose()
    tf.dispose([...context.keyValues.values()])
  }
}

/**
 * Weights that are numbers can still give values that are none: large ones grow beyond 32 bits. Some kernels make 0 of
 * those, so that nothing looks wrong.
 * @param sums of the outputs of the blocks, from `first` on
 * @throws UserError naming the first layer of such values
 */
function requireFiniteLayers(sums: readonly Scalar[], first: number): void {
  if (sums.length === 0) return
  const values = tf.tidy(() => tf.stack([...sums]).dataSync())
  const at = values.findIndex((value) => !Number.isFinite(value))
  if (at === -1) return
  throw new UserError(
    `Layer ${first + at + 1} of the model gives values that are not numbers for this text: they grow beyond what 32 ` +
      'bits hold. Its weights are most likely damaged; open another checkpoint of the model.'
  )
}

/** What the final norm reads: of several residual streams their mean. The given one is freed where it is another. */
function joined(context: BlockContext, { streams }: TransformerWeights, residual: Tensor2D): Tensor2D {
  if (!context.streams) return residual
  const mean = context.streams.mean(context, streams!, residual)
  residual.dispose()
  return mean
}

function logitsOfRows(
  kernels: Kernels,
  config: TransformerConfig,
  weights: TransformerWeights,
  last: Tensor2D,
  rows: Int32Array | undefined
): Tensor2D {
  if (!rows) return logitsOf(kernels, config, weights, needHead(weights), last)
  // Not within a tidy: the head packs its matrix when it is first used, and keeps it.
  const picked = tf.tidy(() => tf.gather(last, tf.tensor1d(rows, 'int32')))
  const logits = logitsOf(kernels, config, weights, needHead(weights), picked)
  picked.dispose()
  return logits
}

/** Maps of a block that are larger are taken head by head. */
const wholeMapBytes = 64 * 2 ** 20

function mapBytes({ heads }: TransformerConfig, { shape }: BlockContext): number {
  return 4 * shape.batch * heads * shape.tokens ** 2
}

/** @throws UserError for a model without a head */
export function needHead({ head }: TransformerWeights): HeadWeights {
  if (head) return head
  throw new UserError(
    'This checkpoint has no language-model head, so it gives no scores for tokens; open one that was saved ' +
      'with its head.'
  )
}

/**
 * The head's scores (R, vocabulary) for the hidden state (R, W) of any layer; the last one is normed already.
 */
export function readOut(
  kernels: Kernels,
  config: TransformerConfig,
  weights: TransformerWeights,
  hidden: Tensor2D,
  layer: number
): Tensor2D {
  const head = needHead(weights)
  return tf.tidy(() => {
    const normed =
      layer < config.layers && weights.finalNorm ? normalise(kernels, config, weights.finalNorm, hidden) : hidden
    const read = weights.outputProjection
      ? kernels.dense(normed, weights.outputProjection.weight, null, 'none')
      : normed
    return logitsOf(kernels, config, weights, head, read)
  })
}

/**
 * A value of the residual stream as its hooks leave it; the old one is freed if they replace it.
 */
function hookedRows({ hooks, shape }: BlockContext, name: HookName, value: Tensor2D): Tensor2D {
  if (!hooks?.has(name)) return value
  const changed = tf.tidy(() => hooks.apply(name, value, shape))
  if (changed !== value) value.dispose()
  return changed
}

/** What the blocks share: masks, angles of rotary positions, embedded distances. Made once, disposed of at the end. */
function contextOf(
  kernels: Kernels,
  config: TransformerConfig,
  weights: TransformerWeights,
  input: TokenBatch,
  {
    hooks = null,
    tokens,
    start,
    takeScores = null
  }: Omit<RunOptions, 'hooks' | 'takeScores'> & {
    hooks?: Hooks | null | undefined
    takeScores?: TakeScores | null | undefined
  }
): BlockContext {
  const shape = shapeOf(input)
  const angles = new Map<BlockAttention['rotary'], Angles>()
  for (const { rotary } of config.blocks)
    if (rotary && !angles.has(rotary)) angles.set(rotary, anglesOf(rotary, placesOf(input), weights.rotaryTable))
  const table = weights.relativeTable
  const distanceTable =
    config.relative?.kind === 'disentangled' && table
      ? weights.relativeNorm
        ? kernels.layerNorm(table, weights.relativeNorm.gamma, weights.relativeNorm.beta, config.normEpsilon)
        : tf.clone(table)
      : null
  return {
    kernels,
    config,
    input,
    shape,
    bias: new ScoreBias(config, (block) => weights.blocks.at(block)!.relativeTable ?? table, input, shape),
    angles,
    distanceTable,
    layerInputs: layerInputsOf(kernels, config, weights, input, tokens),
    keyValues: new Map(),
    streams: config.streams && !start ? new Streams(config.streams) : null,
    madeTokens: madeTokensOf(config, weights, input, shape),
    hooks,
    takeScores
  }
}
