import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'

let folder: string
let services: Services
let options: Parameters<Services['probes']['run']>[0]
const before = process.env.LAYERSCOPE_CACHE

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-tasks-'))
  const report = await pickBackend()
  console.info(`Tasks are tested on ${report.title}.`)
  // Word vectors of the test, not the person's.
  process.env.LAYERSCOPE_CACHE = folder
  services = createServices(() => undefined, join(folder, 'probes'))
  const model = await services.models.open('resources/models/all-MiniLM-L6-v2', silentJob())
  const dataset = await services.datasets.open({
    paths: ['resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz'],
    divideBy: 'sentence'
  })
  options = {
    modelId: model.id,
    datasetId: dataset.id,
    task: 'arc.label',
    trainSplit: 'train',
    testSplit: 'test',
    pool: 'first',
    layers: [2],
    maxTrainWords: 500,
    maxTestWords: 300,
    control: true,
    codelength: false,
    restarts: 1,
    probe: defaultMethod('linear'),
    seed: 1
  }
})
afterAll(() => {
  if (before === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = before
  rmSync(folder, { recursive: true, force: true })
})

test('a pair is probed, and its mistakes are shown as two words in their sentence', async () => {
  const result = await services.runs.run('probe', options, silentJob())
  expect(result.task).toEqual({ id: 'arc.label', title: 'Arc label', unit: 'pair' })
  expect(result.layers[0]!.accuracy).toBeGreaterThan(result.majority.accuracy + 0.2)
  const { rows } = services.probeResults.errors({
    runId: result.id,
    layer: 2,
    gold: null,
    predicted: null,
    offset: 0,
    limit: 5
  })
  for (const row of rows) {
    const words = services.datasets.sentenceWords(options.datasetId, 'test', row.sentence)
    const [head, dependent] = row.form.split(' \u2192 ')
    expect(words[row.position]).toBe(head)
    expect(words).toContain(dependent)
  }
  const sentence = { kind: 'dataset' as const, datasetId: options.datasetId, split: 'test', index: 0 }
  await expect(services.probePredictor.predict(result.id, sentence)).rejects.toThrow(
    "'Arc label' labels pairs of words; its probes do not label single words."
  )
})

test('words are drawn by document, and mistakes are shown where they are in the split', async () => {
  const drawnRun = await services.runs.run('probe', { ...options, task: 'upos', draw: 1 }, silentJob())
  const firstRun = await services.runs.run('probe', { ...options, task: 'upos' }, silentJob())
  expect(drawnRun.options.draw).toBe(1)
  const { train, test: tested } = drawnRun.drawn!
  expect(train!.words).toBeGreaterThanOrEqual(500)
  expect(train!.documents).toBeGreaterThan(1)
  expect(drawnRun.testWords).toBe(tested!.words)
  expect(firstRun.drawn).toBeUndefined()
  expect(firstRun.options.draw).toBeUndefined()
  expect(firstRun.layers[0]!.accuracy).not.toBe(drawnRun.layers[0]!.accuracy)
  const { rows } = services.probeResults.errors({
    runId: drawnRun.id,
    layer: 2,
    gold: null,
    predicted: null,
    offset: 0,
    limit: 20
  })
  expect(rows.length).toBeGreaterThan(5)
  for (const row of rows) {
    const { words } = services.datasets.sentence(options.datasetId, 'test', row.sentence)
    expect(words[row.position]).toBe(row.form)
  }
  expect(Math.max(...rows.map(({ sentence }) => sentence))).toBeGreaterThan(100)
  // Compared run by run only where the same words were tested.
  await expect(
    services.compare.differences(
      [{ a: { runId: drawnRun.id, layer: 2 }, b: { runId: firstRun.id, layer: 2 } }],
      1,
      silentJob()
    )
  ).rejects.toThrow('The two probing runs were not tested on the same words and labels')
})

test('parts of a model are switched off over drawn words, with the labels of those words', async () => {
  const { modelId, datasetId } = options
  const corpus = { modelId, datasetId, split: 'test', maxWords: 200 }
  const heads = await services.runs.run('heads', { ...corpus, draw: 1 }, silentJob())
  expect(heads.drawn).toMatchObject({ words: heads.words, seed: 1 })
  expect(heads.patterns.some(({ id }) => id.startsWith('tree'))).toBe(true)
  const first = await services.runs.run('heads', corpus, silentJob())
  expect(first.drawn).toBeUndefined()
  expect(first.patterns[0]!.scores).not.toEqual(heads.patterns[0]!.scores)
})

test('a task that changes the text is run on the changed text, and shows it', async () => {
  const result = await services.runs.run('probe', { ...options, task: 'sentence.shift' }, silentJob())
  const shifted = services.probeResults.errors({
    runId: result.id,
    layer: 2,
    gold: 'shifted',
    predicted: 'as written',
    offset: 0,
    limit: 1
  }).rows[0]
  expect(shifted).toBeDefined()
  const words = services.datasets.sentenceWords(options.datasetId, 'test', shifted!.sentence)
  expect(shifted!.form).not.toBe(words.join(' '))
  expect(shifted!.form.split(' ').toSorted()).toEqual(words.join(' ').split(' ').toSorted())
})

test('what a regression predicted for each item is read back, with its place in the text', async () => {
  const { regressions } = services
  const result = await services.runs.run(
    'regression',
    { ...options, task: 'tree.depth', layers: [1, 2], control: false },
    silentJob()
  )
  const { items, gold, predicted } = regressions.points(result.id, 2)
  expect(items.data).toHaveLength(result.testItems)
  // R² of what is shown is the result's own.
  const mean = gold.data.reduce((sum, value) => sum + value, 0) / gold.data.length
  const [rest, all] = [
    gold.data.reduce((sum, value, i) => sum + (value - predicted.data[i]!) ** 2, 0),
    gold.data.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  ]
  expect(1 - rest / all).toBeCloseTo(result.layers[1]!.r2, 5)
  expect([...regressions.points(result.id, 1).predicted.data]).not.toEqual([...predicted.data])
  const [first, tenth] = regressions.items(result.id, [items.data[0]!, items.data[10]!])
  for (const item of [first!, tenth!])
    expect(services.datasets.sentenceWords(options.datasetId, 'test', item.sentence)[item.position]).toBe(item.form)
  expect(() => regressions.points(result.id, 0)).toThrow('Layer 0 was not part of this run; it probed 1, 2.')
})

test('a number is probed by regression, not by classes', async () => {
  const number = { ...options, task: 'tree.depth' }
  await expect(services.runs.run('probe', number, silentJob())).rejects.toThrow(
    "'Depth in the tree' is a number; a probe for classes cannot be trained on it, a regression can."
  )
  await expect(services.runs.run('regression', options, silentJob())).rejects.toThrow(
    "'Arc label' is a class, not a number; a regression cannot be trained on it."
  )
  const result = await services.runs.run(
    'regression',
    { ...number, probe: { ...defaultMethod('linear'), inverseRegularisation: 0.001 } },
    silentJob()
  )
  expect(result.layers[0]!.spearman).toBeGreaterThan(0.5)
  expect(result.layers[0]!.cosine).toBeUndefined()
})

test('any kind of probe learns a pair, a sentence or a word; ablations take linear probes of words alone', async () => {
  const { lentProbes } = services
  const { modelId, datasetId } = options
  const part = { modelId, datasetId, split: 'test' }
  const pair = await services.runs.run(
    'probe',
    { ...options, control: false, probe: { ...defaultMethod('mlp'), hidden: [32] } },
    silentJob()
  )
  expect(pair).toMatchObject({ task: { unit: 'pair' }, options: { probe: { kind: 'mlp', hidden: [32] } } })
  expect(pair.layers[0]!.accuracy).toBeGreaterThan(pair.majority.accuracy + 0.1)
  expect(() => lentProbes.kept(pair.id, 2, part)).toThrow(
    "'Arc label' labels pairs of words; ablations are measured by probes of words."
  )

  const sentence = await services.runs.run(
    'probe',
    { ...options, task: 'sentence.shift', control: false, codelength: true, probe: { ...defaultMethod('knn'), k: 3 } },
    silentJob()
  )
  expect(sentence).toMatchObject({ task: { unit: 'sentence' }, options: { probe: { kind: 'knn', k: 3 } } })

  const words = await services.runs.run(
    'probe',
    { ...options, task: 'upos', control: false, probe: { ...defaultMethod('mlp'), hidden: [32], epochs: 2 } },
    silentJob()
  )
  expect(() => lentProbes.kept(words.id, 2, part)).toThrow(
    "Ablations are measured by linear probes of one layer; this run is of the kind 'MLP'."
  )
  const linear = await services.runs.run('probe', { ...options, task: 'upos', control: false }, silentJob())
  expect(lentProbes.kept(linear.id, 2, part)).toMatchObject({ task: 'Universal part of speech', layer: 2, width: 384 })
})

test('the structural probe learns trees, whatever the task', async () => {
  const result = await services.runs.run(
    'probe',
    {
      ...options,
      task: 'tree',
      maxTrainWords: 4000,
      probe: { ...defaultMethod('structural'), ranks: [32], epochs: 15 }
    },
    silentJob()
  )
  expect(result).toMatchObject({ task: { id: 'tree', title: 'Dependency tree', unit: 'token' }, classes: [] })
  expect(result.layers[0]!.structure!.uuas.value).toBeGreaterThan(0.3)
})

test('a number is refused by probes that tell classes, and by what a regression does not have', async () => {
  const number = { ...options, task: 'tree.depth' }
  await expect(
    services.runs.run('regression', { ...number, probe: defaultMethod('mlp') }, silentJob())
  ).rejects.toThrow(
    "'Depth in the tree' is a number; it is probed by a linear regression with an L2 penalty, not by MLP 256."
  )
  await expect(services.runs.run('regression', { ...number, restarts: 3 }, silentJob())).rejects.toThrow(
    "'Depth in the tree' is a number; its regression has neither a description length nor random starts."
  )
  await expect(services.runs.run('regression', { ...number, seeds: 2 }, silentJob())).rejects.toThrow(
    "'Depth in the tree' is a number; its regression is deterministic, so further seeds would repeat it."
  )
  expect(
    (
      await services.runs.run(
        'regression',
        { ...number, probe: { ...defaultMethod('linear'), inverseRegularisation: 0.5 } },
        silentJob()
      )
    ).alpha
  ).toBe(2)
})

test('spans are pooled by attention, which the probe learns; what cannot learn it is refused', async () => {
  const pairs = {
    ...options,
    control: true,
    codelength: true,
    restarts: 2,
    span: 'attention' as const,
    probe: { ...defaultMethod('mlp'), hidden: [32], epochs: 4 }
  }
  const result = await services.runs.run('probe', pairs, silentJob())
  expect(result.options).toMatchObject({
    span: 'attention',
    probe: { kind: 'mlp' },
    solver: 'attention-pooled spans below a multi-layer perceptron, Adam with early stopping'
  })
  expect(result.layers[0]!.accuracy).toBeGreaterThan(result.majority.accuracy + 0.1)
  // Hardly a pair of words occurs twice: a control task would be guessed.
  expect(result.types).toMatchObject({ recur: false })
  expect(result.layers[0]!.control).toBeUndefined()
  expect(result.layers[0]).toMatchObject({
    codelength: expect.anything() as unknown,
    restarts: [expect.anything(), expect.anything()] as unknown
  })
  expect((await services.runs.run('probe', { ...options, control: false }, silentJob())).options.span).toBe('mean')
  const mixed = await services.runs.run(
    'probe',
    {
      ...pairs,
      control: false,
      codelength: false,
      restarts: 1,
      layers: [1],
      probe: { ...defaultMethod('mix'), hidden: [32], epochs: 2 }
    },
    silentJob()
  )
  expect(mixed.layers[0]!.mix!.weights).toHaveLength(2)
  await expect(services.runs.run('probe', { ...pairs, task: 'upos' }, silentJob())).rejects.toThrow(
    "'Universal part of speech' labels words; attention pools the words of spans and of pairs of them. Leave it out, or choose a task of spans or pairs."
  )
  await expect(services.runs.run('probe', { ...pairs, probe: defaultMethod('linear') }, silentJob())).rejects.toThrow(
    'Attention over the words of a span is learned with the probe; choose the probe MLP or Scalar mix, not Linear.'
  )
}, 60_000)
