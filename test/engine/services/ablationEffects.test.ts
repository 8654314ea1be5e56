import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drawnSplit } from '@shared/drawing'
import { JobCancelled, silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'
import { nativeReady } from '../probes/subjects'

/** Interventions on real models and UD EWT, by way of the services. */
const words = nativeReady ? 4000 : 1200
let folder: string
let services: Services
let miniLm: string
let datasetId: string
const before = process.env.LAYERSCOPE_CACHE
const ewt = (part: string): string => `resources/datasets/ud_english-ewt/en_ewt-ud-${part}.conllu.gz`
const parts = () => ({
  modelId: miniLm,
  datasetId,
  trainSplit: 'train',
  testSplit: 'test',
  pool: 'first' as const,
  maxTrainWords: words,
  maxTestWords: words / 2,
  seed: 1
})

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-effects-'))
  console.info(`What interventions do is tested on ${(await pickBackend()).title}.`)
  process.env.LAYERSCOPE_CACHE = folder
  services = createServices(() => undefined, join(folder, 'probes'))
  miniLm = (await services.models.open('resources/models/all-MiniLM-L6-v2', silentJob())).id
  datasetId = (await services.datasets.open({ paths: [ewt('dev'), ewt('test')], splitNames: ['train', 'test'] })).id
})
afterAll(() => {
  if (before === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = before
  rmSync(folder, { recursive: true, force: true })
})

test('after LEACE a kept probe finds nothing, a retrained one what it missed; random directions leave it', async () => {
  const set = await services.erasers.fit(
    { ...parts(), interventions: [], task: 'upos', layers: [3], method: 'leace', rounds: 1 },
    silentJob()
  )
  expect(set.name).toBe('Universal part of speech erased at layer 3 (LEACE)')
  expect(set.interventions[0]).toMatchObject({
    at: 'blocks.2.resid_post',
    fitted: { task: 'Universal part of speech', layer: 3, method: 'leace', model: { name: 'all-MiniLM-L6-v2' } }
  })
  const { tasks } = await services.ablationEffects.probes(
    { ...parts(), interventions: set.interventions, randomSets: 1, tasks: ['upos'], layers: [2, 3, 4] },
    silentJob()
  )
  const { majority, layers } = tasks[0]!
  const [below, erased, above] = layers
  const percent = (share: number): string => (100 * share).toFixed(2)
  console.log(
    `UPOS at layer 3: ${percent(erased!.plain)} as it is, kept ${percent(erased!.kept.value)}, trained again ` +
      `${percent(erased!.retrained.value)}, majority ${percent(majority)}; at layer 4 trained again ` +
      `${percent(above!.retrained.value)}`
  )
  expect(below!.kept).toEqual({ value: below!.plain, difference: 0, interval: [0, 0] })
  expect(erased!.plain).toBeGreaterThan(0.8)
  // Trained on the sentences between those of the eraser: LEACE's sampling error is what it finds. On shared sentences
  // it would be the majority, by construction.
  expect(tasks[0]!.trainItems).toBeLessThan(0.6 * parts().maxTrainWords)
  expect(erased!.retrained.value).toBeGreaterThan(majority + 0.05)
  expect(erased!.retrained.value).toBeLessThan(majority + 0.35)
  expect(erased!.kept.value).toBeLessThan(majority + 0.1)
  expect(erased!.random[0]!.retrained.value).toBeGreaterThan(erased!.plain - 0.1)
  expect(erased!.retrained.interval![1]).toBeLessThan(0)
  // Vectors of a changed model do not stay: those of the two parts as they are do.
  expect(readdirSync(join(folder, 'activations'))).toHaveLength(2)
}, 300_000)

test('of parts that are drawn, an eraser and probes with other draws agree on whose sentence is whose', async () => {
  const drawn = { ...parts(), maxTrainWords: 600, maxTestWords: 200, draw: 1 }
  const { interventions } = await services.erasers.fit(
    { ...drawn, interventions: [], task: 'upos', layers: [1], method: 'leace', rounds: 1 },
    silentJob()
  )
  const dataset = services.datasets.get(datasetId)
  /** Words of a draw whose sentence has an even or an odd place in the split. */
  const wordsOf = (draw: number, rest: number): number => {
    const { split } = drawnSplit({ split: 'train', maxWords: drawn.maxTrainWords, draw })
    return [...dataset.words(split).sentence].filter((i) => dataset.sentenceInSplit(split, i) % 2 === rest).length
  }
  expect(interventions[0]!.fitted!.items).toBe(wordsOf(1, 0))
  const { tasks } = await services.ablationEffects.probes(
    { ...drawn, draw: 2, interventions, randomSets: 0, tasks: ['upos'], layers: [1] },
    silentJob()
  )
  expect(tasks[0]!.trainItems).toBe(wordsOf(2, 1))
}, 120_000)

test('layers are erased from the lowest up, each as those below leave it', async () => {
  const small = { ...parts(), maxTrainWords: 800, maxTestWords: 400 }
  const set = await services.erasers.fit(
    { ...small, interventions: [], task: 'upos', layers: [4, 2], method: 'inlp', rounds: 2 },
    silentJob()
  )
  expect(set.name).toBe('Universal part of speech erased at layers 2, 4 (INLP, 2 rounds)')
  expect(set.interventions.map(({ at, edit, fitted }) => [at, edit.kind, fitted!.rank > 16])).toEqual([
    ['blocks.1.resid_post', 'project', true],
    ['blocks.3.resid_post', 'project', true]
  ])
  const alone = await services.erasers.fit(
    { ...small, interventions: [], task: 'upos', layers: [4], method: 'inlp', rounds: 2 },
    silentJob()
  )
  expect(alone.interventions[0]!.edit).not.toEqual(set.interventions[1]!.edit)
}, 300_000)

test('what cannot be erased or asked is refused in a sentence', async () => {
  const eraser = {
    ...parts(),
    interventions: [],
    maxTrainWords: 300,
    task: 'upos',
    layers: [3],
    method: 'leace' as const,
    rounds: 1
  }
  await expect(services.erasers.fit({ ...eraser, layers: [9] }, silentJob())).rejects.toThrow(
    'There is no layer 9; all-MiniLM-L6-v2 has the layers 0 to 6.'
  )
  await expect(services.erasers.fit({ ...eraser, task: 'arc.label' }, silentJob())).rejects.toThrow(
    "'Arc label' labels pairs of words; a label of words, of spans of words or of whole sentences can be erased."
  )
  await expect(services.erasers.fit({ ...eraser, task: 'tree.depth' }, silentJob())).rejects.toThrow(
    "'Depth in the tree' is a number; ablations need probes for classes."
  )
  const pairs = {
    modelId: miniLm,
    path: 'test/engine/minimalPairs',
    pairs: null,
    interventions: [],
    randomSets: 0,
    seed: 1,
    corpus: null
  }
  await expect(services.ablationEffects.pairs(pairs, silentJob())).rejects.toThrow(/no file of the folder/)
})

test('a run that is cancelled leaves what was extracted, and goes on from there', async () => {
  const options = {
    ...parts(),
    maxTrainWords: 600,
    maxTestWords: 200,
    interventions: [{ at: 'blocks.0.attn.out' as const, edit: { kind: 'zero' as const } }],
    randomSets: 0,
    tasks: ['upos'],
    layers: [1]
  }
  let changed = false
  const impatient = {
    ...silentJob(),
    progress: (_: number, __: number, message?: string) =>
      (changed ||= message === 'Universal part of speech, layer 1'),
    yield: () => (changed ? Promise.reject(new JobCancelled()) : Promise.resolve())
  }
  await expect(services.ablationEffects.probes(options, impatient)).rejects.toThrow(JobCancelled)
  expect(
    (await services.ablationEffects.probes(options, silentJob())).tasks[0]!.layers[0]!.kept.difference
  ).toBeLessThan(0)
}, 120_000)

const shared = join('..', 'shared')
const reason = !existsSync(shared)
  ? `${shared} is not there`
  : !nativeReady
    ? 'native TensorFlow is not there, and wasm takes too long'
    : null
if (reason) console.warn(`Minimal pairs under interventions are left out: ${reason}.`)

describe.skipIf(reason !== null)('minimal pairs under interventions', () => {
  test.each([
    ['gpt2-ud-tiny', 150, ['adjunct_island', 'ellipsis_n_bar_1']],
    ['minilm-ud-mlm', 40, ['anaphor_number_agreement']]
  ] as const)(
    '%s: a set that is empty answers as PyTorch does, a model without its blocks does not',
    async (name, pairs, paradigms) => {
      const theirs = (
        JSON.parse(readFileSync(join(shared, 'parity-real', `blimp-${name}.json`), 'utf8')) as {
          accuracy: Record<string, number>
        }
      ).accuracy
      const model = await services.models.open(join(shared, 'models', name), silentJob())
      const [head, ...lines] = readFileSync(join(shared, 'data', 'blimp', 'pairs.tsv'), 'utf8').split('\n')
      const path = join(folder, `${name}.tsv`)
      writeFileSync(
        path,
        [head, ...lines.filter((line) => paradigms.some((paradigm) => line.startsWith(`${paradigm}\t`)))].join('\n')
      )
      const options = { modelId: model.id, path, pairs, randomSets: 1, seed: 1, corpus: null }
      const same = await services.ablationEffects.pairs({ ...options, interventions: [] }, silentJob())
      expect(same.paradigms.map((one) => one.name)).toEqual(paradigms)
      for (const { name: paradigm, plain, effect } of same.paradigms) {
        expect(plain, paradigm).toBeCloseTo(theirs[paradigm]!, 12)
        expect(effect).toEqual({ value: plain, difference: 0, interval: [0, 0] })
      }
      const skipped = Array.from({ length: model.layers }, (_, block) => ({
        at: `blocks.${block}.resid_post` as const,
        edit: { kind: 'skip' as const }
      }))
      const without = await services.ablationEffects.pairs({ ...options, interventions: skipped }, silentJob())
      expect(without.total.effect.difference).not.toBe(0)
      expect(without.total.random).toHaveLength(1)
    },
    300_000
  )

  test('loss, guesses and a watched word of both kinds of head', async () => {
    for (const name of ['gpt2-ud-tiny', 'minilm-ud-mlm']) {
      const model = await services.models.open(join(shared, 'models', name), silentJob())
      const asked = {
        modelId: model.id,
        datasetId,
        split: 'test',
        maxWords: 400,
        probe: null,
        loss: true,
        movement: false,
        seed: 1,
        randomSets: 1
      }
      const interventions = [{ at: 'blocks.0.mlp.out' as const, edit: { kind: 'zero' as const } }]
      const result = await services.ablations.set({ ...asked, interventions, watched: 'the' }, silentJob())
      expect(result.measures.map(({ id }) => id)).toEqual(['loss', 'accuracy', 'watched.probability', 'watched.rank'])
      const [loss, , probability, rank] = result.measures
      expect(loss!.effect.difference).toBeGreaterThan(0)
      expect(probability!.plain).toBeGreaterThan(0.01)
      expect(rank!.plain).toBeGreaterThanOrEqual(1)
      await expect(services.ablations.set({ ...asked, interventions, watched: 'unless' }, silentJob())).rejects.toThrow(
        new RegExp(
          "^'unless' (does not occur in these sentences, so it has no rank; " +
            'take more words or watch another\\.|is \\d+ tokens)'
        )
      )
      const eraser = {
        at: 'embed' as const,
        edit: { kind: 'zero' as const },
        fitted: {
          model: { id: miniLm, name: 'all-MiniLM-L6-v2' },
          data: 'EWT',
          split: 'train',
          task: 'UPOS',
          layer: 0,
          method: 'leace' as const,
          items: 9,
          rank: 1
        }
      }
      await expect(services.ablations.set({ ...asked, interventions: [eraser] }, silentJob())).rejects.toThrow(
        /^The eraser of 'UPOS' at layer 0 was fitted to all-MiniLM-L6-v2, but the model is /
      )
    }
  }, 120_000)
})
