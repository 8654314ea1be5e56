import type { Checkpoint } from '../../checkpoints/checkpoint'
import type { TokenizerDefaults } from '../../tokenizers/tokenizerFiles'
import type { Reading } from '../address'
import type { NameRule } from './nameTable'

/** What a layout's functions know of a checkpoint. */
export interface LayoutContext {
  stored: Checkpoint
  /** The config beside the weights; null where there is none. */
  config: Readonly<Record<string, unknown>> | null
  /** What `sizes.json` says of the part that is read, for what shapes do not tell; null where there is no such file. */
  stated: Readonly<Record<string, unknown>> | null
  reading: Reading
}

/**
 * A layout in which a system was released: how its files map onto a folder of Hugging Face's layout. The family of its
 * `model_type` does the rest.
 */
export interface ReleaseLayout {
  title: string
  /** Whether a checkpoint with these names is one. */
  recognises(has: (name: string) => boolean): boolean
  /** The names its config goes by; none for a release without one. */
  configNames: readonly string[]
  /** Models in one checkpoint; the first is the usual one. */
  parts?: readonly string[]
  /** As config.json. @throws UserError where something is missing that the files do not tell */
  config(context: LayoutContext): Record<string, unknown>
  rules(reading: Reading, stored: Checkpoint): readonly NameRule[]
  /** Tensors of the model that the file does without: rows of zeros, by the config. */
  zeros?(config: Readonly<Record<string, unknown>>): Readonly<Record<string, readonly number[]>>
  /** Tensors of the other parts. */
  leftOut?(reading: Reading): readonly RegExp[]
  /** How its vocabulary files are read. */
  tokenizer: TokenizerDefaults
  /** Files of its vocabulary that Hugging Face's layout does not have. */
  tokenizerFiles?: readonly string[]
  /** Whether its vocabulary alone tells if text is lower-cased. */
  casedByVocabulary?: boolean
  /** The field of its config whose "gelu" the authors' code computes as the tanh form; null where it does not. */
  geluField: string | null
}
