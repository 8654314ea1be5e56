import type { TokenSpelling } from './tokenText'

/** How subword vectors become one vector a word. */
export type Pooling = 'first' | 'last' | 'mean'

/** Default seed of the untrained twin that a model is compared with. */
export const twinSeed = 1

/** A value that a model can compute. A view shows what the open model has, whatever its kind. */
export interface ValueInfo {
  /** As in hookNames.ts, or 'logits'. */
  name: string
  kind: 'hidden' | 'attention' | 'gate' | 'state' | 'router' | 'logits'
  /** The layer it belongs to: an attention map belongs to the layer that its block gives. */
  layer: number
  /** Its shape for one sentence. */
  shape: readonly (number | 'tokens')[]
}

/** Whether a model has values of a kind. */
export function hasValues(model: Pick<ModelInfo, 'values'>, kind: ValueInfo['kind']): boolean {
  return model.values.some((value) => value.kind === kind)
}

/** How many tensors, and the names of the first of them. */
export interface TensorNames {
  count: number
  names: string[]
}

/** How the weights of a model differ from those of its base. */
export interface WeightDifferences {
  /** Tensors that both have. */
  compared: number
  /** Those of them with another value or shape. */
  changed: TensorNames
  /** Tensors that only the model has, and that only its base has. */
  added: TensorNames
  removed: TensorNames
}

/** Where the weights of a model come from. */
export interface Lineage {
  /** What it was trained from; at least one of the three is known. */
  base: { id?: string; name?: string; path?: string }
  /** The model that it learned from, in distillation. */
  teacher?: { id?: string; name?: string; path?: string }
  /** How it was trained: a name, or settings. */
  recipe?: string | Record<string, unknown>
  /** What it was trained on: a name, or what identifies it. */
  data?: string | Record<string, unknown>
  seed?: number
  /** Steps of training so far. */
  step?: number
  /** The head that was trained with it, in words. */
  head?: string
  /** What else there is to know, as a sentence. */
  note?: string
  /** Which tensors differ from the base, where both were compared. */
  differences?: WeightDifferences
}

/** What the window needs to know of an opened checkpoint. */
export interface ModelInfo {
  /** A hash of every byte of weights, config and tokenizer, wherever they are on the disk (docs/adr/0012). */
  id: string
  /**
   * `static`: a file of word vectors, which has layer 0 and nothing above it; `recurrent`: layers that read a sentence
   * word by word, from one end or from both.
   */
  kind: 'transformer' | 'recurrent' | 'static'
  /** Seed of its random weights, for the untrained twin of a checkpoint; null for trained weights. */
  untrained: number | null
  /** Id of the untrained twin (of seed `twinSeed`) that a checkpoint with trained weights is compared with. */
  twin?: string
  name: string
  /** `model_type` of its config; 'static' for word vectors. */
  family: string
  /** Title of the family as papers write it. */
  familyTitle: string
  /** Its folder or file; with how it is read behind a #, where it can be read in several ways (docs/models.md). */
  path: string
  bundled: boolean
  /** Other ways to read the same files, in words, and what opens them; absent where there are none. */
  readings?: { title: string; address: string }[]
  /** Where it comes from, for a snapshot in the cache that Hugging Face's tools share. */
  hub?: { repo: string; commit: string; revisions: string[] }
  /** Where its weights come from, as far as files in its folder or a comparison show. */
  lineage?: Lineage
  /** Blocks; hidden states are counted 0 .. layers. */
  layers: number
  heads: number
  width: number
  vocabulary: number
  /**
   * Longest input in tokens, special tokens included; of word vectors, which are read one by one, the largest number
   * there is.
   */
  maxTokens: number
  /** How its tokenizer spells text in its tokens. */
  spelling: TokenSpelling
  /** The values it can compute, layer by layer. */
  values: ValueInfo[]
  parameters: number
  /** Storage type of the checkpoint, for example 'F16'. */
  dtype: string
  bytes: number
  /** Names of the files that hold the weights. */
  files: string[]
  /** Bytes its weights take in memory, and the most that opening it takes, both predicted before they are read. */
  memory: {
    held: number
    peak: number
    /** The type of matrices that stay 16-bit numbers in memory; absent where all weights are 32-bit numbers. */
    kept?: 'F16' | 'BF16'
    /** Its blocks are read from the disk, and one at a time is in memory. */
    streamed?: true
  }
  /** Whether PyTorch's values are in its folder, to compare with (docs/parity.md). */
  reference: 'none' | 'beside'
  /** As its README or its licence file names it; null where neither does. */
  licence: string | null
  /** Whether the checkpoint has the weights of a language-model head. */
  head: boolean
  /** Whether every token sees those after it: such a model guesses masked tokens, others the next one. */
  masked: boolean
  /** What was noticed while opening, as sentences (unused tensors, missing tokenizer options). */
  notes: string[]
}

/**
 * A model next to what PyTorch computed with it: largest absolute differences, null where the reference holds none of
 * the kind.
 */
export interface ParityCheck {
  hiddenStates: number | null
  attentions: number | null
  logits: number | null
  /** Of values inside blocks: routers, recurrent states. */
  inside: number | null
  /** What still counts as the same number. */
  tolerance: number
  /** All of them are within it. */
  ok: boolean
  /** The backend that computed. */
  backend: string
}

/** A checkpoint that can be opened without typing a path. */
export interface ModelEntry {
  path: string
  name: string
  bundled: boolean
  description: string
}
