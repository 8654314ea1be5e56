import type { SentenceAnalysis } from '@shared/sentence'
import type { AttentionUnit } from '@/plots/attentionMap'

export type UnitKind = 'token' | 'word'

export interface Units {
  units: AttentionUnit[]
  /** Unit of every token. */
  ofToken: Int32Array
}

/** Rows and columns of a map: the tokens themselves, or words and special tokens. Words without tokens take no part. */
export function unitsOf({ tokens, words }: Pick<SentenceAnalysis, 'tokens' | 'words'>, kind: UnitKind): Units {
  const units: AttentionUnit[] = []
  const ofToken = new Int32Array(tokens.length)
  tokens.forEach((token, index) => {
    const previous = units.at(-1)
    const continues = kind === 'word' && token.word !== null && previous?.word === token.word
    if (!continues) {
      const text = kind === 'word' && token.word !== null ? (words[token.word] ?? token.text) : token.text
      units.push({ text, special: token.special, word: token.word, token: index })
    }
    ofToken[index] = units.length - 1
  })
  return { units, ofToken }
}
