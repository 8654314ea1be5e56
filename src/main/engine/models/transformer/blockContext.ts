import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import type { HookSite } from '@shared/hookNames'
import type { Angles, Kernels } from '../../backends/kernels'
import type { BatchShape, TokenBatch } from './batch'
import { configOfBlock, type BlockAttention, type TransformerConfig } from './config'
import type { Hooks } from './hooks'
import type { MadeTokens } from './madeTokens'
import type { ScoreBias } from './scoreBias'

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
  /** Tokens made of several, where a model has them and the input is long enough. */
  madeTokens: MadeTokens | null
  hooks: Hooks | null
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
