import { joinWords } from '../../../src/shared/words'
import { describe, expect, test } from 'vitest'
import { fold } from '../../../src/main/engine/datasets/search/fold'
import { alignSpaces, splitWords } from '../../../src/main/engine/datasets/splitWords'
import { splitNames, suggestSplits } from '../../../src/main/engine/datasets/splitNames'

describe('splitting a text into words', () => {
  test.each([
    ['Hello, world!', ['Hello', ',', 'world', '!']],
    ["I don't e-mail 3.14 times.", ['I', "don't", 'e-mail', '3.14', 'times', '.']],
    ['"Wait... (what?!)"', ['"', 'Wait', '...', '(', 'what', '?', '!', ')', '"']],
    ['今天，天气好 ok', ['今', '天', '，', '天', '气', '好', 'ok']],
    ['ไทย', ['ไ', 'ท', 'ย']],
    ['नमस्ते दुनिया।', ['नमस्ते', 'दुनिया', '।']],
    ['50€ #tag @me 😀😀!', ['50', '€', '#', 'tag', '@', 'me', '😀😀', '!']],
    ['  spaces\t\nand lines ', ['spaces', 'and', 'lines']],
    ['', []],
    ['…', ['…']]
  ])('%j', (text, words) => {
    expect(splitWords(text).words).toEqual(words)
  })

  test('words and spaces make up the text again', () => {
    const text = 'He said: "no", (twice). 今天 ok?! 3.14-ish…'
    const { words, spaceAfter } = splitWords(text)
    expect(joinWords(words, spaceAfter)).toBe(text)
    expect(alignSpaces(words, text)).toEqual(spaceAfter)
    expect(alignSpaces(words, 'another text')).toBeNull()
  })

  test('a long run of marks takes no time to speak of', () => {
    const text = `a${'-'.repeat(100_000)}b${'!?'.repeat(50_000)}`
    expect(splitWords(text).words).toHaveLength(100_001)
  })
})

test('folding drops case and accents, not letters', () => {
  expect(['Ärzte', 'ÉTÉ', 'İstanbul', 'ПЁС', 'ΣΊΓΜΑ', 'हिन्दी'].map(fold)).toEqual([
    'arzte',
    'ete',
    'istanbul',
    'пес',
    'σιγμα',
    'हिन्दी'
  ])
})

describe('names of splits', () => {
  test.each([
    [
      ['en_ewt-ud-train.conllu.gz', 'en_ewt-ud-dev.conllu', 'en_ewt-ud-test.conllu'],
      ['train', 'dev', 'test']
    ],
    [
      ['wnut17train.conll', 'emerging.val.conll'],
      ['train', 'dev']
    ],
    [
      ['Training_Set.csv', 'validation.csv', 'eval.csv'],
      ['train', 'dev', 'test']
    ],
    [
      ['trainer.tsv', 'contest.tsv'],
      ['trainer', 'contest']
    ],
    [
      ['a-train.tsv', 'b-train.tsv', 'test.tsv'],
      ['a-train', 'b-train', 'test']
    ],
    [
      ['x/data.tsv', 'y/data.tsv'],
      ['data', 'data (2)']
    ],
    [['test-train.tsv'], ['test-train']]
  ])('%j', (paths, names) => {
    expect(splitNames(paths)).toEqual(names)
  })

  test.each([
    [['train', 'dev', 'test'], 'train', 'test'],
    [['dev', 'test'], 'dev', 'test'],
    [['train', 'dev'], 'train', 'dev'],
    [['blogs', 'mail'], 'blogs', 'mail'],
    [['all'], 'all', 'all']
  ])('%j suggests %s and %s', (names, train, testSplit) => {
    expect(suggestSplits(names)).toEqual({ train, test: testSplit })
  })
})
