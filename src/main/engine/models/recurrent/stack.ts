import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { hiddenStateHook } from '@shared/hookNames'
import type { ValueInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import { activeKernels } from '../../backends/activeKernels'
import type { PackedWeight } from '../../backends/kernels'
import { lstmValues } from '../../backends/portableLstm'
import { shapeOf, type TokenBatch } from '../transformer/batch'
import type { RunOptions, Wanted } from '../transformer/transformer'
import { disposeLayer, gateHook, runLayer, widthOf, type LstmLayer } from './lstm'
import type { NetworkRun, RecurrentNetwork } from './network'

/** What is below and above the layers of a stack. */
export interface StackParts {
  layers: readonly LstmLayer[]
  /** Numbers of layer 0. */
  inputWidth: number
  /** Layer 0 [rows, inputWidth] of a batch; called within a tidy. */
  embed(input: TokenBatch): Tensor2D
  /** [outputs of the last layer, vocabulary]; null: no head. */
  head: { weight: PackedWeight; bias: Tensor1D | null } | null
  causal: boolean
  /** Other tensors that it holds. */
  holds: readonly (Tensor | PackedWeight)[]
  /** Bytes that it holds outside of the backend. */
  bytesBeside?: number
}

/** Layers of LSTMs over vectors of tokens: ELMo, AWD-LSTM, CoVe, InferSent, and the directions of Flair. */
export class LstmStack implements RecurrentNetwork {
  readonly widths: readonly number[]
  readonly causal: boolean
  readonly vocabulary: number | null

  constructor(private readonly parts: StackParts) {
    this.widths = [parts.inputWidth, ...parts.layers.map(widthOf)]
    this.causal = parts.causal
    this.vocabulary = parts.head?.weight.outputs ?? null
  }

  get inside(): ValueInfo[] {
    return this.parts.layers.flatMap(({ directions }, block) =>
      directions.flatMap(({ direction, weights }) =>
        lstmValues.map((value) => ({
          name: gateHook(block, direction, value),
          kind: 'gate' as const,
          layer: block + 1,
          shape: ['tokens' as const, value === 'h' ? weights.outputs : weights.hidden]
        }))
      )
    )
  }

  get bytesHeld(): number {
    const tensors = [
      ...this.parts.holds.map((held) => ('tensor' in held ? held.tensor : held)),
      ...this.parts.layers.flatMap(({ directions }) =>
        directions.flatMap(({ weights: { input, recurrent, projection, bias } }) => [
          input.tensor,
          recurrent.tensor,
          bias,
          ...(projection ? [projection.tensor] : [])
        ])
      )
    ]
    return tensors.reduce(
      (sum, tensor) => sum + tensor.size * Float32Array.BYTES_PER_ELEMENT,
      this.parts.bytesBeside ?? 0
    )
  }

  run(input: TokenBatch, wanted: Wanted, { hooks, start }: RunOptions): NetworkRun {
    const { layers, embed, head } = this.parts
    const shape = shapeOf(input)
    const first = start?.block ?? 0
    const hooked = (layer: number, value: Tensor2D): Tensor2D =>
      hooks ? hooks.apply(hiddenStateHook(layer), value, shape) : value
    const states: Tensor2D[] = [
      tf.tidy(() => (start ? tf.slice(start.residual, [0, 0], [-1, this.widths[first]!]) : hooked(0, embed(input))))
    ]
    for (let block = first; block < layers.length; block++) {
      const below = states.at(-1)!
      states.push(
        tf.tidy(() => {
          if (hooks?.skips(block)) return tf.clone(this.passed(block, below))
          return hooked(block + 1, runLayer(activeKernels(), block, layers[block]!, below, input, hooks ?? null))
        })
      )
      if (!wanted.hiddenStates) states.shift()?.dispose()
    }
    if (start && wanted.hiddenStates) states.shift()?.dispose()
    const logits = wanted.logits && head ? this.scored(states.at(-1)!, wanted.logitRows) : null
    if (!wanted.hiddenStates) tf.dispose(states.splice(0))
    return { states, logits }
  }

  /** @throws UserError for a layer that changes the width, which nothing can bypass */
  private passed(block: number, below: Tensor2D): Tensor2D {
    if (this.widths[block] === this.widths[block + 1]) return below
    throw new UserError(
      `Layer ${block + 1} makes ${this.widths[block + 1]} numbers of ${this.widths[block]}, so it cannot be skipped.`
    )
  }

  private scored(states: Tensor2D, rows: Int32Array | undefined): Tensor2D {
    if (!rows) return this.score(states)
    return tf.tidy(() => this.score(tf.gather(states, tf.tensor1d(rows, 'int32'))))
  }

  score(states: Tensor2D): Tensor2D {
    const { weight, bias } = this.parts.head!
    return activeKernels().dense(states, weight, bias, 'none')
  }

  dispose(): void {
    this.parts.layers.forEach(disposeLayer)
    for (const held of this.parts.holds) held.dispose()
  }
}
