import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTextTokenizer } from '../../../src/main/engine/tokenizers/openTokenizer'
import { checkTokenizer, requireHarmless } from '../../../src/main/engine/tokenizers/trial'
import { WordTokenizer } from '../../../src/main/engine/tokenizers/wordTokenizer'

/** Files that would end the process if the library saw them end in a sentence, and the process lives on. */
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-tokenizer-'))
  process.env['LAYERSCOPE_CACHE'] = join(folder, 'cache')
})
afterAll(() => {
  delete process.env['LAYERSCOPE_CACHE']
  rmSync(folder, { recursive: true })
})

interface Json {
  [key: string]: Json
}
const whole = JSON.parse(readFileSync('resources/models/all-MiniLM-L6-v2/tokenizer.json', 'utf8')) as Json

function withJson(text: string): string {
  const path = mkdtempSync(join(folder, 'case-'))
  writeFileSync(join(path, 'tokenizer.json'), text)
  return path
}
const changed = (change: (json: Record<string, unknown>) => void): string => {
  const json = structuredClone(whole) as Record<string, unknown>
  change(json)
  return JSON.stringify(json)
}

describe('what the library takes for granted is checked before it is asked', () => {
  test.each<[string, () => string, string]>([
    [
      'a damaged precompiled normaliser',
      () => changed((json) => (json['normalizer'] = { type: 'Precompiled', precompiled_charsmap: 'AAAA/w==' })),
      "its 'precompiled_charsmap' is not one that SentencePiece makes"
    ],
    [
      'one inside a sequence',
      () =>
        changed(
          (json) =>
            (json['normalizer'] = {
              type: 'Sequence',
              normalizers: [{ type: 'Precompiled', precompiled_charsmap: 'x' }]
            })
        ),
      "its 'precompiled_charsmap' is not one that SentencePiece makes"
    ],
    [
      'a template with a token that it does not define',
      () =>
        changed((json) => {
          Reflect.deleteProperty((json['post_processor'] as Json)['special_tokens']!, '[SEP]')
        }),
      "its template puts '[SEP]' around texts, but 'special_tokens' does not say what that is"
    ],
    ['no JSON', () => '{', 'it is not valid JSON ('],
    ['null', () => 'null', "it has no 'model'"],
    ['a model that is null', () => changed((json) => (json['model'] = null)), "it has no 'model'"]
  ])('%s', async (_kind, make, why) => {
    const path = withJson(make())
    const sentence = `${join(path, 'tokenizer.json')} could not be read as a tokenizer: ${why}`
    expect(() => checkTokenizer(make(), join(path, 'tokenizer.json'))).toThrow(sentence)
    await expect(WordTokenizer.open(path, 512)).rejects.toThrow(sentence)
  })
})

describe('what is found out by trying alone is tried in another process', () => {
  // A merge shorter than the prefix that is taken off its second piece: the library slices beyond its end.
  const panics = JSON.stringify({
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: { type: 'BPE', continuing_subword_prefix: '####', vocab: { a: 0, t: 1, at: 2 }, merges: [['a', 't']] }
  })

  test('a panic ends in a sentence, again and again', async () => {
    const path = withJson(panics)
    const sentence = `${join(path, 'tokenizer.json')} is damaged: the tokenizers library fails on it (byte index 4 is out of bounds of \`t\`). Download it again, or save it again`
    await expect(openTextTokenizer(path, { cut: false })).rejects.toThrow(sentence)
    await expect(WordTokenizer.open(path, 512)).rejects.toThrow(sentence)
  })

  test('what passed is remembered by its content', async () => {
    const path = withJson(JSON.stringify(whole))
    await openTextTokenizer(path, { cut: false })
    const again = await openTextTokenizer(path, { cut: true })
    expect((await again.encode('the dog barks')).tokens.slice(0, 2)).toEqual(['[CLS]', 'the'])
  })

  test('what could not be tried is not remembered as passed', async () => {
    const json = changed((settings) => (settings['version'] = '1.0 '))
    const mark = join(folder, 'cache', 'tokenizers', `${createHash('sha256').update(json).digest('hex')}.passed`)
    const interpreter = process.execPath
    process.execPath = join(folder, 'absent', 'node')
    try {
      await requireHarmless(json, 'tokenizer.json')
    } finally {
      process.execPath = interpreter
    }
    expect(existsSync(mark)).toBe(false)
    await requireHarmless(json, 'tokenizer.json')
    expect(existsSync(mark)).toBe(true)
  })
})

describe('settings of another kind than expected', () => {
  test.each([
    ['tokenizer_config.json', 'null', 'tokenizer_config.json must be a JSON object.'],
    ['tokenizer_config.json', '{', 'tokenizer_config.json is not valid JSON: '],
    ['tokenizer.json', 'version https://git-lfs.github.com/spec/v1\n', 'tokenizer.json is a pointer that Git LFS left']
  ])('%s: %s', async (file, text, sentence) => {
    const path = withJson(JSON.stringify(whole))
    writeFileSync(join(path, file), text)
    await expect(WordTokenizer.open(path, 512)).rejects.toThrow(sentence)
  })
})

// Ids of Python: transformers 5.24, AutoTokenizer.from_pretrained on these files.
describe('special tokens that a vocabulary lacks are added behind it, as in Python', () => {
  const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', '[unused1]', 'a', 'b', '<', '>', '##ent', 'cats']
  const open = async (special: object, vocabulary = words): Promise<WordTokenizer> => {
    const path = mkdtempSync(join(folder, 'vocab-'))
    writeFileSync(join(path, 'vocab.txt'), `${vocabulary.join('\n')}\n`)
    writeFileSync(join(path, 'tokenizer_config.json'), '{"tokenizer_class": "BertTokenizer"}')
    writeFileSync(join(path, 'special_tokens_map.json'), JSON.stringify(special))
    return WordTokenizer.open(path, 512)
  }

  test.each<[object, Record<string, number>]>([
    [{ additional_special_tokens: ['[unused1]', '<ent>'] }, { '[unused1]': 5, '<ent>': 12 }],
    [{ additional_special_tokens: ['<b>', '<ent>'] }, { '<b>': 12, '<ent>': 13 }],
    [
      { mask_token: '[X]', additional_special_tokens: ['<b>'] },
      { '[X]': 12, '<b>': 13 }
    ],
    [
      { mask_token: '[X]', pad_token: '<pad>', bos_token: '<s>', eos_token: '</s>' },
      { '<s>': 12, '</s>': 13, '<pad>': 14, '[X]': 15 }
    ]
  ])('%j', async (special, ids) => {
    const tokenizer = await open(special)
    for (const [token, id] of Object.entries(ids)) expect(tokenizer.tokenId(token), token).toBe(id)
  })

  test('they are named in a note', async () => {
    expect((await open({ additional_special_tokens: ['[unused1]', '<ent>'] })).note).toBe(
      "The vocabulary lacks a special token that the tokenizer's files name; added at its end, as in Python: " +
        '"<ent>" (12).'
    )
    expect((await open({})).note).toBeNull()
  })

  test('a vocabulary without a mask token gets one', async () => {
    const without = words.filter((word) => word !== '[MASK]')
    expect((await open({}, without)).tokenId('[MASK]')).toBe(11)
  })
})

test('the field case, where it is there', async (context) => {
  const source = '../shared/field-cases/f28-special-token-not-in-vocabulary/tokenizer'
  const path = join(folder, 'f28')
  try {
    cpSync(source, path, { recursive: true })
  } catch {
    return context.skip(`${source} is not there`)
  }
  const { checkCases } = await import('../../../src/main/engine/tokenizers/tokenizerCases')
  expect(await checkCases(path)).toMatchObject({ differences: [] })
})
