import { expect, test } from 'vitest'
import { isolated } from '@shared/isolated'
import { joinWords, usualSpaces } from '@shared/words'

test.each([
  [['The', 'dog', 'barks', '.'], 'The dog barks .'],
  [['他', '昨天', '来', '了', '。'], '他昨天来了。'],
  [['東京', 'は', '首都', 'です', '。', 'OK'], '東京は首都です。OK'],
  [['ผม', 'รัก', 'คุณ'], 'ผมรักคุณ'],
  [['나는', '학생', '입니다'], '나는 학생 입니다'],
  [['שלום', 'עולם', '!'], 'שלום עולם !'],
  [['قال', 'Mary', 'نعم'], 'قال Mary نعم'],
  [['Der', 'Hund'], 'Der Hund']
])('%j are joined as their script is written', (words, text) => {
  expect(joinWords(words)).toBe(text)
})

test('spaces that are known are kept', () => {
  expect(joinWords(['他', 'said', ':', 'no'], [true, false, true, true])).toBe('他 said: no')
  expect(usualSpaces(['他', '来', 'now'])).toEqual([false, false, true])
})

test('only right-to-left text is isolated', () => {
  expect(isolated('dog')).toBe('dog')
  expect(isolated('他')).toBe('他')
  expect(isolated('שלום!')).toBe('\u2068שלום!\u2069')
  expect(isolated('[UNK] مرحبا')).toBe('\u2068[UNK] مرحبا\u2069')
})
