import { expect, it } from 'vitest'
import { typedProblem } from '@/composables/typedSentence'

it('a typed text without a word, or too long for a sentence, is refused in a sentence', () => {
  expect(['The dog barks.', '他来了', '…', '🙂'].map(typedProblem)).toEqual([null, null, null, null])
  for (const text of ['', '   ', '\u0000\u0007', '\u200b\u202e'])
    expect(typedProblem(text)).toBe('There is no word in this text; type a sentence.')
  expect(typedProblem('word '.repeat(130_000))).toBe(
    'This text has 650,000 characters; a typed sentence has at most 20,000. Save it as a file and open it as data.'
  )
})
