import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import type { LayerStack } from '../../../src/main/engine/compare/cka'
import { representationalSimilarity } from '../../../src/main/engine/compare/rsa'
import { backends } from '../probes/subjects'

interface Reference {
  words: number
  layers: Record<'a' | 'b', number[][]>
  ab: number[][]
  aa: number[][]
}
const theirs = JSON.parse(readFileSync('test/fixtures/compare/rsa.json', 'utf8')) as Reference
const { words } = theirs
const stack = (layers: readonly number[][]): LayerStack => ({
  count: layers.length,
  width: layers[0]!.length / words,
  read: (layer) => Float32Array.from(layers[layer]!)
})

describe.each(backends)('on %s', (backend) => {
  beforeAll(async () => {
    expect((await pickBackend({ prefer: backend })).name).toBe(backend)
  })

  test('RSA is that of SciPy, of two models and of one with itself', async () => {
    const { a, b } = theirs.layers
    const before = tf.memory().numTensors
    const two = await representationalSimilarity(stack(a), stack(b), { words, same: false }, silentJob())
    theirs.ab.flat().forEach((value, i) => expect(two[i]).toBeCloseTo(value, 3))
    const one = await representationalSimilarity(stack(a), stack(a), { words, same: true }, silentJob())
    theirs.aa.flat().forEach((value, i) => expect(one[i]).toBeCloseTo(value, 3))
    expect(tf.memory().numTensors).toBe(before)
  })
})

test('a layer that gives every word the same vector has no similarity; other numbers of words are refused', async () => {
  await pickBackend({ prefer: 'cpu' })
  const { a } = theirs.layers
  const constant = { count: 1, width: 2, read: () => new Float32Array(2 * words).fill(3) }
  const values = await representationalSimilarity(stack(a), constant, { words, same: false }, silentJob())
  expect([...values]).toEqual(a.map(() => NaN))
  await expect(
    representationalSimilarity(stack(a), constant, { words: 2000, same: false }, silentJob())
  ).rejects.toThrow('RSA compares pairs of 3 to 1,000 words, not of 2000; choose another number of words.')
})
