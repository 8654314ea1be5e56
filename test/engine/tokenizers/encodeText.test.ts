import { join } from 'node:path'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import { maskSpelling, spellMasks } from '../../../src/main/engine/tokenizers/maskSpelling'
import { openTextTokenizer } from '../../../src/main/engine/tokenizers/openTokenizer'
import { WordTokenizer } from '../../../src/main/engine/tokenizers/wordTokenizer'

const fixtures = 'test/fixtures/tokenizers'
const styles = readdirSync(fixtures, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? join(fixtures, entry.name) : []
)
const bundled = ['resources/models/gpt2-ud-tiny', 'resources/models/all-MiniLM-L6-v2']

const texts = [
  "The dogs' owner didn't come.",
  'The [MASK] barks.',
  'The keys, naïve 🙂 ones!',
  'She said: "No."  (Twice…)',
  ' today, 3.14 e-mails\n arrived ',
  'a [SEP] b </s> c'
]

describe.each([...bundled, ...styles])('%s', (folder) => {
  test.each(texts)('%j has the tokens of running text, and every token its word', async (text) => {
    const theirs = await (await openTextTokenizer(folder, { cut: false })).encode(text)
    const tokenizer = await WordTokenizer.open(folder, 512)
    const read = await tokenizer.encodeText(text)
    expect([...read.ids]).toEqual(await spelledIds(folder, text, theirs.ids))
    // Words are stretches of the text, in its order, that no token reaches over.
    expect(text.split(/\s+/u).join('')).toBe(read.words.join('').replaceAll(/\s/gu, ''))
    expect(read.wordsTaken).toBe(read.words.length)
    let at = 0
    const ranges = read.words.map((word) => {
      const start = text.indexOf(word, at)
      at = start + word.length
      return [start, at] as const
    })
    read.wordOfToken.forEach((word, token) => {
      const span = read.spans[token]!
      if (word < 0) return expect(span).toBeNull()
      if (text.slice(...span).trim()) {
        expect(span![0]).toBeGreaterThanOrEqual(ranges[word]![0])
        expect(span![1]).toBeLessThanOrEqual(ranges[word]![1])
      }
    })
    expect([...read.wordOfToken].filter((word) => word >= 0)).toEqual(
      [...read.wordOfToken].filter((word) => word >= 0).sort((a, b) => a - b)
    )
  })

  test('either spelling of a mask is the mask token, one token and one word; without one it is text', async () => {
    const tokenizer = await WordTokenizer.open(folder, 512)
    const own = await maskSpelling(folder, await openTextTokenizer(folder, { cut: false }))
    for (const mask of ['[MASK]', '<mask>']) {
      const text = `The ${mask} barks, ${mask}!`
      const read = await tokenizer.encodeText(text)
      if (own === null) {
        expect(read.note).toBe(`This tokenizer has no mask token; '${mask}' was read as text.`)
        continue
      }
      expect(read.note).toBeNull()
      expect(read.words).toEqual(['The', mask, 'barks', ',', mask, '!'])
      const masks = [...read.ids.keys()].filter((token) => read.ids[token] === tokenizer.maskId)
      expect(masks.map((token) => read.wordOfToken[token])).toEqual([1, 4])
      expect(masks.map((token) => text.slice(...read.spans[token]!).trim())).toEqual([mask, mask])
      const theirs = await (await openTextTokenizer(folder, { cut: false })).encode(text.replaceAll(mask, own))
      expect([...read.ids]).toEqual(theirs.ids)
    }
  })
})

/** What the library gives for a text that is written with the tokenizer's own mask. */
async function spelledIds(folder: string, text: string, asTyped: number[]): Promise<number[]> {
  const tokenizer = await openTextTokenizer(folder, { cut: false })
  const own = await maskSpelling(folder, tokenizer)
  return own === null ? asTyped : (await tokenizer.encode(text.replaceAll('[MASK]', own))).ids
}

test('the two sentences, token by token', async () => {
  const tokensOf = async (model: string, text: string): Promise<string[]> => {
    const tokenizer = await WordTokenizer.open(`resources/models/${model}`, 512)
    return Array.from((await tokenizer.encodeText(text)).ids, (id) => tokenizer.tokenText(id))
  }
  expect(await tokensOf('gpt2-ud-tiny', "The dogs' owner didn't come.")).toEqual([
    'The',
    'Ġdogs',
    "'",
    'Ġowner',
    'Ġdidn',
    "'t",
    'Ġcome',
    '.'
  ])
  expect(await tokensOf('all-MiniLM-L6-v2', 'The [MASK] barks.')).toEqual([
    '[CLS]',
    'the',
    '[MASK]',
    'bark',
    '##s',
    '.',
    '[SEP]'
  ])
})

test('words that share a token are one word', async () => {
  const bert = await WordTokenizer.open(join(fixtures, 'bert-uncased'), 512)
  expect((await bert.encodeText('a [SEP] b')).words).toEqual(['a', '[SEP]', 'b'])
})

test('a text that is too long is cut before a word, and a word that is too long loses its tail', async () => {
  const bert = await WordTokenizer.open(join(fixtures, 'bert-uncased'), 6)
  const whole = await (
    await WordTokenizer.open(join(fixtures, 'bert-uncased'), 512)
  ).encodeText('the keys the keys the')
  const cut = await bert.encodeText('the keys the keys the')
  const taken = cut.wordsTaken
  expect(taken).toBeLessThan(5)
  expect([...cut.wordOfToken]).toEqual([-1, ...[...whole.wordOfToken].filter((word) => word >= 0 && word < taken), -1])
  expect(cut.ids.length).toBeLessThanOrEqual(6)
  const long = await bert.encodeText('unbelievablyunbelievable keys')
  expect([long.ids.length, long.wordsTaken, long.words.length]).toEqual([6, 1, 2])
})

test('positions of a text with its masks respelled are those of the typed text', () => {
  const longer = spellMasks('a <mask>b<mask> c', '[MASK]')
  expect(longer.text).toBe('a [MASK]b[MASK] c')
  const same = Array.from(longer.text, (_, at) => at).map((at) => longer.toTyped(at))
  expect(same).toEqual(Array.from(longer.text, (_, at) => at))
  const shorter = spellMasks('a [MASK]b[MASK] c', '<m>')
  expect(shorter.text).toBe('a <m>b<m> c')
  expect([0, 2, 5, 6, 9, 10, 11].map((at) => shorter.toTyped(at))).toEqual([0, 2, 8, 9, 15, 16, 17])
  const grown = spellMasks('a <mask>b', '<a_long_mask>')
  expect([2, 15, 16].map((at) => grown.toTyped(at))).toEqual([2, 8, 9])
})

test("a tokenizer's own spelling of the mask is read from the files beside it", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-mask-'))
  try {
    cpSync(join(fixtures, 'xlm'), folder, { recursive: true })
    writeFileSync(join(folder, 'special_tokens_map.json'), '{"mask_token": {"content": "<special1>"}}')
    const tokenizer = await WordTokenizer.open(folder, 512)
    const read = await tokenizer.encodeText('a <mask> b <special1> c [MASK]')
    expect(read.words).toEqual(['a', '<mask>', 'b', '<special1>', 'c', '[MASK]'])
    expect(read.ids.filter((id) => id === tokenizer.maskId)).toHaveLength(3)
    writeFileSync(join(folder, 'special_tokens_map.json'), '[')
    await expect(WordTokenizer.open(folder, 512)).rejects.toThrow('special_tokens_map.json is not valid JSON')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
