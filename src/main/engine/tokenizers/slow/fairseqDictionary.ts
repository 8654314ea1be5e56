import { UserError } from '@shared/userError'
import type { TokenizerFiles } from '../tokenizerFiles'

/** What fairseq puts before the lines of dict.txt, and behind them. */
const before = ['<s>', '<pad>', '</s>', '<unk>'] as const
const mask = '<mask>'

/** Behind a line whose piece is one of those before. */
const overwrites = ' #fairseq:overwrite'

export interface FairseqDictionary {
  /** Pieces of the lines, the first of which has the id `first`. */
  pieces: readonly string[]
  first: number
  /** Special tokens with their ids, the mask last. */
  specials: readonly { content: string; id: number }[]
  /** What a piece without a line becomes. */
  unknown: number
}

/**
 * dict.txt of fairseq: a line `PIECE COUNT` for each token of the model, behind its four special tokens and before the
 * mask. A special token that has a line is the line's (CamemBERT's `<s>`).
 * @throws UserError where it has not as many tokens as the model
 */
export function readFairseqDictionary(files: TokenizerFiles): FairseqDictionary {
  const lines = files.text('dict.txt').split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  const size = before.length + lines.length + 1
  if (files.vocabularySize !== null && files.vocabularySize !== size)
    throw new UserError(
      `${files.path('dict.txt')} has ${lines.length} lines, ${size} tokens with the special ones, but the model has ` +
        `${files.vocabularySize}. Put the dict.txt beside it that it was released with.`
    )
  const pieces = lines.map((line) => {
    const plain = line.endsWith(overwrites) ? line.slice(0, -overwrites.length) : line
    return plain.slice(0, plain.lastIndexOf(' '))
  })
  const unknown = before.indexOf('<unk>')
  const idOf = (content: string, usual: number): number => {
    const line = content === '<unk>' ? -1 : pieces.lastIndexOf(content)
    return line < 0 ? usual : before.length + line
  }
  return {
    pieces,
    first: before.length,
    unknown,
    specials: [
      ...before.map((content, index) => ({ content, id: idOf(content, index) })),
      { content: mask, id: idOf(mask, size - 1) }
    ]
  }
}
