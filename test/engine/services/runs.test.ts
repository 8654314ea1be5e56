import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ProbeOptions } from '@shared/contract'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { calls } from '@shared/contract'
import type { ResultKindId } from '@shared/results'
import { currentBackend, pickBackend } from '../../../src/main/engine/backends/pick'
import { MeasuredPaces } from '../../../src/main/engine/jobs/measuredPaces'
import { resultKinds } from '../../../src/main/engine/results/kinds'
import { referencesOf } from '../../../src/main/engine/results/references'
import { createServices, type Services } from '../../../src/main/engine/services'
import { rerunKept } from '../../../src/main/engine/services/rerun'
import { kindOfCall, runners } from '../../../src/main/engine/services/runners'

const model = 'resources/models/gpt2-ud-tiny'
const corpus = 'resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz'
let folder: string
let services: Services
let request: ProbeOptions
const before = process.env.LAYERSCOPE_CACHE

beforeAll(async () => {
  console.info(`Runs are tested on ${(await pickBackend()).title}.`)
  folder = mkdtempSync(join(tmpdir(), 'layerscope-runs-'))
  process.env.LAYERSCOPE_CACHE = folder
  services = createServices(() => undefined, join(folder, 'results'))
  request = await asked(services, corpus)
})
afterAll(() => {
  if (before === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = before
  rmSync(folder, { recursive: true, force: true })
})

async function asked({ models, datasets }: Services, path: string): Promise<ProbeOptions> {
  const opened = await models.open(model, silentJob())
  const dataset = await datasets.open({ paths: [path], trainFraction: 0.7, seed: 3 })
  return {
    modelId: opened.id,
    datasetId: dataset.id,
    task: 'upos',
    trainSplit: 'train',
    testSplit: 'test',
    pool: 'mean',
    layers: [1],
    maxTrainWords: 300,
    maxTestWords: 100,
    control: false,
    codelength: false,
    restarts: 1,
    probe: defaultMethod('linear'),
    seed: 2
  }
}

async function keyOf({ runs }: Services, asked: ProbeOptions & { jobId?: string; fresh?: boolean }): Promise<string> {
  return (await runs.identify('probe', asked)).key
}

describe('the same request', () => {
  test('is answered from what is kept, to the bit, and says so', async () => {
    const first = await services.runs.run('probe', request, silentJob())
    expect(first.kept).toBeUndefined()
    const heard: string[] = []
    services.runs.onAnswer = ({ id }, kept) => kept && heard.push(id)
    const { kept, ...again } = await services.runs.run('probe', { ...request, jobId: 'another' }, silentJob())
    expect(kept).toEqual({ id: first.id, createdAt: first.createdAt })
    expect(again).toEqual(JSON.parse(JSON.stringify(first)))
    expect(heard).toEqual([first.id])
    expect(services.results.list()).toHaveLength(1)
  })

  test('run by two processes at once is kept once, and each has the answer', async () => {
    const twin = createServices(() => undefined, join(folder, 'results'))
    await asked(twin, corpus)
    const both = { ...request, seed: 11 }
    const [one, other] = await Promise.all([
      services.runs.run('probe', both, silentJob()),
      twin.runs.run('probe', both, silentJob())
    ])
    expect(one.id).toBe(other.id)
    expect([one.kept, other.kept].filter(Boolean)).toHaveLength(1)
    expect(services.results.list().filter(({ key }) => key === one.key)).toHaveLength(1)
    services.results.delete(one.id)
  })

  test('is run again where that is wanted, and gives the same numbers', async () => {
    const kept = await services.runs.run('probe', request, silentJob())
    const fresh = await services.runs.run('probe', { ...request, fresh: true }, silentJob())
    expect(fresh.kept).toBeUndefined()
    expect(fresh.id).not.toBe(kept.id)
    expect(fresh.key).toBe(kept.key)
    expect(JSON.parse(JSON.stringify(fresh.layers))).toEqual(JSON.parse(JSON.stringify(kept.layers)))
    services.results.delete(fresh.id)
  })

  test('is the same in another library, from a copy of the data with another name', async () => {
    const copy = join(folder, 'copy.conllu.gz')
    copyFileSync(corpus, copy)
    const others = createServices(() => undefined, join(folder, 'others'))
    const key = await keyOf(services, request)
    expect(await keyOf(others, await asked(others, copy))).toBe(key)
  })

  test('is another with any other option, or another part of the data', async () => {
    const key = await keyOf(services, request)
    const others: Partial<ProbeOptions>[] = [
      { seed: 3 },
      { layers: [2] },
      { trainSplit: 'test', testSplit: 'train' },
      { probe: { ...defaultMethod('linear'), inverseRegularisation: 2 } }
    ]
    for (const other of others) expect(await keyOf(services, { ...request, ...other })).not.toBe(key)
    const divided = await services.datasets.open({ paths: [corpus], trainFraction: 0.7, seed: 4 })
    expect(await keyOf(services, { ...request, datasetId: divided.id })).not.toBe(key)
  })

  test('whatever the order of its options', async () => {
    const { seed, ...others } = request
    const key = await keyOf(services, request)
    expect(await keyOf(services, { seed, ...others, jobId: 'job', fresh: true })).toBe(key)
  })

  test('is tested also where the run is of an earlier version that did not write how it was made', async () => {
    const { id } = await services.runs.run('probe', { ...request, layers: [1, 2] }, silentJob())
    const path = join(folder, 'results', id, 'result.json')
    const { provenance: _unwritten, ...earlier } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    writeFileSync(path, JSON.stringify(earlier))
    const { provenance } = await services.runs.run('tests', { runId: id, seed: 1 }, silentJob())
    expect(provenance.model.path).toBe(services.models.info(request.modelId).path)
    services.results.delete(id)
  })

  test('is not answered by what another version or backend computed', async () => {
    const key = await keyOf(services, request)
    const { compute } = services.results.find(key, services.results.list()[0]!.compute!)!
    expect(services.results.find(key, compute!)).not.toBeNull()
    expect(services.results.find(key, { ...compute!, layerscope: '0.0.1' })).toBeNull()
    expect(services.results.find(key, { ...compute!, backend: 'tensorflow-gpu' })).toBeNull()
  })
})

test('the estimate of a probe follows what probes of its method took on this machine', async () => {
  const kind = `${currentBackend()!.name} probe linear`
  const learned = vi.spyOn(MeasuredPaces.prototype, 'learn')
  const { id } = await services.runs.run('probe', request, silentJob(), { fresh: true })
  services.results.delete(id)
  const { solveSeconds } = await services.probes.estimate(request)
  expect(learned.mock.calls.filter(([of]) => of === kind)).toEqual([[kind, solveSeconds, expect.any(Number)]])
  learned.mockRestore()
  new MeasuredPaces().learn(kind, 1, 13.4)
  expect((await services.probes.estimate(request)).solveSeconds).toBeCloseTo(13.4 * solveSeconds, 9)
  expect((await services.probes.estimate({ ...request, probe: defaultMethod('mlp') })).solveSeconds).toBeGreaterThan(0)
  rmSync(join(folder, 'paces.json'))
})

describe('a result of the library', () => {
  test('is run again and kept as a result of its own, with the same bits', async () => {
    const kept = await services.runs.run('probe', request, silentJob())
    const { id, differences } = await rerunKept(kept.id, services, silentJob())
    expect(differences).toBe(0)
    expect(id).not.toBe(kept.id)
    expect(services.results.keyOf(id)).toBe(kept.key)
    services.results.delete(id)
  })

  test('is run again in an engine that has opened nothing; numbers that differ are counted', async () => {
    const kept = await services.runs.run('probe', request, silentJob())
    const file = join(folder, 'results', kept.id, 'result.json')
    const text = readFileSync(file, 'utf8')
    const { layers, ...rest } = JSON.parse(text) as typeof kept
    writeFileSync(file, JSON.stringify({ ...rest, layers: layers.map((layer) => ({ ...layer, accuracy: 0.5 })) }))
    const others = createServices(() => undefined, join(folder, 'results'))
    const { id, differences } = await rerunKept(kept.id, others, silentJob())
    expect(differences).toBe(1)
    expect(others.results.list().map((line) => line.id)).toContain(id)
    writeFileSync(file, text)
    others.results.delete(id)
  })

  test('is refused where the data has changed, with the command that takes a new path', async () => {
    const copy = join(folder, 'changing.conllu.gz')
    copyFileSync(corpus, copy)
    const kept = await services.runs.run('probe', { ...(await asked(services, copy)), seed: 9 }, silentJob())
    copyFileSync(corpus.replace('-dev', '-test'), copy)
    const others = createServices(() => undefined, join(folder, 'results'))
    await expect(rerunKept(kept.id, others, silentJob())).rejects.toThrow(
      new RegExp(`changing.conllu.gz is not the .* ` + '`' + `layerscope rerun ${kept.id}` + '`' + ` in a terminal.`)
    )
    services.results.delete(kept.id)
  })
})

describe('what a task needs', () => {
  test('is decided in one place', async () => {
    const number = { ...request, task: 'tree.depth' }
    const trees = { ...number, probe: defaultMethod('structural') }
    expect([request, number, trees].map((one) => kindOfCall(services, 'probe.run', one))).toEqual([
      'probe',
      'regression',
      'probe'
    ])
    const result = await services.runs.call('probe.run', number, silentJob())
    expect(result.resultKind).toBe('regression')
    expect(services.results.listed(result.id)).toMatchObject({
      kind: 'regression',
      summary: { score: { measure: 'R²' } }
    })
  })

  test('a request that the contract refuses is refused in a sentence', async () => {
    await expect(services.runs.run('probe', { ...request, seeds: 21 }, silentJob())).rejects.toThrow(
      "The call 'probe.run' was refused: seeds: Invalid value: Expected <=20 but received 21"
    )
  })
})

describe('the tables of kinds', () => {
  const kinds = Object.keys(resultKinds) as ResultKindId[]
  test('name every kind by itself, once', () => {
    expect(Object.keys(runners).sort()).toEqual(kinds.toSorted())
    for (const kind of kinds) expect(resultKinds[kind].id).toBe(kind)
    const marks = kinds.flatMap((kind) => resultKinds[kind].earlier?.mark ?? [])
    expect(new Set(marks).size).toBe(marks.length)
  })

  test('ask by calls that can be made fresh, cancelled, and answered once more', () => {
    for (const kind of kinds) {
      const { entries } = calls[runners[kind].call].input
      expect(Object.keys(entries), kind).toContain('fresh')
    }
  })
})

test('what a request names by an id is found wherever it is', () => {
  expect(
    referencesOf({
      modelId: 'm',
      sentence: { kind: 'dataset', datasetId: 'd', split: 'dev', index: 0 },
      runs: [{ runId: 'a', layer: 1 }, { runId: 'b' }],
      runIds: ['a', 'c'],
      probe: null
    })
  ).toEqual({ models: ['m'], data: ['d'], results: ['a', 'b', 'c'] })
})
