import type { SentenceToken } from '@shared/sentence'

export const words = ['The', 'banks']

export const tokens: SentenceToken[] = [
  { id: 101, text: '[CLS]', special: true, word: null },
  { id: 1996, text: 'the', special: false, word: 0 },
  { id: 2924, text: 'bank', special: false, word: 1 },
  { id: 2015, text: '##s', special: false, word: 1 },
  { id: 102, text: '[SEP]', special: true, word: null }
]

/** [5, 5], rows sum to 1. */
export const weights = Float32Array.from([
  0.4, 0.2, 0.2, 0.1, 0.1, 0.1, 0.2, 0.3, 0.3, 0.1, 0.5, 0.1, 0.1, 0.2, 0.1, 0.1, 0.3, 0.3, 0.1, 0.2, 0.25, 0.25, 0.25,
  0.25, 0
])
