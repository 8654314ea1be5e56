import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { runProbe, type ProbeItems } from '../../../src/main/engine/probes/probeRunner'
import { backends } from './subjects'

interface Reference {
  width: number
  classes: number
  train: number
  x: number[]
  labels: number[]
  runs: {
    penalty: 'l2' | 'l1' | 'elastic'
    inverseRegularisation: number
    l1Ratio: number
    accuracy: number
    macroF1: number
    logLoss: number
    nonZero: number
  }[]
}
const theirs = JSON.parse(readFileSync('test/fixtures/probes/sweep.json', 'utf8')) as Reference

function part(from: number, to: number): ProbeItems {
  const values = Float32Array.from(theirs.x.slice(from * theirs.width, to * theirs.width))
  return {
    items: to - from,
    classes: Int32Array.from(theirs.labels.slice(from, to)),
    types: Array.from({ length: to - from }, (_, i) => `t${from + i}`),
    sentences: Int32Array.from({ length: to - from }, (_, i) => i),
    vectors: () => values
  }
}

describe.each(backends)('on %s', (backend) => {
  beforeAll(async () => {
    expect((await pickBackend({ prefer: backend })).name).toBe(backend)
  })

  test.each(theirs.runs)(
    'a run of a sweep, $penalty with C = $inverseRegularisation, scores as scikit-learn on the same vectors',
    async ({ penalty, inverseRegularisation, l1Ratio, ...scores }) => {
      const { summary } = await runProbe({
        layers: [0],
        classes: Array.from({ length: theirs.classes }, (_, k) => `class ${k}`),
        width: theirs.width,
        train: part(0, theirs.train),
        test: part(theirs.train, theirs.labels.length),
        options: {
          probe: {
            ...defaultMethod('linear'),
            penalty,
            inverseRegularisation,
            ...(penalty === 'l2' ? {} : { l1Ratio })
          },
          control: false,
          codelength: false,
          restarts: 1,
          seed: 1
        },
        job: silentJob()
      })
      const [layer] = summary.layers
      const tested = theirs.labels.length - theirs.train
      // One answer of 200 may be another where two classes are nearly as probable.
      expect(Math.abs(layer!.accuracy - scores.accuracy)).toBeLessThanOrEqual(1.01 / tested)
      expect(Math.abs(layer!.macroF1 - scores.macroF1)).toBeLessThan(0.01)
      expect(Math.abs(layer!.calibration!.logLoss! - scores.logLoss)).toBeLessThan(0.005)
      // With a weak penalty weights reach 0 last: some are still on their way when the solver stops.
      const underway = inverseRegularisation > 1 ? 10 : 1
      if (layer!.sparsity) expect(Math.abs(layer!.sparsity.nonZero - scores.nonZero)).toBeLessThanOrEqual(underway)
      else expect(penalty).toBe('l2')
    }
  )
})
