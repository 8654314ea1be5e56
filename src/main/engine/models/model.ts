import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { ModelInfo } from '@shared/model'
import type { Tokenizer } from '../tokenizers/tokenizer'
import type { ForwardResult, RunOptions, TokenBatch, Wanted } from './transformer/transformer'

/** Sizes needed to run a model. */
export interface ModelShape {
  /** Hidden states are counted 0 .. layers. */
  readonly layers: number
  /** Numbers of a hidden state. */
  readonly width: number
  /** Attention heads of a layer; 0 in a model without attention. */
  readonly heads: number
  /** Numbers of a head's output; left out where there are no heads. */
  readonly headWidth?: number
  /** Tokens that the head scores. */
  readonly vocabulary: number
  /** Whether a token sees only those before it: such a model predicts the next token, others masked ones. */
  readonly causal: boolean
  /** Kinds of sentence (A and B) that have embeddings of their own; absent: none. */
  readonly segments?: number
  /** Its relative positions; those of XLNet tell sentences apart as well. */
  readonly relative?: { readonly kind: string } | null
}

/** Whether the model tells the two sentences of a pair apart. */
export function tellsSentences({ segments = 0, relative }: ModelShape): boolean {
  return segments > 1 || relative?.kind === 'transformerXl'
}

/**
 * A model in memory, ready to run: the interface of every kind of model. The values it can give are listed in
 * `info.values`. A part of the program that needs more than this (a transformer's config) asks for it by a guard, as
 * `needTransformer` does.
 */
export interface LoadedModel {
  readonly info: ModelInfo
  readonly shape: ModelShape
  readonly tokenizer: Tokenizer | null
  /** Whether `run` can give logits. */
  readonly hasHead: boolean
  /** Bytes of the weights as they are held for computing. */
  readonly bytesHeld: number
  /** What its layers are, where they are not hidden states but a value inside the blocks, in words. */
  readonly insideOf?: string
  /** The ids of its tokenizer mean something in this process alone: no worker can compute for it. */
  readonly inOneProcess?: boolean
  /**
   * Runs the model once; the caller disposes of the result. `ids` of the input are the tokenizer's ids, one per
   * token: a model that reads something else of a token (its characters) looks it up in its tokenizer by that id.
   */
  run(input: TokenBatch, wanted: Wanted, options?: RunOptions): ForwardResult
  /** The same, a block at a time (`forwardSteps`); absent in models without blocks. */
  runInSteps?(input: TokenBatch, wanted: Wanted, options?: RunOptions): Generator<number, ForwardResult, undefined>
  /**
   * The scores [rows, vocabulary] that the language-model head gives to a hidden state of any layer, through the final
   * norm where that state has not been through it. The caller disposes of them.
   * @throws UserError for a model without a head
   */
  readOut(hidden: Tensor2D, layer: number): Tensor2D
  /** The tokenizer. @throws UserError where there is none */
  needTokenizer(): Tokenizer
  /** The same model was opened from another place: the files beside it there count. */
  foundAt(path: string, bundled: boolean): void
  dispose(): void
}
