import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import type { HookSite } from '@shared/hookNames'
import type { Angles, AttentionInput, Kernels } from '../../backends/kernels'
import type { BatchShape, TokenBatch } from './batch'
import { configOfBlock, type BlockAttention, type TransformerConfig } from './config'
import type { Hooks } from './hooks'
import type { MadeTokens } from './madeTokens'
import type { ScoreBias } from './scoreBias'
import type { LayerInputGate } from './layerInputWeights'
import type { BlockStreams, StreamWeights } from './streamWeights'

/** What all blocks of one forward pass share. */
export interface BlockContext {
  kernels: Kernels
  config: TransformerConfig
  input: TokenBatch
  shape: BatchShape
  bias: ScoreBias
  angles: ReadonlyMap<BlockAttention['rotary'], Angles>
  /** Embedded distances (2 span, W) of disentangled attention. */
  distanceTable: Tensor2D | null
  /** Vectors of all layers (R, layers, width), where layers have embeddings of their own. */
  layerInputs: Tensor3D | null
  /** Keys and values (R, 2 Hkv dHead) of blocks that later ones take. */
  keyValues: Map<number, Tensor2D>
  /** Null in a model with one residual stream, and in a run of one block alone. */
  streams: ResidualStreams | null
  /** Tokens made of several, where a model has them and the input is long enough. */
  madeTokens: MadeTokens | null
  hooks: Hooks | null
  /** Hears what a block (0-based) makes its scores of; the values are freed afterwards. Null: nobody does. */
  takeScores: TakeScores | null
}

export type TakeScores = (block: number, input: AttentionInput) => void

/** Several residual streams of one forward pass, (R, W) each. What is given back is the caller's to dispose of. */
export interface ResidualStreams {
  /** Streams made of the embeddings, which are disposed of; the active one of them. */
  begin(context: BlockContext, weights: StreamWeights, embeddings: Tensor2D): Tensor2D
  /** What is predicted for the active stream, which the block reads. */
  predict(context: BlockContext, weights: BlockStreams, residual: Tensor2D): Tensor2D
  /** The active stream once all are corrected by what the block gives. */
  correct(context: BlockContext, index: number, block: StreamBlock, activated: Tensor2D): Tensor2D
  /** The mean of the streams, each as long as the first. */
  mean(context: BlockContext, weights: StreamWeights, residual: Tensor2D): Tensor2D
  dispose(): void
}

/** The parts of a block that streams read. */
export interface StreamBlock {
  streams: BlockStreams | null
  layerInput: LayerInputGate | null
}

/** The context as a block (0-based) sees it. */
export function contextOfBlock(context: BlockContext, block: number): BlockContext {
  const config = configOfBlock(context.config, block)
  return config === context.config ? context : { ...context, config }
}

/** The value of a block's place as its hooks leave it. */
export function hooked<T extends Tensor>({ hooks, shape }: BlockContext, index: number, site: HookSite, value: T): T {
  return hooks ? hooks.apply(`blocks.${index}.${site}`, value, shape) : value
}
