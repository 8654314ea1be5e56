import type { SentenceToken } from '@shared/sentence'
import { expect, it } from 'vitest'
import { alignedUnits, alignmentRows, pieceHint, toTsv } from '@/shell/inspector/alignment'

const special = (id: number, text: string): SentenceToken => ({ id, text, special: true, word: null })
const tokens: SentenceToken[] = [
  special(101, '[CLS]'),
  { id: 7, text: 'boat', special: false, word: 0, span: [0, 4] },
  { id: 8, text: '##ing', special: false, word: 0, span: [4, 7] },
  { id: 100, text: '[UNK]', special: false, word: 2, unknown: true, span: [9, 11] },
  special(102, '[SEP]')
]
const units = alignedUnits({ words: ['boating', '\u200b', '🙂', 'too', 'far'], tokens, truncatedWords: 2 })

it('puts words above their tokens, special tokens where the model reads them, and what was not read at the end', () => {
  expect(units.map(({ word, state, pieces }) => [word, state, pieces.map(({ text }) => text)])).toEqual([
    [null, 'special', ['[CLS]']],
    [0, 'read', ['boat', '##ing']],
    [1, 'empty', []],
    [2, 'read', ['[UNK]']],
    [null, 'special', ['[SEP]']],
    [3, 'cut', []],
    [4, 'cut', []]
  ])
})

it('gives a row a token, and one for each word without', () => {
  const rows = alignmentRows(units, ['[CLS]', 'boat', '·ing', '🙂 [UNK]', '[SEP]'])
  expect(rows).toHaveLength(8)
  expect(rows[2]).toEqual({
    token_index: 2,
    token: '##ing',
    text: '·ing',
    id: 8,
    word_index: 0,
    word: 'boating',
    state: 'read',
    unknown: false,
    start: 4,
    end: 7
  })
  expect(rows[3]).toEqual({
    token_index: null,
    token: null,
    text: null,
    id: null,
    word_index: 1,
    word: '\u200b',
    state: 'empty',
    unknown: null,
    start: null,
    end: null
  })
  expect(toTsv(rows).split('\n').slice(0, 3)).toEqual([
    'token_index\ttoken\ttext\tid\tword_index\tword\tstate\tunknown\tstart\tend',
    '0\t[CLS]\t[CLS]\t101\t\t\tspecial\tfalse\t\t',
    '1\tboat\tboat\t7\t0\tboating\tread\tfalse\t0\t4'
  ])
})

it('says of a token what it is and where', () => {
  expect(pieceHint(units[1]!.pieces[1]!)).toBe('Token 2 · ##ing · id 8 · characters 4 to 7')
  expect(pieceHint(units[3]!.pieces[0]!)).toBe(
    'Token 3 · [UNK] · id 100 · not in the vocabulary: the model reads [UNK] · characters 9 to 11'
  )
  expect(pieceHint(units[0]!.pieces[0]!)).toBe('Token 0 · [CLS] · id 101 · special token')
})
