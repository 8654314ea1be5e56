import { describe, expect, it } from 'vitest'
import { chooseFirstSentence, chooseFirstWord } from '@/stores/firstSentence'
import { sentenceRow } from '../fixtures'

const upos = (labels: string) => ({ labels: { upos: labels.split(' ') } })

describe('the first sentence', () => {
  it('is medium long, whole and varied rather than short, endless or a list of numbers', () => {
    const short = sentenceRow(0, ['Thanks', '!'], upos('NOUN PUNCT'))
    const long = sentenceRow(
      1,
      Array.from({ length: 60 }, (_, i) => `word${i}`),
      upos(Array.from({ length: 60 }, () => 'NOUN').join(' '))
    )
    const good = sentenceRow(
      2,
      'The old boat near the river was quietly sold to her brother .'.split(' '),
      upos('DET ADJ NOUN ADP DET NOUN AUX ADV VERB ADP PRON NOUN PUNCT')
    )
    const numbers = sentenceRow(
      3,
      '12 34 56 78 90 11 22 33 44 55 66 77 .'.split(' '),
      upos('NUM NUM NUM NUM NUM NUM NUM NUM NUM NUM NUM NUM PUNCT')
    )
    const matches = [short, long, good, numbers].map((row) => ({ row, matches: [] }))
    expect(chooseFirstSentence(matches, 'upos')?.index).toBe(2)
  })

  it('is none where there is none', () => {
    expect(chooseFirstSentence([], 'upos')).toBeNull()
  })
})

describe('the first word', () => {
  it('is the root of the tree, without trees the longest word, without words none', () => {
    expect(chooseFirstWord(sentenceRow(0, ['She', 'left', 'early'], { heads: [2, 0, 2] }))).toBe(1)
    expect(chooseFirstWord(sentenceRow(0, ['a', 'remarkable', 'day']))).toBe(1)
    expect(chooseFirstWord(sentenceRow(0, []))).toBeNull()
  })
})
