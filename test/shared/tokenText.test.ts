import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { showable, shownToken, shownTokens, type TokenSpelling } from '@shared/tokenText'
import { readTokenizer } from '../../src/main/engine/tokenizers/openTokenizer'
import { tokenSpelling, type SpellingParts } from '../../src/main/engine/tokenizers/tokenSpelling'

const tokensOf = (texts: readonly string[]) => texts.map((text) => ({ text }))
const folder = (name: string) => join('test/fixtures/tokenizers', name)

interface Cases {
  texts: { text: string; tokens: string[] }[]
}

test.each([
  ['gpt2', 'bytes'],
  ['roberta', 'bytes'],
  ['qwen2', 'bytes'],
  ['llama', 'metaspace'],
  ['gemma', 'metaspace'],
  ['xlm-roberta', 'metaspace'],
  ['deberta-v2', 'metaspace'],
  ['bert-cased', 'wordPiece'],
  ['xlm', 'wordEnd']
] as const)('%s spells its tokens by %s', (name, spelling) => {
  expect(tokenSpelling(JSON.parse(readTokenizer(folder(name)).json) as SpellingParts)).toBe(spelling)
})

test('tokens of bytes are shown as text', () => {
  expect(shownTokens(tokensOf(['The', 'Ġdogs', 'Ġbark', 's', ',', 'Ġna', 'Ã¯ve', '.', 'Ċ', 'ĠĠ']), 'bytes')).toEqual([
    'The',
    'dogs',
    'bark',
    '·s',
    ',',
    'na',
    '·ïve',
    '.',
    '⏎',
    '␣'
  ])
})

test('a character in several tokens is in the first of them', () => {
  expect(shownTokens(tokensOf(['æ', 'Ŀ', '±', 'äº', '¬']), 'bytes')).toEqual(['東⋯', '⋯', '⋯', '京⋯', '⋯'])
  expect(shownTokens(tokensOf(['<s>', '▁', '<0xF0>', '<0x9F>', '<0x99>', '<0x82>', 'n']), 'metaspace')).toEqual([
    '<s>',
    '␣',
    '🙂⋯',
    '⋯',
    '⋯',
    '⋯',
    '·n'
  ])
})

test('bytes that are no character are shown as bytes', () => {
  expect(shownToken('äº', 'bytes')).toBe('⟨E4\u00a0BA⟩')
  expect(shownTokens(tokensOf(['Ġaæ', 'b']), 'bytes')).toEqual(['a⟨E6⟩', '·b'])
  expect(shownToken('<0xE4>', 'metaspace')).toBe('⟨E4⟩')
})

test('a token by itself says whether it begins a word, where its script has spaces', () => {
  expect(['##ness', 'ness', '##昨', ',', '##'].map((text) => shownToken(text, 'wordPiece'))).toEqual([
    '·ness',
    'ness',
    '昨',
    ',',
    '##'
  ])
  expect(['Ġthe', 'the', '<|endoftext|>'].map((text) => shownToken(text, 'bytes'))).toEqual([
    'the',
    '·the',
    '<|endoftext|>'
  ])
  expect(['▁the', 'the', '▁'].map((text) => shownToken(text, 'metaspace'))).toEqual(['the', '·the', '␣'])
  expect(shownToken('bark</w>', 'wordEnd')).toBe('bark')
})

test('an unknown token is shown as what it is for', () => {
  const tokens = [
    { text: '[CLS]', special: true, word: null },
    { text: '[UNK]', unknown: true, surface: '昨', word: 0 },
    { text: '天', word: 1 },
    { text: 'ca', word: 2 },
    { text: '##f', word: 2 }
  ]
  expect(shownTokens(tokens, 'wordPiece')).toEqual(['[CLS]', '昨 [UNK]', '天', 'ca', '·f'])
})

test('invisible characters are made visible', () => {
  expect(shownToken('\u202eabc', 'plain')).toBe('\\u202eabc')
  expect(shownToken('\u200d', 'plain')).toBe('\\u200d')
  expect(shownToken('ี', 'plain')).toBe('◌ี')
})

/** Texts of a tokenizer's cases, put together again from what is shown of their tokens. */
test.each<[string, TokenSpelling]>([
  ['gpt2', 'bytes'],
  ['qwen2', 'bytes']
])('tokens of %s in Hebrew, Arabic, Chinese, Thai and emoji lose no letter', (name, spelling) => {
  const { texts } = JSON.parse(readFileSync(`${folder(name)}/cases.json`, 'utf8')) as Cases
  for (const { text, tokens } of texts) {
    const shown = shownTokens(
      tokens.filter((token) => !/^<.*[a-z].*>$/.test(token)).map((token) => ({ text: token })),
      spelling
    )
    const letters = (string: string): string =>
      string.normalize('NFD').replace(/[^\p{L}\p{N}\p{Extended_Pictographic}]/gu, '')
    expect(letters(shown.join('').replaceAll('\\u200d', '').replaceAll('\\u200b', ''))).toBe(letters(text))
  }
})

test('tokens with the texts of the unknown ones are shown as those of a sentence are', () => {
  expect(shownTokens(showable(['the', '[UNK]', '##s'], [null, '🜲', null]), 'wordPiece')).toEqual([
    'the',
    '🜲 [UNK]',
    '·s'
  ])
  expect(shownTokens(showable(['the', '[UNK]']), 'wordPiece')).toEqual(['the', '[UNK]'])
})
