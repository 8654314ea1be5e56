import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ProbeResult } from '@shared/probe'
import { defaultMethod } from '@shared/probeMethods'
import { methodText } from '@shared/probeSetUp'
import { ResultLibrary } from '../../../src/main/engine/results/resultLibrary'
import { ProbeLibrary } from '../../../src/main/engine/services/probeLibrary'

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layerscope-'))))
afterEach(() => rmSync(folder, { recursive: true }))

/** A run as it was kept before there was a choice of probes. */
const earlier = {
  id: 'abc-1',
  createdAt: '2026-11-20T10:00:00.000Z',
  model: { id: 'm', name: 'MiniLM', layers: 6 },
  dataset: { id: 'd', name: 'EWT', trainSplit: 'train', testSplit: 'test', trainHash: '', testHash: '' },
  task: { id: 'upos', title: 'UPOS', unit: 'token' },
  pool: 'first',
  classes: ['A', 'B'],
  trainWords: 10,
  testWords: 10,
  testSentences: 2,
  majority: { label: 'A', accuracy: 0.5, macroF1: 0.3 },
  memoriser: { accuracy: 0.6, macroF1: 0.5 },
  layers: [
    {
      layer: 0,
      accuracy: 0.9,
      accuracyInterval: [0.8, 1],
      macroF1: 0.9,
      macroF1Interval: [0.8, 1],
      perClass: [],
      iterations: 3,
      converged: true,
      loss: 1
    }
  ],
  options: {
    inverseRegularisation: 0.5,
    standardise: true,
    seed: 1,
    solver: 'L-BFGS',
    tolerance: 3e-4,
    maxTrainWords: null,
    maxTestWords: null
  },
  backend: 'CPU',
  seconds: { extract: 0, solve: 0, score: 0, total: 1 },
  versions: {}
}

test('an earlier run opens as the linear probe it was', () => {
  const results = new ResultLibrary(folder)
  const library = new ProbeLibrary(results)
  results.save(
    'probe',
    { ...earlier, options: { ...earlier.options, probe: defaultMethod('linear') } } as unknown as ProbeResult,
    { weights: { shape: [1, 2, 2], data: Float32Array.of(1, 2, 3, 4) } }
  )
  // Earlier versions wrote no record beside the result.
  rmSync(join(folder, 'abc-1', 'record.json'))
  writeFileSync(join(folder, 'abc-1', 'result.json'), JSON.stringify(earlier))
  expect(library.result('abc-1').options).toEqual({
    probe: { ...defaultMethod('linear'), inverseRegularisation: 0.5 },
    codelength: false,
    restarts: 1,
    standardise: true,
    seed: 1,
    solver: 'L-BFGS',
    tolerance: 3e-4,
    maxTrainWords: null,
    maxTestWords: null
  })
  expect(library.list()).toMatchObject([
    { id: 'abc-1', name: '', setUp: { probe: { kind: 'linear' }, control: false }, best: { layer: 0, accuracy: 0.9 } }
  ])
  expect(library.network('abc-1')).toEqual([{ shape: [1, 2, 2], data: Float32Array.of(1, 2, 3, 4) }])
})

/** Tuning as it was kept while C alone was tuned. */
const earlierTuning = {
  option: 'inverseRegularisation',
  heldOutSentences: 3,
  heldOutItems: 40,
  tried: [
    { value: 0.01, accuracy: [0.5, 0.6] },
    { value: 0.1, accuracy: [0.7, 0.65] }
  ],
  chosen: 0.1
}

test('an earlier run of a tuned C opens with the setting that was chosen, and as the same request', () => {
  const results = new ResultLibrary(folder)
  const probe = { ...defaultMethod('linear'), inverseRegularisation: 0.1 }
  const options = { ...earlier.options, probe, codelength: false, restarts: 1, tuning: earlierTuning }
  results.save('probe', { ...earlier, options } as unknown as ProbeResult, {})
  const library = new ProbeLibrary(results)
  const { tuning } = library.result('abc-1').options
  expect(tuning).toEqual({
    heldOutSentences: 3,
    heldOutItems: 40,
    tried: [
      { setting: { inverseRegularisation: 0.01 }, accuracy: [0.5, 0.6] },
      { setting: { inverseRegularisation: 0.1 }, accuracy: [0.7, 0.65] }
    ],
    chosen: { inverseRegularisation: 0.1 }
  })
  const { setUp } = library.list()[0]!
  expect(setUp).toMatchObject({
    probe: defaultMethod('linear'),
    tune: [0.01, 0.1],
    tuned: { inverseRegularisation: 0.1 }
  })
  expect(methodText(setUp)).toBe('linear, L2, C = 0.1, tuned')
})
