/** How subword vectors become one vector a word. */
export type Pooling = 'first' | 'last' | 'mean'

/** What the window needs to know of an opened checkpoint. */
export interface ModelInfo {
  /** Stable over restarts: a hash of config and weights' header and size. */
  id: string
  name: string
  /** `model_type` of its config. */
  family: string
  /** Title of the family as papers write it. */
  familyTitle: string
  path: string
  bundled: boolean
  /** Blocks; hidden states are counted 0 .. layers. */
  layers: number
  heads: number
  width: number
  vocabulary: number
  /** Longest input in tokens, special tokens included. */
  maxTokens: number
  parameters: number
  /** Storage type of the checkpoint, for example 'F16'. */
  dtype: string
  bytes: number
  licence?: string
  /** Whether the checkpoint has the weights of a language-model head. */
  head?: boolean
  /** Whether every token sees those after it: such a model guesses masked tokens, others the next one. */
  masked?: boolean
  /** What was noticed while opening, as sentences (unused tensors, missing tokenizer options). */
  notes: string[]
}

/** A checkpoint that can be opened without typing a path. */
export interface ModelEntry {
  path: string
  name: string
  bundled: boolean
  description: string
}
