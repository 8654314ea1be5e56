import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultAdaptation } from '@shared/adaptMethods'
import { completenessGap, type Attribution } from '@shared/attribution'
import type { CallInput } from '@shared/contract'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'

let folder: string
let services: Services
let causal: string
let masked: string

beforeAll(async () => {
  await pickBackend()
  folder = mkdtempSync(join(tmpdir(), 'layerscope-attributions-'))
  services = createServices(() => undefined, join(folder, 'probes'))
  causal = (await services.models.open('resources/models/gpt2-ud-tiny', silentJob())).id
  masked = (await services.models.open('../shared/models/minilm-ud-mlm', silentJob())).id
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Options = CallInput<'attribution.run'>
const attribute = (modelId: string, text: string, options: Partial<Options> = {}): Promise<Attribution> =>
  services.runs.run(
    'attribution',
    {
      modelId,
      sentence: { kind: 'text', text },
      method: 'integrated',
      steps: 30,
      baseline: 'zero',
      score: 'logProbability',
      target: { kind: 'token', place: null },
      label: null,
      against: null,
      ...options
    },
    silentJob()
  )

test('a causal model explains the next token: the one that is there, or the most probable', async () => {
  const middle = await attribute(causal, 'The man near the door', { target: { kind: 'token', place: 2 } })
  expect(middle).toMatchObject({ output: 'prediction after token 2', label: middle.tokens[3], steps: 30 })
  const last = await attribute(causal, 'The man near the door')
  expect(last.output).toBe(`prediction after token ${last.tokens.length - 1}`)
  // The most probable token has the score nearest to 0.
  const word = await attribute(causal, 'The man near the door', { label: 'is' })
  expect(last.value).toBeGreaterThan(word.value)
  // What is after the token that is explained contributes nothing.
  expect([...middle.values.data.slice(3)]).toEqual(middle.tokens.slice(3).map(() => 0))
  expect(Math.abs(completenessGap(last)!)).toBeLessThan(0.05)
})

test('a masked model explains its mask, or a token that is masked for it', async () => {
  const text = 'The man near the door is here .'
  const hidden = await attribute(masked, text, { target: { kind: 'token', place: 4 }, baseline: 'mask' })
  const written = await attribute(masked, 'The man near [MASK] door is here .', { label: 'the', baseline: 'mask' })
  expect(hidden.tokens[4]).toBe('[MASK]')
  expect(hidden).toMatchObject({ label: 'the', output: 'prediction of token 4' })
  expect(hidden.values).toEqual(written.values)
  // Special tokens are the same in the baseline.
  expect([hidden.values.data[0], hidden.values.data.at(-1)]).toEqual([0, 0])
  await expect(attribute(masked, text)).rejects.toThrow('The sentence has no mask token; say which')
})

test('the difference of two answers is the same by logits and by log-probabilities', async () => {
  const options = { label: 'is', against: 'are' } as const
  const [logs, logits] = await Promise.all(
    (['logProbability', 'logit'] as const).map((score) =>
      attribute(causal, 'The man near the door', { ...options, score })
    )
  )
  expect(logs!.value).toBeCloseTo(logits!.value, 4)
  logs!.values.data.forEach((value, token) => expect(value).toBeCloseTo(logits!.values.data[token]!, 3))
})

test.each<[string, Partial<Options>, string]>([
  ['a token that is not there', { target: { kind: 'token', place: 99 } }, 'there is no token 99'],
  ['the same answer twice', { label: 'is', against: 'is' }, 'Both answers are the same'],
  ['a baseline without a token', { baseline: 'mask' }, 'has no mask token to start from; use vectors of zeros'],
  ['a head that is not there', { target: { kind: 'head', word: null } }, 'has no head for a task']
])('%s is refused', async (_, options, sentence) => {
  await expect(attribute(causal, 'The man near the door', options)).rejects.toThrow(sentence)
})

test('the head of a trained model is explained by its classes', async () => {
  const { id: datasetId } = await services.datasets.open({
    paths: ['test/fixtures/datasets/pud/en_pud.conllu'],
    trainFraction: 0.6,
    seed: 1
  })
  const trained = await services.runs.run(
    'finetune',
    {
      modelId: causal,
      datasetId,
      task: 'upos',
      trainSplit: 'train',
      testSplit: 'test',
      maxTrain: 12,
      maxTest: 6,
      method: defaultAdaptation('bitfit'),
      epochs: 1,
      save: true,
      seed: 1
    },
    silentJob()
  )
  const { id } = await services.models.open(trained.checkpoint!, silentJob())
  const target = { kind: 'head', word: 1 } as const
  const noun = await attribute(id, 'The man near the door', { target, label: 'NOUN' })
  expect(noun.output).toBe('the model’s own head, word 1')
  expect(Math.abs(completenessGap(noun)!)).toBeLessThan(0.05)
  await expect(attribute(id, 'The man', { target: { kind: 'head', word: null } })).rejects.toThrow('labels words')
  await expect(attribute(id, 'The man', { target, label: 'NOUNS' })).rejects.toThrow("did you mean 'NOUN'?")
}, 60_000)
