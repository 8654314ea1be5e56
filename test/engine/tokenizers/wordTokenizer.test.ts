import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
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

test('a tokenizer.json that cuts and pads for its old task does so no more', async () => {
  // The bundled model's file asks for 128 tokens, padded.
  const tokenizer = await WordTokenizer.open('resources/models/all-MiniLM-L6-v2', 512)
  const words = Array.from({ length: 400 }, () => 'cat')
  await tokenizer.prepare(words)
  expect(tokenizer.encode(words).ids).toHaveLength(402)
  expect(tokenizer.encode(['cat']).ids).toHaveLength(3)
})

test('a folder without tokenizer.json is refused', async () => {
  await expect(WordTokenizer.open('test/fixtures/parity/bert', 64)).rejects.toThrow(
    'test/fixtures/parity/bert has no tokenizer.json. Save the tokenizer in this form (in Python: tokenizer.save_pretrained(folder)) and open the folder again.'
  )
})
