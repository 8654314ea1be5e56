import { defaultMethod } from '@shared/probeMethods'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import type { ModelInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'
import { listFolder } from '../../../src/main/hosts/services/folders'
import { binary, file } from '../wordVectors/files'

const bundled = 'resources/models/word2vec-ud/word2vec-ud.vec.gz'
const root = mkdtempSync(join(tmpdir(), 'layerscope-static-'))
let services: Services
let model: ModelInfo

beforeAll(async () => {
  process.env.LAYERSCOPE_CACHE = root
  await pickBackend()
  services = createServices(() => undefined, join(root, 'probes'))
  model = await services.models.open(bundled, silentJob())
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const text = { kind: 'text', text: 'The cat sat on Xyzzyx mats' } as const

test('word vectors are a model of one layer without heads', () => {
  expect(model).toMatchObject({
    kind: 'static',
    untrained: null,
    name: 'word2vec-ud',
    layers: 0,
    heads: 0,
    width: 100,
    vocabulary: 8865,
    bundled: true,
    path: resolve(bundled),
    notes: []
  })
  expect(services.models.list().map(({ path }) => path)).toContain(resolve(bundled))
})

test('a file that is open is not read again', async () => {
  const before = services.models.get(model.id)
  await services.models.open(bundled, silentJob())
  expect(services.models.get(model.id)).toBe(before)
})

test('a sentence: words as written or in lower case, one token each, none for the others', async () => {
  const analysis = await services.sentences.analyze(model.id, text, 24)
  expect(analysis.tokens.map(({ text, word }) => [text, word])).toEqual([
    ['the', 0],
    ['cat', 1],
    ['sat', 2],
    ['on', 3]
  ])
  expect(analysis.emptyWords).toBe(2)
  expect(analysis.truncatedWords).toBe(0)
  expect(analysis.movement.shape).toEqual([1, 4])
  expect(analysis.thumbnails.shape).toEqual([0, 0, 4, 4])
})

test('a sentence of which no word is known is analysed too', async () => {
  const analysis = await services.sentences.analyze(model.id, { kind: 'text', text: 'Xyzzyx' }, 24)
  expect(analysis.tokens).toEqual([])
  expect(analysis.emptyWords).toBe(1)
})

test('a layer that is not there is refused', async () => {
  await expect(services.sentences.layer(model.id, text, 1)).rejects.toThrow(
    new UserError('word2vec-ud has no attention maps.')
  )
})

test('probing: more than the majority, coverage counted, every word predicted that has a vector', async () => {
  const dataset = await services.datasets.open({ paths: ['resources/datasets/ud_english-ewt'] })
  const options = {
    modelId: model.id,
    datasetId: dataset.id,
    task: 'upos',
    trainSplit: 'dev',
    testSplit: 'test',
    pool: 'first' as const,
    layers: null,
    maxTrainWords: 3000,
    maxTestWords: 2000,
    control: false,
    codelength: false,
    restarts: 1,
    probe: defaultMethod('linear'),
    seed: 1
  }
  const result = await services.runs.run('probe', options, silentJob())
  expect(result.layers).toHaveLength(1)
  expect(result.layers[0]!.accuracy).toBeGreaterThan(result.majority.accuracy + 0.4)
  const { words, missing } = result.coverage!.test
  expect(words - missing).toBe(result.testWords)
  expect(missing / words).toBeGreaterThan(0.02)
  const predicted = await services.probePredictor.predict(result.id, text)
  expect([...predicted.predicted.data].map((id) => id >= 0)).toEqual([true, true, true, true, false, false])
  const nearest = await services.projections.nearest({
    modelId: model.id,
    datasetId: dataset.id,
    split: 'dev',
    pool: 'first',
    maxWords: 3000,
    layer: 0,
    sentence: 0,
    position: 0,
    count: 3,
    metric: 'cosine'
  })
  expect(nearest).toHaveLength(3)
  // Components need no neighbours, and are the same without them; so is what is kept of them.
  const project = (neighbours: number) =>
    services.runs.run(
      'projection',
      {
        modelId: model.id,
        datasetId: dataset.id,
        split: 'dev',
        pool: 'first',
        maxWords: 3000,
        layer: 0,
        maxPoints: 50,
        neighbours,
        components: 2,
        metric: 'cosine',
        seed: 1
      },
      silentJob()
    )
  const whole = await project(4)
  for (const alone of [await project(0), await project(0)]) {
    expect(alone.neighbours.shape).toEqual([50, 0])
    expect(alone.principal).toEqual(whole.principal)
  }
  expect((await project(0)).kept).toBeDefined()
  await expect(project(1)).rejects.toThrow(/0 or 2 to 200/)
})

test('files that are not word vectors are refused by what they are', async () => {
  const open = (path: string, untrained: number | null = null) => services.models.open(path, silentJob(), untrained)
  const unknown =
    'this is neither the weights of a checkpoint nor a file of word vectors. Layerscope reads GloVe text, word2vec text and binary, and fastText .vec, gzipped as well.'
  await expect(open(file('mine.txt', 'Just a text.\n'))).rejects.toThrow(new UserError(`mine.txt: ${unknown}`))
  await expect(open(file('wiki.bin', Buffer.from([0xba, 0x16, 0x4f, 0x2f, 12, 0, 0, 0])))).rejects.toThrow(
    new UserError(
      'wiki.bin: this is a fastText model with its subwords; open the .vec file that fastText writes beside it, which has the vectors of the words.'
    )
  )
  await expect(open(bundled, 1)).rejects.toThrow(
    new UserError('word2vec-ud.vec.gz holds word vectors; only a transformer has an untrained twin.')
  )
  const weights = file('pytorch_model.bin', Buffer.from('504b0304140000000800', 'hex'))
  await expect(open(weights), 'weights of a checkpoint are left to the reader of checkpoints').rejects.toThrow(
    `${dirname(weights)} has no config.json`
  )
})

test('a folder says which of its files hold word vectors', async () => {
  const path = file(
    'a.bin',
    binary(
      '2 3\n',
      ['a', 'b'],
      [
        [1, -2, 3],
        [1, -2, 3]
      ]
    )
  )
  expect((await listFolder(dirname(path))).entries[0]).toMatchObject({ name: 'a.bin', opensAs: 'model' })
  const kinds = Object.fromEntries(
    (await listFolder('test/fixtures/vectors')).entries.map(({ name, opensAs }) => [name, opensAs])
  )
  expect(kinds).toMatchObject({
    'glove.txt': 'model',
    'glove.txt.gz': 'model',
    'word2vec.bin': 'model',
    'fasttext.vec': 'model',
    'make_fixtures.py': null,
    'expected.json': 'dataset'
  })
  const data = file('data.txt', readFileSync('README.md'))
  expect((await listFolder(dirname(data))).entries[0]!.opensAs).toBeNull()
})
