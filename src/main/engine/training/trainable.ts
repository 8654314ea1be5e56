import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { TokenBatch } from '../models/transformer/batch'
import type { Hooks } from '../models/transformer/hooks'
import type { Dropout } from './dropout'
import type { Mixout } from './mixout'
import type { Parameters } from './parameters'

/** What one pass over a batch gives, as far as losses are made of it. */
export interface TrainablePass {
  /**
   * layers + 1 tensors [rows, width]; the last one normed where the model has a final norm, and projected where it
   * projects.
   */
  hiddenStates: Tensor2D[]
  /**
   * Scores of the language-model head [rows, vocabulary] for rows like the last hidden state.
   * @throws UserError for a checkpoint without a head
   */
  logits(last: Tensor2D): Tensor2D
}

/** Something with parameters that objectives can read: a transformer, or hidden states that were computed before. */
export interface Trainable {
  readonly parameters: Parameters
  /** In force while it is set: during updates, not while anything is measured. */
  dropout: Dropout | null
  /** Mixed into what trains while its gradient is computed. */
  mixout: Mixout | null
  /** Rows of the token embeddings [tokens, width], before anything is done to them; left out where there are none. */
  tokenVectors?(ids: Int32Array): Tensor2D
  /**
   * Within `tf.tidy` or a gradient, which frees what is made.
   * @param tokens vectors that are read in place of the tokens' embeddings
   */
  run(input: TokenBatch, hooks?: Hooks, tokens?: Tensor2D): TrainablePass
}
