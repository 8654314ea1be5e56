import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { symmetricEigen } from '@shared/projection/symmetricEigen'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { pwcca, svcca } from '../../../src/main/engine/compare/canonical'
import type { LayerStack } from '../../../src/main/engine/compare/cka'
import { everyPair, type PairMeasure } from '../../../src/main/engine/compare/layerPairs'
import { procrustes } from '../../../src/main/engine/compare/procrustes'
import { similarities } from '../../../src/main/engine/compare/similarities'
import { spectrumOf } from '../../../src/main/engine/compare/spectrum'
import { backends } from '../probes/subjects'

type Reference = Record<'ab' | 'ba' | 'aa', number[][]>
const theirs = JSON.parse(readFileSync('test/fixtures/compare/canonical.json', 'utf8')) as {
  words: number
  layers: Record<'a' | 'b', number[][]>
} & Record<'svcca' | 'pwcca' | 'procrustes', Reference>
const { words } = theirs
const stack = (layers: readonly number[][]): LayerStack => ({
  count: layers.length,
  width: layers[0]!.length / words,
  read: (layer) => Float32Array.from(layers[layer]!)
})
const a = stack(theirs.layers.a)
const b = stack(theirs.layers.b)

describe.each(backends)('on %s', (backend) => {
  beforeAll(async () => {
    expect((await pickBackend({ prefer: backend })).name).toBe(backend)
  })

  test.each(['svcca', 'pwcca', 'procrustes'] as const)('%s is that of NumPy', async (name) => {
    const before = tf.memory().numTensors
    const measure = { svcca, pwcca, procrustes }[name] as PairMeasure<unknown>
    const pairs = { ab: [a, b, false], ba: [b, a, false], aa: [a, a, true] } as const
    for (const [both, [x, y, same]] of Object.entries(pairs)) {
      // Held all at once, and one layer at a time.
      for (const heldBytes of [undefined, 1]) {
        const ours = await everyPair(x, y, { words, same, heldBytes }, measure, silentJob())
        theirs[name][both as 'ab'].flat().forEach((value, i) => expect(ours[i], `${both} ${i}`).toBeCloseTo(value, 4))
      }
    }
    expect(tf.memory().numTensors).toBe(before)
  })
})

test('a rotated, scaled and moved layer is equal; one that gives every word the same vector has no similarity', async () => {
  await pickBackend({ prefer: 'cpu' })
  const random = seededRandom(3)
  const x = Float32Array.from({ length: words * 3 }, () => random.normal())
  const [sine, cosine] = [Math.sin(0.7), Math.cos(0.7)]
  const turned = x.map((_, i) => {
    const [p, q, r] = [x[i - (i % 3)]!, x[i - (i % 3) + 1]!, x[i - (i % 3) + 2]!]
    return 5 + 3 * (i % 3 === 0 ? cosine * p - sine * q : i % 3 === 1 ? sine * p + cosine * q : r)
  })
  const layers: LayerStack = { count: 3, width: 3, read: (layer) => [x, turned, x.map(() => 2)][layer]!.slice() }
  for (const measure of [svcca, pwcca, procrustes] as PairMeasure<unknown>[]) {
    const values = await everyPair(layers, layers, { words, same: false }, measure, silentJob())
    for (const cell of [0, 1, 3, 4]) expect(values[cell]).toBeCloseTo(1, 5)
    for (const cell of [2, 5, 6, 7, 8]) expect(values[cell]).toBeNaN()
  }
})

test('canonical correlations of no more words than features are refused', () => {
  expect(() => similarities(a, { ...b, width: 60 }, { words, estimator: 'svcca', same: false }, silentJob())).toThrow(
    'Canonical correlations of layers with 60 features need more words than that, better ten times as many; there are ' +
      '60. Take more words, or another measure.'
  )
})

test('eigenvalues and vectors of a symmetric matrix are those of Jacobi’s rotations', async () => {
  const random = seededRandom(9)
  for (const size of [1, 2, 3, 20, 45]) {
    const root = Float64Array.from({ length: size * size }, () => random.normal())
    const matrix = Float64Array.from({ length: size * size }, (_, at) => {
      const [i, j] = [Math.floor(at / size), at % size]
      // Of half the rank, so that there are equal eigenvalues, zero.
      return Array.from({ length: Math.ceil(size / 2) }, (_, k) => root[i * size + k]! * root[j * size + k]!).reduce(
        (sum, value) => sum + value
      )
    })
    const jacobi = symmetricEigen(matrix.slice(), size)
    const { values, vectors } = await spectrumOf(matrix.slice(), size, { vectors: true }, silentJob())
    values.forEach((value, i) => expect(value).toBeCloseTo(jacobi.values[i]!, 9))
    for (let i = 0; i < size; i++) {
      const vector = vectors!.subarray(i * size, (i + 1) * size)
      for (let row = 0; row < size; row++) {
        const product = vector.reduce((sum, value, column) => sum + value * matrix[row * size + column]!, 0)
        expect(product).toBeCloseTo(values[i]! * vector[row]!, 9)
      }
    }
  }
})
