import type { ProbeLayerResult, ProbeResult } from '@shared/probe'
import { defaultMethod, type ProbeMethodOptions } from '@shared/probeMethods'

/** A run of two layers with everything a result has to have, changed as a test wants it. */
export function probeRun(
  id: string,
  probe: ProbeMethodOptions = defaultMethod('linear'),
  change: Partial<ProbeResult> = {}
): ProbeResult {
  const layer = (index: number): ProbeLayerResult => ({
    layer: index,
    accuracy: 0.8 + index / 10,
    accuracyInterval: [0.7, 0.95],
    macroF1: 0.75,
    macroF1Interval: [0.6, 0.8],
    perClass: [],
    iterations: 3,
    converged: true,
    loss: 1
  })
  return {
    id,
    createdAt: '2026-11-20T10:00:00.000Z',
    model: { id: 'm', name: 'MiniLM', layers: 1 },
    dataset: { id: 'd', name: 'UD English EWT', trainSplit: 'train', testSplit: 'test', trainHash: '', testHash: '' },
    task: { id: 'upos', title: 'UPOS', unit: 'token' },
    pool: 'first',
    classes: ['A', 'B'],
    trainWords: 12_000,
    testWords: 1200,
    testSentences: 90,
    majority: { label: 'A', accuracy: 0.5, macroF1: 0.3 },
    memoriser: { accuracy: 0.625, macroF1: 0.5 },
    layers: [layer(0), layer(1)],
    options: {
      probe,
      codelength: false,
      restarts: 1,
      standardise: true,
      seed: 7,
      solver: '',
      maxTrainWords: null,
      maxTestWords: null
    },
    backend: 'TensorFlow 2.21, native CPU',
    seconds: { extract: 0, solve: 0, score: 0, total: 1 },
    versions: { node: '24.1.0' },
    ...change
  }
}

/** The same with a control task and a codelength at every layer. */
export function withControls(result: ProbeResult): ProbeResult {
  return {
    ...result,
    layers: result.layers.map((layer) => ({
      ...layer,
      control: { accuracy: 0.6, interval: [0.5, 0.7] },
      selectivity: layer.accuracy - 0.6,
      selectivityInterval: [0.1, 0.3],
      codelength: { bits: 12_345, uniformBits: 40_000, compression: 3.24, portions: [] }
    })),
    options: { ...result.options, codelength: true }
  }
}
