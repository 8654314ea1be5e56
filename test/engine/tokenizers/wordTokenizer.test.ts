import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { alignedTokens } from '../../../src/main/engine/tokenizers/alignedTokens'
import { openTextTokenizer } from '../../../src/main/engine/tokenizers/openTokenizer'
import { encodeWords } from '../../../src/main/engine/tokenizers/sentenceEncoder'
import { WordTokenizer } from '../../../src/main/engine/tokenizers/wordTokenizer'

interface Cases {
  words: { words: string[]; ids: number[]; word_ids: (number | null)[] }[]
}

const folder = 'test/fixtures/parity-tokenizers'

describe.each(readdirSync(folder))('%s', (style) => {
  const cases = JSON.parse(readFileSync(join(folder, style, 'cases.json'), 'utf8')) as Cases

  test('ids and word alignment of pre-split words equal the Python library', async () => {
    const tokenizer = await WordTokenizer.open(join(folder, style), 512)
    expect(cases.words.length).toBeGreaterThan(0)
    for (const theirs of cases.words) {
      await tokenizer.prepare(theirs.words)
      const ours = tokenizer.encode(theirs.words)
      expect([...ours.ids]).toEqual(theirs.ids)
      expect([...ours.wordOfToken]).toEqual(theirs.word_ids.map((word) => word ?? -1))
    }
  })
})

test.each(readdirSync(folder))('a pair of sentences is read as the library reads it: %s', async (style) => {
  const [tokenizer, text] = [
    await WordTokenizer.open(join(folder, style), 512),
    await openTextTokenizer(join(folder, style), { cut: false })
  ]
  const [first, second] = [
    ['The', 'keys', 'are', 'here'],
    ['No', 'cabinet']
  ]
  await tokenizer.prepare([...first, ...second])
  const ours = tokenizer.encodePair(first, second)
  const theirs = await text.encode(first.join(' '), second.join(' '))
  expect([...ours.ids]).toEqual(theirs.ids)
  expect([...ours.segments]).toEqual(theirs.typeIds)
  expect([...ours.wordOfToken].map((word) => (word < 0 ? null : word < first.length ? 0 : 1))).toEqual(theirs.parts)
  expect(ours.cut).toBe(false)
  // The longer sentence is cut first.
  const narrow = await WordTokenizer.open(join(folder, style), ours.ids.length - 1)
  await narrow.prepare([...first, ...second])
  const cut = narrow.encodePair(first, second)
  expect(cut.cut).toBe(true)
  expect(cut.ids).toHaveLength(ours.ids.length - 1)
  expect(cut.ids.at(-1)).toBe(ours.ids.at(-1))
})

test('a tokenizer.json that cuts and pads for its old task does so no more', async () => {
  // The bundled model's file asks for 128 tokens, padded.
  const tokenizer = await WordTokenizer.open('resources/models/all-MiniLM-L6-v2', 512)
  const words = Array.from({ length: 400 }, () => 'cat')
  await tokenizer.prepare(words)
  expect(tokenizer.encode(words).ids).toHaveLength(402)
  expect(tokenizer.encode(['cat']).ids).toHaveLength(3)
})

test('a folder without a tokenizer is refused with the files that were looked for', async () => {
  await expect(WordTokenizer.open('test/fixtures/parity/bert', 64)).rejects.toThrow(
    'test/fixtures/parity/bert has no tokenizer (tokenizer.json, vocab.txt, vocab.json with merges.txt, ' +
      'spiece.model, sentencepiece.bpe.model, tokenizer.model, spm.model, 30k-clean.model or source.spm with ' +
      'vocab.json). Save it into the folder (in Python: tokenizer.save_pretrained(folder)) and open the folder again.'
  )
})

const slow = (style: string): string => join('test/fixtures/tokenizers', style)

describe.each([
  'gpt2',
  'opt',
  'qwen2',
  'roberta',
  'gemma',
  'bert-uncased',
  'roberta-prefix',
  't5',
  'llama',
  'llama-legacy'
])('%s', (style) => {
  test('words of running text become the tokens of the text', async () => {
    const words = ['The', 'keys', 'to', 'unbelievable', 'cabinets', 'are', 'here']
    const tokenizer = await WordTokenizer.open(slow(style), 512)
    await tokenizer.prepare(words)
    const text = await (await openTextTokenizer(slow(style), { cut: false })).encode(words.join(' '))
    expect([...tokenizer.encode(words).ids]).toEqual(text.ids)
  })
})

test('a word the tokenizer drops has no token, with a space before it or without; one the vocabulary lacks is unknown', async () => {
  const bert = await WordTokenizer.open(slow('bert-uncased'), 512)
  const words = ['a', '\u200b', '🙂']
  await bert.prepare(words)
  expect(bert.piecesOf('\u200b')).toHaveLength(0)
  const tokens = alignedTokens(bert, await encodeWords(bert, { words, text: words.join(' ') }))
  expect(tokens.map(({ word, unknown }) => [word, unknown ?? false])).toEqual([
    [null, false],
    [0, false],
    [2, true],
    [null, false]
  ])
  const gpt2 = await WordTokenizer.open(slow('gpt2'), 512)
  await gpt2.prepare([''])
  expect(gpt2.piecesOf('', true)).toHaveLength(0)
})

test('tokens of words that do not stand in the text have no place in it', async () => {
  const bert = await WordTokenizer.open(slow('bert-uncased'), 512)
  const tokens = alignedTokens(bert, await encodeWords(bert, { words: ['do', "n't"], text: 'dunno' }))
  expect(tokens.every(({ span }) => span === undefined)).toBe(true)
})

test('files that do not fit together are refused by name', async () => {
  const work = mkdtempSync(join(tmpdir(), 'layerscope-slow-'))
  const copy = (style: string): string => {
    const folder = join(work, style)
    cpSync(slow(style), folder, { recursive: true })
    return folder
  }
  try {
    const unknown = copy('bert-cased')
    writeFileSync(join(unknown, 'tokenizer_config.json'), '{"tokenizer_class": "CanineTokenizer"}')
    await expect(WordTokenizer.open(unknown, 64)).rejects.toThrow(
      `${unknown} requires the tokenizer class 'CanineTokenizer', which Layerscope cannot build from its files. ` +
        'Save the tokenizer as tokenizer.json (in Python: ' +
        'AutoTokenizer.from_pretrained(folder).save_pretrained(folder)) and open the folder again.'
    )
    const short = copy('t5')
    writeFileSync(join(short, 'spiece.model'), readFileSync(join(short, 'spiece.model')).subarray(0, 999))
    await expect(WordTokenizer.open(short, 64)).rejects.toThrow(
      `${join(short, 'spiece.model')} is not a SentencePiece model, or it is cut short.`
    )
    const merges = copy('gpt2')
    writeFileSync(join(merges, 'merges.txt'), '#version: 0.2\na b\nab\n')
    await expect(WordTokenizer.open(merges, 64)).rejects.toThrow(
      `${join(merges, 'merges.txt')}: merge 2 is 'ab'; expected two pieces with a space between them.`
    )
    const bare = copy('mpnet')
    writeFileSync(join(bare, 'vocab.txt'), '[UNK]\na\n')
    await expect(WordTokenizer.open(bare, 64)).rejects.toThrow(
      `${bare}: the vocabulary has no '<s>', which every text must be wrapped in.`
    )
  } finally {
    rmSync(work, { recursive: true })
  }
})

test('the padding token is the one that the folder names, else a usual one, else none', async () => {
  const work = mkdtempSync(join(tmpdir(), 'layerscope-padding-'))
  const bundled = 'resources/models/gpt2-ud-tiny'
  try {
    for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
      cpSync(join(bundled, file), join(work, file))
    expect((await WordTokenizer.open(work, 128)).padId).toBeNull()
    const options = JSON.parse(readFileSync(join(bundled, 'tokenizer_config.json'), 'utf8')) as Record<string, unknown>
    const named = { ...options, pad_token: { content: '<|endoftext|>' } }
    writeFileSync(join(work, 'tokenizer_config.json'), JSON.stringify(named))
    const tokenizer = await WordTokenizer.open(work, 128)
    expect(tokenizer.padId).toBe(tokenizer.tokenId('<|endoftext|>'))
    expect((await WordTokenizer.open('resources/models/all-MiniLM-L6-v2', 512)).padId).toBe(0)
  } finally {
    rmSync(work, { recursive: true })
  }
})
