import type { CurvePoint, CurveResult } from '@shared/curve'
import { defaultMethod } from '@shared/probeMethods'

const base = {
  createdAt: '2026-11-25T10:00:00.000Z',
  model: { id: 'minilm', name: 'all-MiniLM-L6-v2', layers: 6 },
  dataset: { id: 'ewt', name: 'UD English EWT', trainSplit: 'dev', testSplit: 'test', hashes: { dev: 'a', test: 'b' } },
  task: { id: 'upos', title: 'UPOS', unit: 'token' as const },
  pool: 'first' as const,
  classes: 17,
  layers: [0, 3, 6],
  measure: 'accuracy' as const,
  options: {
    probe: defaultMethod('linear'),
    control: false,
    seed: 1,
    maxTrainWords: null,
    maxTestWords: null,
    span: 'mean' as const
  },
  backend: 'native',
  seconds: 12,
  versions: {}
}
const last: Record<number, number> = { 0: 0.87, 3: 0.93, 6: 0.84 }
const point = (
  layer: number,
  at: number,
  seed: number,
  accuracy: number,
  changes: Partial<CurvePoint> = {}
): CurvePoint => ({
  layer,
  at,
  seed,
  trainSplit: 'dev',
  testSplit: 'test',
  trainItems: Math.round(25_000 * at) || 25_000,
  testItems: 25_094,
  accuracy,
  converged: true,
  ...changes
})

/** Three draws of every share but all; a layer gains as the logarithm of its data. */
export const sizeCurve: CurveResult = {
  ...base,
  id: 'size-1',
  settings: { kind: 'size', shares: [1 / 64, 1 / 8, 1], draws: 3 },
  points: base.layers.flatMap((layer) =>
    [1 / 64, 1 / 8, 1].flatMap((at) =>
      (at === 1 ? [1] : [1, 2, 3]).map((seed) =>
        point(layer, at, seed, last[layer]! + 0.04 * Math.log2(at) + 0.005 * (seed - 2))
      )
    )
  ),
  baselines: [1 / 64, 1 / 8, 1].map((at) => ({
    at,
    seed: 1,
    trainSplit: 'dev',
    testSplit: 'test',
    trainItems: Math.round(25_000 * at),
    majority: 0.16,
    memoriser: 0.84 + 0.05 * Math.log2(at)
  }))
}

export const hiddenCurve: CurveResult = {
  ...base,
  id: 'hidden-1',
  settings: { kind: 'hidden', sizes: [0, 32, 512] },
  options: { ...base.options, probe: defaultMethod('mlp'), control: true },
  points: base.layers.flatMap((layer) =>
    [0, 32, 512].map((at, i) =>
      point(layer, at, 1, last[layer]! + 0.005 * i, { trainItems: 25_147, control: 0.6 + 0.06 * i })
    )
  ),
  baselines: [
    { at: 0, seed: 1, trainSplit: 'dev', testSplit: 'test', trainItems: 25_147, majority: 0.16, memoriser: 0.84 }
  ]
}

export const restartCurve: CurveResult = {
  ...base,
  id: 'restarts-1',
  settings: { kind: 'restarts', starts: 20 },
  points: base.layers.flatMap((layer) =>
    Array.from({ length: 20 }, (_, start) =>
      point(layer, start, 1, last[layer]! + 0.0004 * Math.sin(3 * start + layer), { trainItems: 25_147 })
    )
  ),
  baselines: []
}

const languages = ['en_pud', 'de_pud', 'fr_pud']
export const languageCurve: CurveResult = {
  ...base,
  id: 'languages-1',
  settings: { kind: 'languages', splits: languages, trainShare: 0.7 },
  points: base.layers.flatMap((layer) =>
    languages.flatMap((trainSplit, i) =>
      languages.map((testSplit, j) =>
        point(layer, 0, 1, last[layer]! - 0.2 * Math.abs(i - j), {
          trainSplit,
          testSplit,
          trainItems: 14_000,
          testItems: 6000
        })
      )
    )
  ),
  baselines: []
}
