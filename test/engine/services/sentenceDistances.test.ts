import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import type { SentenceRef } from '@shared/sentence'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'

const sentence: SentenceRef = { kind: 'text', text: 'The keys to the cabinet are here.' }

let folder: string
let services: Services
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-distances-'))
  await pickBackend()
  services = createServices(() => undefined, join(folder, 'results'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('of two models, the distance of every hidden state is 1 - cosine', async () => {
  const path = 'resources/models/all-MiniLM-L6-v2'
  const trained = await services.models.open(path, silentJob())
  const twin = await services.models.open(path, silentJob(), 1)
  const { shape, data } = await services.sentences.distances(twin.id, trained.id, sentence)
  const [a, b] = [
    await services.sentences.hiddenStates(twin.id, sentence),
    await services.sentences.hiddenStates(trained.id, sentence)
  ]
  const tokens = a.encoded.ids.length
  expect(shape).toEqual([trained.layers + 1, tokens])
  const width = trained.width
  const [layer, token] = [3, 2]
  const of = (values: Float32Array): Float64Array =>
    Float64Array.from(values.subarray(token * width, (token + 1) * width))
  const [x, y] = [of(a.layers[layer]!), of(b.layers[layer]!)]
  const dot = (p: Float64Array, q: Float64Array): number => p.reduce((sum, value, i) => sum + value * q[i]!, 0)
  expect(data[layer * tokens + token]).toBeCloseTo(1 - dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)), 5)
  const same = await services.sentences.distances(trained.id, trained.id, sentence)
  expect(Math.max(...same.data.map(Math.abs))).toBeLessThan(1e-6)
})

test('models that split the sentence in other ways are refused', async () => {
  const first = await services.models.open('resources/models/all-MiniLM-L6-v2', silentJob())
  const second = await services.models.open('resources/models/gpt2-ud-tiny', silentJob())
  await expect(services.sentences.distances(first.id, second.id, sentence)).rejects.toThrow(
    'Hidden states can only be compared token by token, and the two models split this sentence into different tokens.'
  )
})
