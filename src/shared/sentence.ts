import type { FloatTensor, TensorData } from './tensorData'

/**
 * Which sentence: one of a data set's, or text that was typed, perhaps with a second one, which the model reads as a
 * pair with the first. `masked` are tokens, by their places in what the model reads, that are hidden from the others:
 * the mask token is in their place, or where the tokenizer has none, nothing attends to them.
 */
export type SentenceRef =
  | { kind: 'dataset'; datasetId: string; split: string; index: number; masked?: number[] | undefined }
  | { kind: 'text'; text: string; second?: string | undefined; masked?: number[] | undefined }

/** How a token that is masked is hidden from the others. */
export type Masking = 'token' | 'attention'

export interface SentenceToken {
  id: number
  /** The tokenizer's own spelling, for example '##ness'. */
  text: string
  /** [CLS], [SEP] and their like. */
  special: boolean
  /** Index of the word it is a piece of; null for special tokens. */
  word: number | null
  /** The token for what is not in the vocabulary. */
  unknown?: boolean
  /** How it is hidden from the others; absent for a token that is not masked. */
  masked?: Masking
  /** Of which sentence of a pair it is a part; absent for special tokens and a single sentence. */
  part?: 0 | 1
  /** What an unknown token is for, as it is in the text. */
  surface?: string
  /**
   * Start and end in the sentence's text, in UTF-16 units; absent for special tokens and where the words do not occur
   * in the text.
   */
  span?: [start: number, end: number]
}

/** What the head answers at one token. */
export interface TokenAnswers {
  place: number
  /** The likeliest first. */
  guesses: { text: string; probability: number }[]
  /** The token that is in the text there (of a causal model, the next one), with its rank from 1. */
  actual: { text: string; probability: number; rank: number } | null
}

/** The result of running the model on one sentence, before a head is chosen. */
export interface SentenceAnalysis {
  words: string[]
  /** Whether a space follows each word in the text. */
  spaceAfter: boolean[]
  tokens: SentenceToken[]
  /** Words that did not fit the model's window: shown, but without activations. */
  truncatedWords: number
  /** Words without a token (the tokenizer dropped every character); they are ignored. */
  emptyWords: number
  /** A note for the user on how the text was read; null for none. */
  note: string | null
  /** [layers + 1, tokens]: cosine distance of a token's hidden state from the layer below; row 0 is zero. */
  movement: FloatTensor
  /** [layers, heads]: mean entropy of the rows in bits, special rows left out. */
  entropy: FloatTensor
  /**
   * [layers, heads, size, size]: weights x 255, sharpened to the map's own maximum, block-maximum when tokens > size.
   */
  thumbnails: TensorData<Uint8Array>
  /** [layers, heads]: the largest weight of each map, which is 255 in its thumbnail. */
  largest: FloatTensor
  /** Milliseconds inside the engine. */
  milliseconds: number
}
