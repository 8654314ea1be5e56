import { calls } from '@shared/contract'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { defaultCurve } from '@shared/curveSettings'
import { defaultMethod } from '@shared/probeMethods'
import { curveRows } from '@/modules/probes/curveLines'
import { curveKindsOf, curveOptions, fieldsOf, languageSplits, settingsFrom } from '@/modules/probes/curveOptions'
import { hiddenCurve, languageCurve, sizeCurve } from './curveFixture'
import { dataset, probeOptions, probeResult } from './fixture'

describe('the settings of a curve', () => {
  it('are written as people write them and read back as they were', () => {
    expect(fieldsOf(defaultCurve('size'))).toEqual({ shares: '1/64, 1/32, 1/16, 1/8, 1/4, 1/2, 1', draws: '3' })
    for (const kind of ['size', 'hidden', 'rank', 'restarts'] as const)
      expect(settingsFrom(kind, fieldsOf(defaultCurve(kind)), [])).toEqual(defaultCurve(kind))
    expect(settingsFrom('size', { shares: '0.5, 1/3', draws: '2' }, [])).toEqual({
      kind: 'size',
      shares: [0.5, 1 / 3],
      draws: 2
    })
    expect(settingsFrom('languages', { trainShare: '0.5' }, ['en', 'de'])).toEqual({
      kind: 'languages',
      splits: ['en', 'de'],
      trainShare: 0.5
    })
  })
  it('are nothing where they cannot be read or are out of bounds', () => {
    expect(settingsFrom('size', { shares: '1/8, ', draws: '3' }, [])).toBeNull()
    expect(settingsFrom('size', { shares: '2', draws: '3' }, [])).toBeNull()
    expect(settingsFrom('hidden', { sizes: '0, -1' }, [])).toBeNull()
    expect(settingsFrom('restarts', { starts: 'many' }, [])).toBeNull()
    expect(settingsFrom('languages', { trainShare: '0.7' }, ['en'])).toBeNull()
  })
})

describe('what a curve is drawn with', () => {
  const run = probeResult('upos')
  it('is what the run in view was made with, on every layer', () => {
    const options = curveOptions(defaultCurve('size'), run, null)!
    expect(options).toMatchObject({
      modelId: 'minilm',
      datasetId: 'ewt',
      task: 'upos',
      trainSplit: 'dev',
      layers: null,
      control: false,
      probe: { kind: 'linear' },
      curve: { kind: 'size' }
    })
    expect(curveOptions(defaultCurve('size'), null, probeOptions())).toMatchObject({
      trainSplit: 'train',
      maxTrainWords: 20_000
    })
    expect(curveOptions(defaultCurve('size'), null, null)).toBeNull()
  })
  it('and fits the contract, also after a run that was tuned or judged by conditional probing', () => {
    const usual = { ...probeOptions(), tune: [0.1, 1], conditional: true }
    for (const kind of ['size', 'hidden', 'rank', 'restarts'] as const) {
      const options = curveOptions(defaultCurve(kind), null, usual)
      for (const call of ['curve.estimate', 'curve.run'] as const)
        expect(v.safeParse(calls[call].input, options), `${call}, ${kind}`).toMatchObject({ success: true })
    }
  })
  it('and the kind of probe that such a curve needs', () => {
    expect(curveOptions(defaultCurve('hidden'), run, null)).toMatchObject({ control: true, probe: { kind: 'mlp' } })
    expect(curveOptions(defaultCurve('rank'), run, null)).toMatchObject({ control: true, probe: { kind: 'lowRank' } })
    const trees = {
      ...run,
      task: { id: 'tree', title: 'Dependency tree', unit: 'token' as const },
      options: { ...run.options, probe: defaultMethod('structural') }
    }
    expect(curveOptions(defaultCurve('rank'), trees, null)).toMatchObject({
      control: false,
      probe: { kind: 'structural' }
    })
    expect(curveKindsOf('tree')).toEqual(['rank'])
  })
})

it('parts of one treebank are no languages', () => {
  expect(languageSplits(dataset)).toEqual([])
  const splits = ['en_pud', 'de_pud'].map((name) => ({ ...dataset.splits[0]!, name }))
  expect(languageSplits({ ...dataset, splits })).toEqual(['en_pud', 'de_pud'])
})

it('a table of a curve has a row a probe, with what it has to be held against', () => {
  const rows = curveRows(sizeCurve)
  expect(rows).toHaveLength(3 * 7)
  expect(rows[0]).toMatchObject({
    curve: 'size',
    layer: 0,
    at: 1 / 64,
    seed: 1,
    train_items: 391,
    memoriser_accuracy: sizeCurve.baselines[0]!.memoriser,
    majority_accuracy: 0.16,
    measure: 'accuracy',
    run: 'size-1'
  })
  expect(curveRows(hiddenCurve)[1]!.selectivity).toBeCloseTo(0.875 - 0.66, 12)
  expect(curveRows(languageCurve)[1]).toMatchObject({ train_split: 'en_pud', test_split: 'de_pud' })
})
