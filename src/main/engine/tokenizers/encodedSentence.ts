/** A sentence as the model reads it. */
export interface EncodedSentence {
  ids: Int32Array
  /** For every token the word it is a piece of, -1 for special tokens. */
  wordOfToken: Int32Array
  /** Words that did not fit into `maxTokens`, from this one on; equals the number of words when all fit. */
  wordsTaken: number
}

/** The same with its words and the place of every token in the text. */
export interface ReadSentence extends EncodedSentence {
  words: readonly string[]
  /** Whether a space follows each of them in the text. */
  spaceAfter: readonly boolean[]
  text: string
  /** Start and end in `text`, in UTF-16 units; null for special tokens and where the words are not in the text. */
  spans: readonly (readonly [start: number, end: number] | null)[]
  /** What a person should know about how the text was read; null if there is nothing. */
  note: string | null
  /** Of a pair: the sentence of every token, as `token_type_ids`; absent where the model tells none apart. */
  segments?: Int32Array
  /** Of a pair: its first word of the second sentence. */
  secondFrom?: number
  /** Places of tokens that the mask token stands for. */
  replaced?: readonly number[]
  /** Places of tokens that no other attends to. */
  hidden?: readonly number[]
}
