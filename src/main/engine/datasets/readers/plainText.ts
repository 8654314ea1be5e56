import { splitWords } from '../splitWords'
import type { DatasetReader } from './reader'

/**
 * Running text, a sentence or a paragraph a line, without labels: for training a language model. It is read where it is
 * asked for, and recognised nowhere, since a table may well look like text.
 */
export const plainText: DatasetReader = {
  id: 'text',
  title: 'Plain text',
  extensions: ['.txt'],
  maxLineBytes: 1 << 24,
  headBytes: 1 << 16,
  unlabelled: true,
  sniff: () => 0,
  preview: ({ lines }) => ({ columns: [], rows: lines.slice(0, 20).map((line) => [line]) }),
  plan: () => ({
    parser: ({ split: splitOf }) => {
      const split = splitOf()
      return {
        line(text, line) {
          const plain = text.replace(/\s+/gu, ' ').trim()
          const { words, spaceAfter } = splitWords(plain)
          if (words.length === 0) return
          words.forEach((word, index) => split.word(word, spaceAfter[index]))
          split.endSentence({ text: plain, line })
        },
        end: () => undefined
      }
    },
    layers: () => []
  })
}
