/** How subword vectors become one vector a word. */
export type Pooling = 'first' | 'last' | 'mean'

/** What the window needs to know of an opened checkpoint. */
export interface ModelInfo {
  /** Stable over restarts: a hash of config and weights' header and size. */
  id: string
  /** `static`: a file of word vectors, which has layer 0 and nothing above it. */
  kind: 'transformer' | 'static'
  /** Seed of its random weights, for the untrained twin of a checkpoint; null for trained weights. */
  untrained: number | null
  name: string
  /** `model_type` of its config; 'static' for word vectors. */
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
  /** Longest input in tokens, special tokens included; of word vectors, which are read one by one, the largest number there is. */
  maxTokens: number
  parameters: number
  /** Storage type of the checkpoint, for example 'F16'. */
  dtype: string
  bytes: number
  licence?: string
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
