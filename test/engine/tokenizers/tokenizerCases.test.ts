import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { tokenizeCommand } from '../../../src/main/commands/tokenize'
import { openTextTokenizer } from '../../../src/main/engine/tokenizers/openTokenizer'
import { caseFolders, checkCases } from '../../../src/main/engine/tokenizers/tokenizerCases'
import { codePointOffsets, utf16Offsets } from '../../../src/shared/codePoints'

const work = mkdtempSync(join(tmpdir(), 'layerscope-tokenizers-'))
afterAll(() => rmSync(work, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

async function run(...parameters: string[]): Promise<{ code: number; lines: string[] }> {
  const written: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  const code = await tokenizeCommand.run(parameters)
  vi.restoreAllMocks()
  return { code, lines: written.join('').trimEnd().split('\n') }
}

const shared = '../shared/parity-tokenizers'
if (!existsSync(shared)) console.warn(`${shared} is not there: its styles of tokenizer are not compared.`)
const roots = ['test/fixtures/parity-tokenizers', 'test/fixtures/tokenizers', ...(existsSync(shared) ? [shared] : [])]

describe.each(roots)('%s', (root) => {
  test.each(caseFolders(root))('$name: every case equals Python', async ({ folder }) => {
    const { cases, differences } = await checkCases(folder)
    expect(differences).toEqual([])
    expect(cases).toBeGreaterThan(10)
  })
})

test('vocab.txt alone gives what tokenizer.json gives, on every sentence of EWT test', async () => {
  const model = 'resources/models/all-MiniLM-L6-v2'
  const slow = join(work, 'vocab-alone')
  for (const name of ['vocab.txt', 'tokenizer_config.json']) cpSync(join(model, name), join(slow, name))
  const text = gunzipSync(readFileSync('resources/datasets/ud_english-ewt/en_ewt-ud-test.conllu.gz')).toString()
  const sentences = text
    .split('\n')
    .filter((line) => line.startsWith('# text = '))
    .map((line) => line.slice(9))
  expect(sentences.length).toBeGreaterThan(2000)
  const ours = await (await openTextTokenizer(slow, { cut: false })).encodeEach(sentences)
  const theirs = await (await openTextTokenizer(model, { cut: false })).encodeEach(sentences)
  expect(ours).toEqual(theirs)
})

test('a folder of folders prints a line for each and ends with the sum and 0', async () => {
  const { code, lines } = await run('--cases', 'test/fixtures/parity-tokenizers')
  expect(code).toBe(0)
  expect(lines).toEqual([
    'wordpiece-cased       37 of 37  ok',
    'wordpiece-uncased     37 of 37  ok',
    '74 of 74 cases agree.'
  ])
})

test('a single folder does as well; one that differs is said with its place and ends with 1', async () => {
  const folder = join(work, 'wrong')
  cpSync('test/fixtures/parity-tokenizers/wordpiece-cased', folder, { recursive: true })
  expect((await run('--cases', folder)).code).toBe(0)
  const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as {
    texts: { offsets: number[][] }[]
    words: { word_ids: (number | null)[] }[]
  }
  cases.texts[1]!.offsets[1] = [9, 9]
  cases.words[0]!.word_ids[2] = 7
  writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases))
  const { code, lines } = await run('--cases', folder)
  expect(code).toBe(1)
  expect(lines).toEqual([
    'wrong     35 of 37  FAIL',
    '  texts 2: offsets[1] is [0,2], expected [9,9]',
    '  words 1: word_ids[2] is 1, expected 7',
    '35 of 37 cases agree.'
  ])
})

test('a folder that cannot be read is a FAIL with its sentence, and the others are still compared', async () => {
  const both = join(work, 'both')
  cpSync('test/fixtures/parity-tokenizers', both, { recursive: true })
  rmSync(join(both, 'wordpiece-cased', 'tokenizer.json'))
  const { code, lines } = await run('--cases', both)
  expect(code).toBe(1)
  expect(lines[0]).toContain('FAIL: ')
  expect(lines[0]).toContain('has no tokenizer (tokenizer.json, vocab.txt, vocab.json with merges.txt,')
  expect(lines.at(-1)).toBe('37 of 37 cases agree. 1 of 2 folders could not be read.')
})

test('cases that are none are refused', async () => {
  const folder = join(work, 'none')
  cpSync('test/fixtures/parity-tokenizers/wordpiece-cased', folder, { recursive: true })
  const path = join(folder, 'cases.json')
  writeFileSync(path, '{"texts": [{"text": "a"}]}')
  await expect(checkCases(folder)).rejects.toThrow(
    `${path}: texts 1 is not a case; it needs 'text', 'a' and 'b', or 'words', and 'ids'.`
  )
  writeFileSync(path, '[]')
  await expect(checkCases(folder)).rejects.toThrow(
    `${path} has no cases; it must be an object of lists: texts, pairs, words.`
  )
  expect(() => caseFolders('resources/models')).toThrow(
    'resources/models holds no cases: neither it nor a folder in it has cases.json. docs/tokenizers.md says how to make them.'
  )
})

test('a text is printed token by token with ids, offsets in code points and words', async () => {
  const { code, lines } = await run('resources/models/all-MiniLM-L6-v2', '--text', '🙂 café')
  expect(code).toBe(0)
  expect(lines).toEqual([
    'text     token       id    offsets   word',
    '[CLS]    [CLS]      101          -      -',
    '🙂 [UNK]  [UNK]      100        0-1      0',
    'cafe     cafe      7668        2-6      1',
    '[SEP]    [SEP]      102          -      -'
  ])
})

test('words and pairs as JSON, in the form of cases.json', async () => {
  const words = JSON.parse(
    (await run('resources/models/all-MiniLM-L6-v2', '--words', 'unbelievableness .', '--json')).lines.join('')
  ) as Record<string, unknown>
  expect(words['tokens']).toEqual(['[CLS]', 'unbelievable', '##ness', '.', '[SEP]'])
  expect(words['word_ids']).toEqual([null, 0, 0, 1, null])
  expect(words['offsets']).toEqual([
    [0, 0],
    [0, 12],
    [12, 16],
    [0, 1],
    [0, 0]
  ])
  const pair = JSON.parse(
    (await run('resources/models/all-MiniLM-L6-v2', '--text', 'a', '--pair', 'b', '--json')).lines.join('')
  ) as Record<string, unknown>
  expect(pair['type_ids']).toEqual([0, 0, 0, 1, 1])
})

test('what does not go together is refused', async () => {
  await expect(run()).rejects.toThrow(
    'Name the folder of a model, or of cases: layerscope tokenize MODEL --text TEXT, or --cases FOLDER.'
  )
  await expect(run('resources/models/all-MiniLM-L6-v2')).rejects.toThrow(
    'Give either a text with --text or words with --words.'
  )
  await expect(run('resources/models/all-MiniLM-L6-v2', '--words', 'a', '--pair', 'b')).rejects.toThrow(
    '--pair needs --text; it cannot be combined with --words.'
  )
})

test('offsets in code points become positions in a JavaScript string', () => {
  const text = 'a🙂b👍🏽'
  const at = utf16Offsets(text)
  expect([0, 1, 2, 3, 4, 5].map(at)).toEqual([0, 1, 3, 4, 6, 8])
  expect([0, 3].map(utf16Offsets('naïve'))).toEqual([0, 3])
})

test('positions of a string are counted back in code points', () => {
  for (const text of ['naïve', 'a😀b😀', '😀', '']) {
    const positions = Array.from({ length: text.length + 2 }, (_, i) => i)
    expect(positions.map(codePointOffsets(text))).toEqual(positions.map((i) => Array.from(text.slice(0, i)).length))
  }
})

test('the command reads a checkpoint as its authors released it: which class its tokenizer has follows from it', async () => {
  const released = 'test/fixtures/released'
  const { texts } = JSON.parse(readFileSync(join(released, 'fairseq-roberta/cases.json'), 'utf8')) as {
    texts: { text: string; ids: number[] }[]
  }
  const read = async (name: string, text: string): Promise<number[]> => {
    const { code, lines } = await run(join(released, name), '--text', text, '--json')
    expect(code).toBe(0)
    return (JSON.parse(lines.join('\n')) as { ids: number[] }).ids
  }
  for (const { text, ids } of texts.slice(0, 3)) expect(await read('fairseq-roberta', text)).toEqual(ids)
  // ALBERT puts its marks around, XLNet behind; both are in their SentencePiece models.
  expect((await read('albert', 'The keys'))[0]).toBe(2)
  expect((await read('xlnet', 'The keys'))[0]).not.toBe(2)
})
