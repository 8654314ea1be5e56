import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { ValueInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import type { LoadedModel } from '../model'
import type { ReferenceValue } from '../namedParity'
import type { RunOptions, TokenBatch, Wanted } from '../transformer/transformer'

/** What a network computes for one batch: a hidden state [rows, widths[layer]] a layer from the first wanted one on. */
export interface NetworkRun {
  states: Tensor2D[]
  logits: Tensor2D | null
  /** Maps [sequences, heads, query, key], block by block, where the network attends and they are wanted. */
  attentions?: Tensor4D[]
}

/** The part of a recurrent model that differs from system to system. */
export interface RecurrentNetwork {
  /** Numbers of the hidden states of layers 0 ..; they need not be equally wide. */
  readonly widths: readonly number[]
  /** Tokens that the head scores; null where there is no head. */
  readonly vocabulary: number | null
  /** Attention heads of a layer; left out, it has none. */
  readonly heads?: number
  /** Numbers of a head's output, where it has heads: its blocks then have attn.result, attn.out and mlp.out. */
  readonly headWidth?: number
  /** Whether a token sees only those before it. */
  readonly causal: boolean
  /** What it has inside its layers. */
  readonly inside: readonly ValueInfo[]
  readonly bytesHeld: number
  /**
   * The last layer's state alone unless hidden states are wanted; the caller disposes of what it gets.
   */
  run(input: TokenBatch, wanted: Wanted, options: RunOptions): NetworkRun
  /** Scores [rows, vocabulary] of states [rows, width of the last layer]; only where there is a head. */
  score(states: Tensor2D): Tensor2D
  dispose(): void
}

/** Computes the values of a reference from the contents of its inputs.json, and the files beside it. */
export type ReferenceOf = (
  model: LoadedModel,
  network: RecurrentNetwork,
  inputs: Readonly<Record<string, unknown>>,
  folder: string
) => Map<string, ReferenceValue> | Promise<Map<string, ReferenceValue>>

/** @throws UserError for an id that a vocabulary of so many tokens does not have */
export function requireIds(ids: Int32Array, vocabulary: number): void {
  const wrong = ids.find((id) => id < 0 || id >= vocabulary)
  if (wrong !== undefined) throw new UserError(`There is no token ${wrong}; the vocabulary has ${vocabulary}.`)
}
