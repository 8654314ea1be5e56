import type { WordTokenizer } from './wordTokenizer'

/** What running a text asks of a tokenizer, whether it cuts words into pieces or looks them up whole. */
export type Tokenizer = Pick<
  WordTokenizer,
  | 'maxTokens'
  | 'specialCount'
  | 'prepare'
  | 'piecesOf'
  | 'offsetsOf'
  | 'encode'
  | 'encodePair'
  | 'joinPieces'
  | 'encodeText'
  | 'tokenText'
  | 'spelling'
  | 'unknownId'
  | 'maskId'
>
