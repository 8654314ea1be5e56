import * as tf from '@tensorflow/tfjs-core'
import type { Tensor4D } from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { scoreHeads } from '../../../src/main/engine/ablations/headScores'
import type { Window } from '../../../src/main/engine/activations/windows'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import type { Wanted } from '../../../src/main/engine/models/transformer/transformer'

beforeAll(() => pickBackend({ prefer: 'cpu' }))

/** Heads that each do one thing, over the words a b a c between special tokens. */
const ids = [100, 1, 2, 1, 3, 101]
const words = [-1, 0, 1, 2, 3, -1]
const tokens = ids.length
const heads: ((query: number) => number)[] = [
  (q) => Math.max(0, q - 1),
  (q) => Math.min(tokens - 1, q + 1),
  (q) => q,
  () => 0,
  // From the second `a` to what came after the first; otherwise to the end.
  (q) => (q === 3 ? 2 : 5),
  (q) => ({ 1: 3, 3: 1 })[q] ?? 5,
  // The tree: every word looks at its head, the root at the first special token.
  (q) => [0, 2, 0, 2, 3, 0][q]!
]

test('each head is found out by the score made for it', async () => {
  const model = {
    shape: { layers: 1, heads: heads.length },
    run: (_: unknown, wanted: Wanted) => {
      const values = new Float32Array(heads.length * tokens * tokens)
      heads.forEach((target, h) => {
        for (let q = 0; q < tokens; q++) values[(h * tokens + q) * tokens + target(q)] = 1
      })
      wanted.takeAttention!(0, tf.tensor4d(values, [1, heads.length, tokens, tokens]) as Tensor4D, 0)
    }
  } as unknown as LoadedModel
  const window: Window = { sentence: 0, ids: Int32Array.from(ids), wordOfToken: Int32Array.from(words), from: 0, to: 4 }
  // b is the root; a <- b, a <- b, c <- a
  const tree = { heads: Int32Array.of(1, -1, 1, 2), relations: ['det', 'root', 'det', 'obj'] }
  const { scores, queries, relationBaselines } = await scoreHeads(model, [window], () => tree, silentJob())
  expect([...scores.get('previous')!]).toEqual([1, 0, 0, 0.25, 0.25, 0, 0.5])
  expect(scores.get('next')![1]).toBe(1)
  expect(scores.get('current')![2]).toBe(1)
  expect(scores.get('separator')![3]).toBe(1)
  expect(queries.get('induction')).toBe(1)
  expect(scores.get('induction')![4]).toBe(1)
  expect(queries.get('sameToken')).toBe(2)
  expect(scores.get('sameToken')![5]).toBe(1)
  expect(scores.get('relation:det')![6]).toBe(1)
  expect(scores.get('relation:obj')![6]).toBe(1)
  // Three words look at their heads; of the dependents of b and a only the second a is attended by its head, as the
  // head of nobody else.
  expect(queries.get('treeHead')).toBe(3)
  expect(scores.get('treeHead')![6]).toBe(1)
  expect(scores.get('treeHead')![2]).toBe(0)
  expect(scores.get('treeDependent')![0]).toBeCloseTo(1 / 3)
  expect(relationBaselines.get('det')).toBe(0.5)
  expect(relationBaselines.get('obj')).toBe(1)
  expect(scores.has('relation:root')).toBe(false)
})
