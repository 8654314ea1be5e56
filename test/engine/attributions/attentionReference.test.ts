import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attentionWayNames, type AttentionWay } from '@shared/attentionWays'
import { silentJob } from '@shared/jobs'
import type { SentenceRef } from '@shared/sentence'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { resourcePath } from '../../../src/main/engine/paths'
import { createServices, type Services } from '../../../src/main/engine/services'

interface Case {
  layer: number
  head: number
  place: number
  combined: Record<AttentionWay, number[]>
  masked: { ids: number[]; attention: number[]; guesses: [string, number][]; probability: number; rank: number }
}
/** What transformers computed (test/fixtures/attention/make_attention.py). */
const theirs = JSON.parse(readFileSync('test/fixtures/attention/attention.json', 'utf8')) as {
  text: string
  pair: [string, string]
  causal: Case
  masked: Case & { pair: { ids: number[]; types: number[]; attention: number[] } }
}
const folders = { causal: resourcePath('models', 'gpt2-ud-tiny'), masked: '../shared/models/minilm-ud-mlm' }
let services: Services
let results: string
const ids: Record<string, string> = {}

beforeAll(async () => {
  await pickBackend()
  results = mkdtempSync(join(tmpdir(), 'layerscope-attention-'))
  services = createServices(() => undefined, results)
  for (const [kind, folder] of Object.entries(folders)) ids[kind] = (await services.models.open(folder, silentJob())).id
})
afterAll(() => rmSync(results, { recursive: true, force: true }))

function expectClose(ours: Float32Array, reference: readonly number[], tolerance: number): void {
  expect(ours).toHaveLength(reference.length)
  const worst = Math.max(...reference.map((value, i) => Math.abs(value - ours[i]!)))
  expect(worst).toBeLessThan(tolerance)
}

describe.each(['masked', 'causal'] as const)('a %s model', (kind) => {
  const { layer, head, place, masked } = theirs[kind]
  const sentence: SentenceRef = { kind: 'text', text: theirs.text, masked: [place] }

  test('a masked token: its attention and guesses are those of transformers', async () => {
    const modelId = ids[kind]!
    const { tokens } = await services.sentences.analyze(modelId, sentence, 8)
    expect(tokens.map(({ id }) => id)).toEqual(masked.ids)
    expect(tokens.flatMap(({ masked: how }, token) => (how ? [[token, how]] : []))).toEqual([
      [place, kind === 'masked' ? 'token' : 'attention']
    ])
    const { data } = await services.sentences.head(modelId, sentence, layer, head)
    expectClose(data, masked.attention, 2e-5)
    if (kind === 'causal')
      for (let query = place + 1; query < tokens.length; query++) expect(data[query * tokens.length + place]).toBe(0)

    const at = kind === 'masked' ? place : place + 1
    const [answer] = await services.sentences.guesses(modelId, sentence, [at], 3)
    expect(answer!.guesses.map(({ text }) => text)).toEqual(masked.guesses.map(([text]) => text))
    answer!.guesses.forEach(({ probability }, i) => expect(probability).toBeCloseTo(masked.guesses[i]![1], 4))
    expect(answer!.actual).toMatchObject({ rank: masked.rank })
    expect(answer!.actual!.probability).toBeCloseTo(masked.probability, 4)
  })

  test.each(attentionWayNames)('%s is that of its definition', async (way) => {
    const expected = theirs[kind].combined[way]
    const { shape, data } = await services.attentions.combined(
      ids[kind]!,
      { kind: 'text', text: theirs.text },
      { layer, head },
      way,
      silentJob()
    )
    expect(shape).toEqual([masked.ids.length, masked.ids.length])
    // Of the largest value: all are single precision; a difference of nearly equal vectors loses more.
    const share = way === 'valueZeroing' ? 2e-3 : 1e-4
    expectClose(data, expected, share * Math.max(...expected))
  })

  test('special tokens and places beyond the sentence cannot be masked', async () => {
    const analyze = (places: number[]) =>
      services.sentences.analyze(ids[kind]!, { kind: 'text', text: theirs.text, masked: places }, 8)
    await expect(analyze([99])).rejects.toThrow(/there is no token 99 to mask/)
    if (kind === 'masked') await expect(analyze([0])).rejects.toThrow(/Token 0 is a special token/)
  })
})

test('a pair has the tokens, token types and attention of tokenizer(first, second)', async () => {
  const { layer, head, pair } = theirs.masked
  const [text, second] = theirs.pair
  const sentence: SentenceRef = { kind: 'text', text, second }
  const analysis = await services.sentences.analyze(ids.masked!, sentence, 8)
  expect(analysis.tokens.map(({ id }) => id)).toEqual(pair.ids)
  expect(analysis.words.slice(0, 7)).toEqual(['Who', 'took', 'the', 'old', 'keys', '?', 'They'])
  // Token types are those of the sentence, and [SEP] of the sentence that it ends.
  pair.types.forEach((type, token) => {
    const { part, special } = analysis.tokens[token]!
    expect(part).toBe(special ? undefined : type)
  })
  const joined = `${text} ${second}`
  for (const { span, word, text: token } of analysis.tokens)
    if (span && word !== null && !token.startsWith('##'))
      expect(analysis.words[word]!.toLowerCase()).toContain(joined.slice(...span).toLowerCase())
  const { data } = await services.sentences.head(ids.masked!, sentence, layer, head)
  expectClose(data, pair.attention, 2e-5)
})

test('a model without token types reads a pair as one text with its separators', async () => {
  const [text, second] = theirs.pair
  const { tokens } = await services.sentences.analyze(ids.causal!, { kind: 'text', text, second }, 8)
  expect(new Set(tokens.map(({ part }) => part))).toEqual(new Set([0, 1]))
})
