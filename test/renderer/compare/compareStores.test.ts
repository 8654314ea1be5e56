// @vitest-environment happy-dom
import { defaultMethod } from '@shared/probeMethods'
import type { ModelInfo } from '@shared/model'
import type { ProbeResult } from '@shared/probe'
import { runLine, setUpOf } from '@shared/probeSetUp'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick, watch } from 'vue'
import { mostModels, useCompareModels } from '@/modules/compare/compareModels'
import { added, answers, useCompareRuns } from '@/modules/compare/compareRuns'
import { settingsOf } from '@/setup/settingsOf'
import { useCompareSettings } from '@/modules/compare/compareSettings'
import { bestOf, depthLines, depthReferences, runLines } from '@/modules/compare/curves'
import { similarityMeasureNames, type SimilarityResult } from '@shared/compare'
import { ckaName, ckaRows, curveRows, factRows } from '@/modules/compare/compareRows'
import { moment } from '@/plots/format'
import { useNoticeStore } from '@/stores/noticeStore'
import { useProbeStore } from '@/stores/probeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { dataset, model, probeOptions, probeResult, probeSummary, readAnswer } from '../probes/fixture'
import { answered } from '../fixtures'
import { engine } from '../engine'

const decoder: ModelInfo = {
  ...model,
  id: 'gpt2',
  name: 'gpt2-ud-tiny',
  path: '/models/gpt2',
  layers: 4,
  heads: 4,
  width: 192
}
const tuned: ModelInfo = { ...model, id: 'tuned', name: 'tuned', path: '/models/tuned', bundled: false }
const all = [model, decoder, tuned]
/** As the fixture of options asks. */
const usual = { maxTrainWords: 20_000, maxTestWords: 10_000 }
function runOf(of: ModelInfo, changes: Partial<ProbeResult> = {}): ProbeResult {
  const result = probeResult('upos', {
    id: `run-${of.id}`,
    model: { id: of.id, name: of.name, layers: of.layers },
    ...changes
  })
  return {
    ...result,
    layers: result.layers.slice(0, of.layers + 1),
    options: { ...result.options, ...usual },
    dataset: { ...result.dataset, trainSplit: 'train' }
  }
}
let kept: ProbeResult[]

beforeEach(() => {
  setActivePinia(createPinia())
  kept = []
  engine.answers = {
    'state.load': () => ({}),
    'state.save': () => null,
    'probe.list': () => kept.map(probeSummary),
    'results.read': ({ id }) => readAnswer(kept.find((run) => run.id === id)!),
    'probe.estimate': () => ({
      extract: { words: 30_000, subwords: 40_000, seconds: 5, memoryBytes: 1e8, diskBytes: 2e8, cached: false },
      solveSeconds: 3,
      seconds: 8,
      memoryBytes: 1e8,
      diskBytes: 2e8
    }),
    'model.open': ({ path }) => {
      const found = all.find((one) => one.path === path)
      if (!found) throw new Error('There is no model.')
      return found
    }
  }
  const session = useSessionStore()
  session.dataset = dataset
  session.model = model
  session.modelEntries = [model, decoder].map(({ path, name }) => ({ path, name, bundled: true, description: '' }))
})

describe('the models side by side', () => {
  it('are the open one and the bundled ones at first, and what was chosen last afterwards', async () => {
    const compared = useCompareModels()
    await compared.fill()
    expect(compared.models.map(({ id }) => id)).toEqual(['minilm', 'gpt2'])
    expect(useCompareSettings().paths).toBeNull()
    await compared.add('/models/tuned')
    expect(useCompareSettings().paths).toEqual(['/models/gpt2', '/models/tuned'])
  })
  it('keep their colour while others come and go, each one of its own', async () => {
    const compared = useCompareModels()
    await compared.fill()
    await compared.add('/models/tuned')
    const before = compared.lookOf('tuned')
    expect(new Set(all.map(({ id }) => compared.lookOf(id).colour)).size).toBe(3)
    expect(new Set(all.map(({ id }) => compared.lookOf(id).marker)).size).toBe(3)
    compared.remove('gpt2')
    expect(compared.lookOf('tuned')).toEqual(before)
    compared.remove('minilm')
    expect(compared.models.map(({ id }) => id)).toEqual(['minilm', 'tuned'])
  })
  it('follow the open model: the one before leaves unless it was chosen here', async () => {
    const compared = useCompareModels()
    const session = useSessionStore()
    await compared.fill()
    session.model = tuned
    await vi.waitFor(() => expect(compared.models.map(({ id }) => id)).toEqual(['tuned', 'gpt2']))
    compared.choose('gpt2', 3)
    expect(session.model.id).toBe('gpt2')
    expect(useSelectionStore().layer).toBe(3)
    await vi.waitFor(() => expect(compared.models.map(({ id }) => id)).toEqual(['tuned', 'gpt2']))
  })
  it('may be untrained twins: the same path with a seed, beside the model itself, and not there again after a restart', async () => {
    const compared = useCompareModels()
    await compared.fill()
    engine.answers['model.open'] = ({ path, untrained }) => ({
      ...model,
      id: `twin ${untrained}`,
      path,
      untrained: untrained ?? null
    })
    await compared.add(model.path, false, 1)
    expect(engine.inputs('model.open').at(-1)).toMatchObject({ path: model.path, untrained: 1 })
    expect(compared.models.map(({ id }) => id)).toEqual(['minilm', 'gpt2', 'twin 1'])
    expect(useCompareSettings().paths).toEqual(['/models/gpt2'])
  })
  it('are refused in a sentence where they cannot be opened or are too many', async () => {
    const compared = useCompareModels()
    const notices = useNoticeStore()
    await compared.add('/models/nothing')
    expect(notices.notices[0]).toMatchObject({ title: "'nothing' could not be opened as a model" })
    engine.answers['model.open'] = ({ path }) => ({ ...tuned, id: path, path })
    for (let i = 0; i < mostModels; i++) await compared.add(`/models/${i}`)
    expect(compared.models).toHaveLength(mostModels)
    expect(notices.notices.at(-1)!.text).toBe('At most 6 models can be compared; remove one first.')
  })
})

describe('their probes', () => {
  it('are kept runs with equal settings; the rest is missing, with what it costs', async () => {
    kept = [runOf(model), runOf(decoder, { pool: 'mean' })]
    const compared = useCompareModels()
    const runs = useCompareRuns()
    await useProbeStore().refresh()
    await compared.fill()
    await vi.waitFor(() => expect(runs.runs.map(({ result }) => result.id)).toEqual(['run-minilm']))
    expect(runs.missing.map(({ id }) => id)).toEqual(['gpt2'])
    await vi.waitFor(() => expect(runs.cost).toMatchObject({ seconds: 8, diskBytes: 2e8 }))
    // With the settings of the other run it is the first model that is missing.
    runs.chosen = { ...runs.settings!, pool: 'mean' }
    await vi.waitFor(() => expect(runs.runs.map(({ result }) => result.id)).toEqual(['run-gpt2']))
    expect(runs.missing.map(({ id }) => id)).toEqual(['minilm'])
  })
  it('keep their cost, and the button that runs them, while another probe reports its progress', async () => {
    const compared = useCompareModels()
    const runs = useCompareRuns()
    const probes = useProbeStore()
    await probes.refresh()
    await compared.fill()
    await vi.waitFor(() => expect(runs.cost).not.toBeNull())
    const estimates = engine.inputs('probe.estimate').length
    const costs: unknown[] = []
    watch(
      () => runs.cost,
      (cost) => costs.push(cost),
      { flush: 'sync' }
    )
    engine.answers['probe.run'] = () => new Promise<never>(() => undefined)
    for (const seed of [2, 3]) {
      void probes.run({ ...probeOptions({ seed }), modelId: 'minilm' })
      await vi.waitFor(() => expect(probes.running.map(({ options }) => options.seed)).toContain(seed))
    }
    await nextTick()
    expect(runs.missing).toHaveLength(2)
    expect(costs).toEqual([])
    expect(engine.inputs('probe.estimate')).toHaveLength(estimates)
  })
  it('are run for what is missing, with the settings in view', async () => {
    kept = [runOf(model)]
    engine.answers['probe.run'] = ({ modelId }) => {
      const result = runOf(all.find(({ id }) => id === modelId)!)
      kept = [...kept, result]
      return answered('probe', result)
    }
    const compared = useCompareModels()
    const runs = useCompareRuns()
    await useProbeStore().refresh()
    await compared.fill()
    await vi.waitFor(() => expect(runs.missing).toHaveLength(1))
    await runs.runMissing()
    expect(engine.inputs('probe.run')).toMatchObject([{ ...probeOptions(), modelId: 'gpt2' }])
    await vi.waitFor(() => expect(runs.runs).toHaveLength(2))
    expect(runs.missing).toEqual([])
  })
  it('are not missing while a probe set alike is under way; one of another kind does not count', async () => {
    kept = [runOf(model)]
    const compared = useCompareModels()
    const runs = useCompareRuns()
    const probes = useProbeStore()
    await probes.refresh()
    await compared.fill()
    await vi.waitFor(() => expect(runs.missing).toHaveLength(1))
    engine.answers['probe.run'] = () => new Promise<never>(() => undefined)
    void probes.run({ ...probeOptions({ probe: defaultMethod('mlp') }), modelId: 'gpt2' })
    await vi.waitFor(() => expect(probes.running).toHaveLength(1))
    expect(runs.running).toEqual([])
    void probes.run({ ...probeOptions({ probe: defaultMethod('linear') }), modelId: 'gpt2' })
    await vi.waitFor(() => expect(runs.running).toHaveLength(1))
    expect(runs.missing).toEqual([])
  })
  it('answer options that equal theirs, a control task being more than enough', () => {
    const result = runOf(model)
    expect(settingsOf(result)).toMatchObject({ ...usual, control: true, trainSplit: 'train' })
    expect(answers(result, probeOptions(), 6)).toBe(true)
    expect(answers(result, probeOptions({ control: false }), 6)).toBe(true)
    expect(
      answers({ ...result, layers: result.layers.map(({ control: _control, ...layer }) => layer) }, probeOptions(), 6)
    ).toBe(false)
    for (const other of [
      { seed: 2 },
      { maxTrainWords: 5000 },
      { probe: { ...defaultMethod('linear'), inverseRegularisation: 0.1 } },
      { probe: defaultMethod('mlp') },
      { pool: 'last' as const }
    ])
      expect(answers(result, probeOptions(other), 6)).toBe(false)
    expect(answers({ ...result, options: { ...result.options, codelength: true } }, probeOptions(), 6)).toBe(true)
    expect(answers(result, probeOptions({ codelength: true }), 6)).toBe(false)
    const variational = { ...result, options: { ...result.options, codelength: 'variational' as const } }
    expect(answers(variational, probeOptions({ codelength: true }), 6)).toBe(false)
    expect(answers(variational, probeOptions({ codelength: 'variational' }), 6)).toBe(true)
    const ends = { ...result, options: { ...result.options, span: 'ends' as const } }
    expect(answers(ends, probeOptions(), 6)).toBe(false)
    expect(answers(ends, probeOptions(settingsOf(ends)), 6)).toBe(true)
    expect(answers(result, probeOptions({ span: 'mean' }), 6)).toBe(true)
    expect(answers({ ...result, layers: result.layers.slice(1) }, probeOptions(), 6)).toBe(false)
  })
  it('cost what all of them cost together', () => {
    const one = {
      extract: { words: 1, subwords: 1, seconds: 2, memoryBytes: 5, diskBytes: 7, cached: true },
      solveSeconds: 3,
      seconds: 5,
      memoryBytes: 5,
      diskBytes: 7
    }
    expect(
      added([one, { ...one, seconds: 6, memoryBytes: 9, extract: { ...one.extract, cached: false } }])
    ).toMatchObject({ seconds: 11, memoryBytes: 9, diskBytes: 14, extract: { cached: false } })
    expect(added([])).toBeNull()
  })
})

describe('what is drawn and written', () => {
  const runs = [
    { model, result: runOf(model) },
    { model: decoder, result: runOf(decoder) }
  ]
  const look = () => ({ colour: 'red', marker: 'circle' as const })
  it('the run in a line, once where it is the same for all models', () => {
    const moments = runs.map(({ result }) => moment(result.createdAt))
    const line = runLine(setUpOf(runs[0]!.result)).join(' · ')
    expect(runLines(runs)).toEqual([`${line} · ${[...new Set(moments)].join(', ')}`])
    const fewer = { ...runs[1]!, result: { ...runs[1]!.result, trainWords: 7 } }
    expect(runLines([runs[0]!, fewer])).toEqual([
      `${model.name}: ${line} · ${moments[0]}`,
      expect.stringMatching(new RegExp(`^${decoder.name}: linear.* train 7 → `))
    ])
  })
  it('one line a model, baselines once, none for the control task', () => {
    expect(
      depthLines(runs, 'accuracy', look, 'gpt2').map((line) => [
        line.id,
        line.layers,
        line.points.length,
        line.emphasised
      ])
    ).toEqual([
      ['minilm', 6, 7, false],
      ['gpt2', 4, 5, true]
    ])
    expect(depthReferences(runs, 'accuracy').map(({ id }) => id)).toEqual(['majority', 'memoriser'])
    expect(depthReferences(runs, 'control')).toEqual([])
    expect(depthLines(runs, 'control', look, null)[0]!.points[0]!.value).toBe(
      runs[0]!.result.layers[0]!.control!.accuracy
    )
    expect(bestOf(runs[0]!.result, 'accuracy')).toMatchObject({ layer: 2, value: 0.9284 })
  })
  it('tables say which layer of which model, and leave empty what is not known', () => {
    expect(curveRows(runs).at(-1)).toMatchObject({ model: 'gpt2-ud-tiny', layer: 4, layers: 4, relative_depth: 1 })
    const values = { shape: [2, 2], data: Float32Array.of(1, 0.5, NaN, 0.25) }
    const about = {
      modelA: { id: 'a', name: 'A', layers: 1 },
      modelB: { id: 'b', name: 'B', layers: 1 },
      dataset: { id: 'd', name: 'D', split: 'test' }
    }
    const similarity: SimilarityResult = {
      ...about,
      values,
      pool: 'first',
      estimator: 'debiased',
      seed: 1,
      words: 9,
      available: 10,
      seconds: 1,
      backend: ''
    }
    const names = similarityMeasureNames.map((estimator) => ckaName({ ...similarity, estimator }))
    expect(names.map((name) => name.replace(/-A-B$/, ''))).toEqual([
      'cka',
      'plain-cka',
      'rsa',
      'svcca',
      'pwcca',
      'procrustes'
    ])
    const rows = ckaRows(similarity)
    expect(rows.map((row) => [row.layer_a, row.layer_b, row.cka])).toEqual([
      [0, 0, 1],
      [0, 1, 0.5],
      [1, 0, null],
      [1, 1, 0.25]
    ])
    expect(factRows([model], new Map(), new Map())[0]).toMatchObject({
      model: 'all-MiniLM-L6-v2',
      memory_bytes: undefined,
      words_per_second: undefined
    })
  })
})
