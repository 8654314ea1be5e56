import type { SentenceAnalysis } from '@shared/sentence'
import type { AttentionUnit } from '@/plots/attentionMap'

export type UnitKind = 'token' | 'word'

export interface Units {
  units: AttentionUnit[]
  /** Unit of every token. */
  ofToken: Int32Array
}

export interface UnitSource extends Pick<SentenceAnalysis, 'tokens' | 'words'> {
  /** What is shown of each token; the tokenizer's spelling where left out. */
  texts?: readonly string[]
}

/** Rows and columns of a map: the tokens themselves, or words and special tokens. Words without tokens take no part. */
export function unitsOf({ tokens, words, texts }: UnitSource, kind: UnitKind): Units {
  const units: AttentionUnit[] = []
  const ofToken = new Int32Array(tokens.length)
  tokens.forEach((token, index) => {
    const previous = units.at(-1)
    const continues = kind === 'word' && token.word !== null && previous?.word === token.word
    if (!continues) {
      const { special, masked, part } = token
      const about = {
        special,
        word: token.word,
        token: index,
        ...(masked && { masked }),
        ...(part !== undefined && { part })
      }
      const word = kind === 'word' && token.word !== null ? words[token.word] : undefined
      units.push(
        word === undefined
          ? {
              text: texts?.[index] ?? token.text,
              raw: token.text,
              ...about,
              ...(token.unknown ? { unknown: true } : {})
            }
          : { text: word, ...about }
      )
    }
    ofToken[index] = units.length - 1
  })
  return { units, ofToken }
}
