import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { scoreHeads } from '../../../src/main/engine/ablations/headScores'
import { headTable } from '../../../src/main/engine/ablations/headTable'
import { repeatedTokens } from '../../../src/main/engine/ablations/repeatedTokens'
import { joinWindows } from '../../../src/main/engine/activations/extract'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { resourcePath } from '../../../src/main/engine/paths'
import { createServices } from '../../../src/main/engine/services'

const models = new Map<string, LoadedModel>()
beforeAll(async () => {
  await pickBackend()
  for (const name of ['gpt2-ud-tiny', 'all-MiniLM-L6-v2'])
    models.set(name, await loadModel(resourcePath('models', name)))
})
afterAll(() => models.forEach((model) => model.dispose()))

test.each(['gpt2-ud-tiny', 'all-MiniLM-L6-v2'])(
  '%s: sequences of distinct tokens of the middle of the vocabulary, in a row, between the special tokens',
  async (name) => {
    const model = models.get(name)!
    const { windows, stimulus } = await repeatedTokens(model, 3)
    const { tokens, repeats } = stimulus
    expect(stimulus).toEqual({ sequences: 50, tokens: 25, repeats: 4, seed: 3 })
    expect(windows).toHaveLength(50)
    const tokenizer = model.needTokenizer()
    for (const { ids, wordOfToken } of windows) {
      const drawn = Array.from(ids).filter((_, t) => wordOfToken[t] !== -1)
      expect(drawn).toHaveLength(tokens * repeats)
      expect(ids.length - drawn.length).toBe(tokenizer.specialCount)
      const sequence = drawn.slice(0, tokens)
      expect(new Set(sequence).size).toBe(tokens)
      drawn.forEach((id, t) => expect(id).toBe(sequence[t % tokens]))
      for (const id of sequence) {
        expect(id).toBeGreaterThanOrEqual(Math.floor(0.1 * model.shape.vocabulary))
        expect(id).toBeLessThan(0.9 * model.shape.vocabulary)
      }
    }
    expect(new Set(windows.map(({ ids }) => ids.join())).size).toBe(50)
    expect((await repeatedTokens(model, 3)).windows).toEqual(windows)
    expect((await repeatedTokens(model, 4)).windows).not.toEqual(windows)
  }
)

test("the score is Olsson's, by position: attention to the places 25 k - 1 before, k = 1, 2, 3", async () => {
  const model = models.get('gpt2-ud-tiny')!
  const { layers, heads } = model.shape
  const { windows, stimulus } = await repeatedTokens(model, 1)
  const some = windows.slice(0, 3)
  const { scores, queries } = await scoreHeads(model, some, () => null, silentJob())
  const sums = new Float64Array(layers * heads)
  let counted = 0
  for (const window of some) {
    const { attentions } = model.run(joinWindows([window]), { hiddenStates: false, attentions: true })
    const tokens = window.ids.length
    const first = window.wordOfToken.indexOf(0)
    for (let t = stimulus.tokens; t < stimulus.tokens * stimulus.repeats; t++) {
      counted++
      attentions.forEach((map, block) => {
        const values = map!.dataSync()
        for (let head = 0; head < heads; head++)
          for (let k = 1; k * stimulus.tokens <= t; k++) {
            const key = t - k * stimulus.tokens + 1
            // What follows the last copy of the sequence so far may be the query itself: that is no earlier copy.
            if (key < t) sums[block * heads + head]! += values[(head * tokens + first + t) * tokens + first + key]!
          }
      })
    }
    attentions.forEach((map) => map?.dispose())
  }
  expect(queries.get('induction')).toBe(counted)
  scores.get('induction')!.forEach((score, cell) => expect(score).toBeCloseTo(sums[cell]! / counted, 5))
})

test('the table has both, each by its name, and none of random tokens where they were not asked for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-repeated-'))
  const services = createServices(() => undefined, join(folder, 'probes'))
  const { id: modelId } = await services.models.open(resourcePath('models', 'gpt2-ud-tiny'), silentJob())
  const path = join(resourcePath('datasets', 'ud_english-ewt'), 'en_ewt-ud-dev.conllu.gz')
  const { id: datasetId } = await services.datasets.open({ paths: [path], splitNames: ['all'] })
  const request = { modelId, datasetId, split: 'all', maxWords: 200, jobId: undefined, fresh: undefined }
  const plain = await services.ablations.heads(request, silentJob())
  expect(plain.stimulus).toBeUndefined()
  expect(plain.patterns.map(({ id }) => id)).not.toContain('repeated')
  const { stimulus, patterns } = await services.ablations.heads({ ...request, repeated: 2 }, silentJob())
  expect(stimulus).toMatchObject({ sequences: 50, seed: 2 })
  const [text, random] = ['induction', 'repeated'].map((name) => patterns.find(({ id }) => id === name)!)
  expect([text!.title, random!.title]).toEqual(['After an earlier copy', 'After an earlier copy, random tokens'])
  expect(random!.queries).toBe(50 * 75)
  expect(text!.scores).toEqual(plain.patterns.find(({ id }) => id === 'induction')!.scores)
  const model = models.get('gpt2-ud-tiny')!
  const { windows } = await repeatedTokens(model, 2)
  const found = headTable(await scoreHeads(model, windows, () => null, silentJob()), 0)
  expect(random!.scores).toEqual(found.patterns.find(({ id }) => id === 'induction')!.scores)
  rmSync(folder, { recursive: true, force: true })
}, 120_000)
