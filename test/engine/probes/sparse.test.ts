import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { classify } from '../../../src/main/engine/probes/scores/classify'
import { nearestMethod } from '../../../src/main/engine/probes/methods/nearest'
import { fitSparse, sparseDefaults } from '../../../src/main/engine/probes/solvers/sparse'
import { allRows, fixture, type RegressionFixture } from './fixture'
import { backends } from './subjects'

interface SparseFixture {
  penalty: string
  C: number
  l1Ratio: number
  loss: number
  nonZero: number
}
interface NeighbourFixture {
  k: number
  euclidean: { predicted: number[]; shares: number[] }
  cosine: { predicted: number[]; shares: number[] }
}

const { rows, width, classes, x, y, test: unseen } = fixture<RegressionFixture>('regression-usual.json')
const data = { values: new Float32Array(x), width, rows: allRows(rows) }

describe.each(backends)('on %s', (backend) => {
  beforeAll(async () => {
    expect((await pickBackend({ prefer: backend })).name).toBe(backend)
  })

  test.each(['sparse-l1.json', 'sparse-elastic.json'])(
    'finds the minimum and the zeros that scikit-learn finds: %s',
    async (name) => {
      const theirs = fixture<SparseFixture>(name)
      const [ours] = await fitSparse(
        data,
        [Int32Array.from(y)],
        classes,
        { ...sparseDefaults, inverseRegularisation: theirs.C, l1Ratio: theirs.l1Ratio, tolerance: 1e-6 },
        silentJob(),
        () => undefined
      )
      expect(tf.memory().numTensors).toBe(0)
      expect(ours!.converged).toBe(true)
      // Sums in single precision.
      expect(Math.abs(ours!.loss / theirs.loss - 1)).toBeLessThan(1e-5)
      // Of an even number of classes pure L1 leaves a feature's weights free to move together between the two middle
      // ones: zeros may differ at the same minimum.
      expect(Math.abs(ours!.nonZero - theirs.nonZero)).toBeLessThanOrEqual(theirs.l1Ratio === 1 ? 2 : 0)
      expect(theirs.nonZero).toBeLessThan(classes * width)
    }
  )

  test.each(['euclidean', 'cosine'] as const)(
    'nearest neighbours vote as those of scikit-learn: %s',
    async (metric) => {
      const { k, ...answers } = fixture<NeighbourFixture>('neighbours.json')
      const items = { layers: [data.values], width, rows: data.rows, sentences: data.rows }
      const [probe] = await nearestMethod.fit({
        data: items,
        labels: [Int32Array.from(y)],
        classes,
        options: { kind: 'knn', k, metric },
        seed: 1,
        restart: 0,
        job: silentJob(),
        onProgress: () => undefined
      })
      const [ours] = await classify([new Float32Array(unseen)], width, [probe!], silentJob(), null, true)
      probe!.dispose()
      expect(Array.from(ours!.predicted)).toEqual(answers[metric].predicted)
      ours!.all!.forEach((share, i) => expect(Math.abs(share - answers[metric].shares[i]!)).toBeLessThan(1e-5))
    }
  )
})
