import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { HookName } from '@shared/hookNames'
import type { Kernels, LstmInput, PackedWeight } from '../../backends/kernels'
import { lstmSteps, lstmValues, type LstmEdit } from '../../backends/portableLstm'
import { placesOf, type TokenBatch } from '../transformer/batch'
import type { Hooks } from '../transformer/hooks'
import type { NamedWeights } from './namedWeights'

export type Direction = 'forward' | 'backward'

/** An LSTM in one direction; the gates i, f, g (the candidate) and o are side by side. */
export interface LstmWeights {
  /** [inputs, 4 * hidden] */
  input: PackedWeight
  /** [4 * hidden], all that is added to the gates before their activations */
  bias: Tensor1D
  /** [outputs, 4 * hidden] */
  recurrent: PackedWeight
  /** [hidden, outputs]; null: the outputs are the hidden state. */
  projection: PackedWeight | null
  cellClip: number | null
  projectionClip: number | null
  /** Numbers of the cell. */
  hidden: number
  outputs: number
}

/** A layer of one or two directions. */
export interface LstmLayer {
  directions: readonly { direction: Direction; weights: LstmWeights }[]
  /** Each direction reads its own part of the layer below, so that they never meet (Peters et al. 2018). */
  separate: boolean
  /** The layer's input is added to its output. */
  skip: boolean
}

/** Numbers of a layer's output: its directions side by side. */
export function widthOf({ directions }: LstmLayer): number {
  return directions.reduce((sum, { weights }) => sum + weights.outputs, 0)
}

/** Name of a value inside a layer's direction, [tokens, hidden] (h: [tokens, outputs]). */
export function gateHook(block: number, direction: Direction, value: (typeof lstmValues)[number]): HookName {
  return `blocks.${block}.lstm.${direction}.${value}`
}

/** PyTorch's names of the parts of an LSTM: where the layer's number is, and which of two directions it is. */
export function torchNames(
  prefix: string,
  layer: number,
  direction: Direction
): Record<'wi' | 'wh' | 'bi' | 'bh', string> {
  const end = `l${layer}${direction === 'backward' ? '_reverse' : ''}`
  return {
    wi: `${prefix}weight_ih_${end}`,
    wh: `${prefix}weight_hh_${end}`,
    bi: `${prefix}bias_ih_${end}`,
    bh: `${prefix}bias_hh_${end}`
  }
}

/** Weights as torch.nn.LSTM holds them: [4 * hidden, inputs] with the gates in the order i, f, g, o, and two biases. */
export function torchLstm(
  weights: NamedWeights,
  { wi, wh, bi, bh }: ReturnType<typeof torchNames>,
  sizes: { inputs: number; hidden: number }
): LstmWeights {
  const { inputs, hidden } = sizes
  const bias = weights.values(bi, [4 * hidden])
  weights.values(bh, [4 * hidden]).forEach((value, i) => (bias[i]! += value))
  return {
    input: weights.linear(wi, inputs, 4 * hidden),
    bias: tf.tensor1d(bias),
    recurrent: weights.linear(wh, hidden, 4 * hidden),
    projection: null,
    cellClip: null,
    projectionClip: null,
    hidden,
    outputs: hidden
  }
}

/**
 * The output [rows, width] of a layer of which `x` [rows, inputs] is the input. Its values can be looked at and
 * replaced by hooks, which take them step by step.
 */
export function runLayer(
  kernels: Kernels,
  block: number,
  layer: LstmLayer,
  x: Tensor2D,
  batch: Pick<TokenBatch, 'lengths' | 'ids'>,
  hooks: Hooks | null
): Tensor2D {
  return tf.tidy(() => {
    let from = 0
    const outputs = layer.directions.map(({ direction, weights }) => {
      const { input, bias, recurrent, projection, cellClip, projectionClip } = weights
      const read = layer.separate ? tf.slice(x, [0, from], [-1, input.inputs]) : x
      from += input.inputs
      const step: LstmInput = {
        gates: kernels.dense(read, input, bias, 'none'),
        lengths: batch.lengths,
        backward: direction === 'backward',
        recurrent,
        projection,
        cellClip,
        projectionClip
      }
      const edit = hooks && editOf(hooks, block, direction, batch)
      return edit ? lstmSteps(kernels.dense.bind(kernels), step, edit) : kernels.lstm(step)
    })
    const side = outputs.length === 1 ? outputs[0]! : (tf.concat(outputs, 1) as Tensor2D)
    return layer.skip ? tf.add<Tensor2D>(side, x) : side
  })
}

/** What the hooks inside a direction do; null where there are none. */
function editOf(
  hooks: Hooks,
  block: number,
  direction: Direction,
  batch: Pick<TokenBatch, 'lengths' | 'ids'>
): LstmEdit | null {
  if (!lstmValues.some((value) => hooks.has(gateHook(block, direction, value)))) return null
  const places = placesOf({ ...batch, mask: null, segments: null })
  return (name, value, rows) =>
    hooks.apply(gateHook(block, direction, name), value, {
      batch: rows.length,
      tokens: 1,
      places: Int32Array.from(rows, (row) => places[row]!),
      rows
    })
}

export function disposeLayer({ directions }: LstmLayer): void {
  for (const { weights } of directions) {
    weights.bias.dispose()
    for (const matrix of [weights.input, weights.recurrent, weights.projection]) matrix?.dispose()
  }
}
