import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { defaultAdaptation } from '@shared/adaptMethods'
import type { CallInput } from '@shared/contract'
import { defaultCurve } from '@shared/curveSettings'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import type { ResultKindId } from '@shared/results'
import { exportResults } from '../../../src/main/engine/results/export/exportResults'
import { resultKinds } from '../../../src/main/engine/results/kinds'
import type { RunnerCall } from '../../../src/main/engine/services/runners'
import { mixtureFolder } from '../models/mixtureFolder'
import { rerunning } from './rerunning'

// Every kind of result: run, found again, exported, and run again with equal bits.

const here = rerunning()
const zero = { kind: 'zero' } as const
/** Models of kinds that need another than the usual one. */
const modelNames: { [K in ResultKindId]?: string } = { experts: 'mixture' }
let requests: { [K in ResultKindId]: CallInput<RunnerCall<K>> }

beforeAll(async () => {
  const { models, datasets, runs } = here.services
  const { id: modelId } = await models.open('resources/models/gpt2-ud-tiny', silentJob())
  const { id: mixtureId } = await models.open(mixtureFolder(here.folder), silentJob())
  const { id: datasetId } = await datasets.open({
    paths: ['test/fixtures/datasets/pud/en_pud.conllu'],
    trainFraction: 0.6,
    seed: 1
  })
  const { id: parallelId } = await datasets.open({
    paths: ['en', 'de'].map((language) => `test/fixtures/datasets/pud/${language}_pud.conllu`),
    splitNames: ['en', 'de']
  })
  const probe = {
    modelId,
    datasetId,
    task: 'upos',
    trainSplit: 'train',
    testSplit: 'test',
    pool: 'mean' as const,
    layers: [2, 4],
    maxTrainWords: 200,
    maxTestWords: 100,
    control: false,
    probe: defaultMethod('linear'),
    seed: 1
  }
  const { id: runId } = await runs.run('probe', probe, silentJob())
  const corpus = { modelId, datasetId, split: 'test', maxWords: 60 }
  const measured = { ...corpus, probe: { runId, layer: 4 }, loss: true, movement: false, seed: 1 }
  const interventions = [{ at: 'blocks.1.attn.result' as const, heads: [0], edit: zero }]
  const set = { modelId, interventions, randomSets: 2, seed: 1 }
  const text = (words: string) => ({ kind: 'text' as const, text: words })
  const pairs = { path: 'resources/pairs/blimp/blimp-100.tsv.gz', pairs: 1 }
  requests = {
    probe,
    regression: { ...probe, task: 'tree.depth' },
    curve: { ...probe, curve: { ...defaultCurve('restarts'), starts: 2 } as never },
    pairs: { modelId, ...pairs },
    scan: { ...measured, unit: 'attention', edit: zero },
    ablationSet: { ...measured, interventions, randomSets: 2 },
    change: { ...corpus, ...set },
    retrained: {
      ...set,
      datasetId,
      trainSplit: 'train',
      testSplit: 'test',
      pool: 'mean',
      maxTrainWords: 200,
      maxTestWords: 100,
      tasks: ['upos'],
      layers: [2]
    },
    setPairs: { ...set, ...pairs, corpus: null },
    similarity: { ...set, first: text('The dog barks.'), second: text('A cat sleeps.'), corpus: null },
    eraser: {
      modelId,
      datasetId,
      trainSplit: 'train',
      pool: 'mean',
      maxTrainWords: 200,
      task: 'upos',
      layers: [2],
      method: 'leace',
      interventions: [],
      rounds: 1,
      seed: 1
    },
    pruning: { ...measured, unit: 'attention', edit: zero, steps: 2, randomOrders: 1 },
    taskMap: {
      ...corpus,
      runs: [{ runId, layer: 4 }],
      loss: true,
      movement: false,
      edit: zero,
      randomDraws: 1,
      seed: 1
    },
    neurons: {
      ...corpus,
      task: 'upos',
      trainSplit: 'train',
      maxTrainWords: 200,
      pool: 'mean',
      site: 'resid',
      layer: 2,
      edit: 'zero',
      randomOrders: 1,
      loss: false,
      seed: 1
    },
    heads: corpus,
    experts: { ...corpus, modelId: mixtureId, task: 'upos', seed: 1 },
    patch: {
      modelId,
      text: 'The dog barks',
      source: 'The cat sleeps',
      kind: 'resid',
      place: null,
      first: 'the',
      second: 'a'
    },
    direct: { modelId, sentences: [{ text: 'The dog barks', first: 'the', second: null, place: null }] },
    tunedLens: { ...corpus, steps: 3, batch: 64, rate: 0.001, seed: 1 },
    lens: { modelId, sentence: text('The dog barks.'), watched: ['the'], interventions, corpus: null },
    sentence: { modelId, sentence: text('The dog barks.'), interventions, corpus: null, runIds: [runId] },
    attribution: {
      modelId,
      sentence: text('The dog barks.'),
      method: 'integrated',
      steps: 4,
      baseline: 'zero',
      score: 'logProbability',
      target: { kind: 'probe', runId, layer: 2, word: 1 },
      label: 'NOUN',
      against: null
    },
    alignment: {
      modelA: modelId,
      modelB: modelId,
      datasetId: parallelId,
      splitA: 'en',
      splitB: 'de',
      pool: 'mean',
      seed: 1
    },
    cka: {
      modelA: modelId,
      modelB: modelId,
      datasetId,
      split: 'test',
      pool: 'mean',
      maxWords: 60,
      estimator: 'debiased',
      sample: null,
      seed: 1
    },
    adapted: { modelA: modelId, modelB: modelId, datasetId, split: 'test', maxWords: 60 },
    speed: corpus,
    facts: corpus,
    tests: { runId, seed: 1 },
    differences: { pairs: [{ a: { runId, layer: 2 }, b: { runId, layer: 4 } }], seed: 1 },
    geometry: { ...corpus, pool: 'mean', contexts: 2, sample: 50, dimensionWords: 60, seed: 1 },
    projection: {
      ...corpus,
      pool: 'mean',
      layer: 2,
      maxPoints: 40,
      neighbours: 4,
      components: 2,
      metric: 'cosine',
      seed: 1
    },
    finetune: {
      modelId,
      datasetId,
      task: 'upos',
      trainSplit: 'train',
      testSplit: 'test',
      maxTrain: 12,
      maxTest: 6,
      method: defaultAdaptation('adapters'),
      epochs: 1,
      save: false,
      seed: 1
    },
    pretrain: {
      modelId,
      datasetId,
      split: 'train',
      maxTrain: 12,
      family: 'llama',
      layers: 1,
      width: 8,
      heads: 2,
      epochs: 1,
      save: false,
      seed: 1
    }
  }
}, 120_000)

test.each(Object.keys(resultKinds) as ResultKindId[])(
  '%s',
  async (kind) => {
    const { runs, results } = here.services
    const request = requests[kind]
    const first = await runs.run(kind, request, silentJob())
    const listed = results.listed(first.id)
    expect(listed).toMatchObject({
      kind,
      key: first.key,
      subject: { model: { name: modelNames[kind] ?? 'gpt2-ud-tiny' } }
    })
    expect(listed.subject.data.name).not.toBe('')
    // The same once more is found, with all of its numbers.
    const again = await runs.run(kind, request, silentJob())
    expect(again.kept).toEqual({ id: first.id, createdAt: first.createdAt })
    const { measured } = resultKinds[kind]
    const numbers = (result: object): unknown =>
      JSON.parse(
        JSON.stringify(
          Object.fromEntries(Object.entries(result).filter(([name]) => name !== 'kept' && !measured?.includes(name)))
        )
      )
    expect(numbers(again)).toEqual(numbers(first))
    for (const format of ['csv', 'json', 'latex', 'methods', 'bibtex'] as const)
      expect(exportResults(results, [first.id], format).split('\n').length, format).toBeGreaterThan(1)
    // And run again it gives the same bits, from the library alone.
    const code = await here.rerun(join(here.folder, 'probes', first.id, 'result.json'))
    expect(here.printed).toMatch(/^equal, bit for bit: /)
    expect(code).toBe(0)
  },
  120_000
)
