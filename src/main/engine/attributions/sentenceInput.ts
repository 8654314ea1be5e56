import type { ReadSentence } from '../tokenizers/encodedSentence'

/** What is run of a sentence. */
export type SentenceInput = Pick<ReadSentence, 'ids' | 'segments' | 'hidden'>
