import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { logitLens } from '../../../src/main/engine/ablations/logitLens'
import {
  batchesOfTokens,
  lensDivergences,
  trainTranslators,
  translatorOf,
  type Translators
} from '../../../src/main/engine/ablations/tunedLens'
import { joinWindows } from '../../../src/main/engine/activations/extract'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { needTransformer, type TransformerModel } from '../../../src/main/engine/models/transformer/transformerModel'
import { resourcePath } from '../../../src/main/engine/paths'
import { TrainableTransformer } from '../../../src/main/engine/training/trainableTransformer'

/** What PyTorch computed of the bundled decoder, by bench/peers/tuned_lens_peer.py. */
const theirs = JSON.parse(readFileSync('test/fixtures/ablations/tunedLens.json', 'utf8')) as {
  rate: number
  batches: number[][]
  heldOut: number[]
  logit: number[]
  tuned: number[]
  /** Of each layer the norm and the first four numbers. */
  matrices: number[][]
  offsets: number[][]
}
const batch = (ids: readonly number[]) => joinWindows([{ ids: Int32Array.from(ids) }])
let model: TransformerModel
let translators: Translators

beforeAll(async () => {
  await pickBackend()
  const folder = resourcePath('models', 'gpt2-ud-tiny')
  model = needTransformer(await loadModel(folder))
  const trainable = await TrainableTransformer.open(folder)
  const tensors = tf.memory().numTensors
  const batches = theirs.batches.map(batch)
  translators = await trainTranslators(model, trainable, { batches, rate: theirs.rate }, silentJob())
  // The head of the model is packed when it is first used, and stays.
  expect(tf.memory().numTensors - tensors).toBeLessThanOrEqual(4)
  trainable.dispose()
}, 60_000)
afterAll(() => model.dispose())

const near = (ours: ArrayLike<number>, expected: readonly number[], tolerance: number): void =>
  expected.forEach((value, i) =>
    expect(Math.abs(ours[i]! - value), `${i}: ${ours[i]} against ${value}`).toBeLessThanOrEqual(tolerance)
  )

test('a tuned lens is trained as in PyTorch, update by update', async () => {
  const { logit, tuned } = await lensDivergences(model, translators, [batch(theirs.heldOut)], silentJob())
  near(logit, theirs.logit, 1e-3)
  near(tuned, theirs.tuned, 5e-3)
  // Where a gradient is nearly 0, Adam's first steps follow the last bits.
  const { width } = model.config
  theirs.matrices.forEach(([norm], layer) => {
    const matrix = translators.matrices.data.subarray(layer * width * width, (layer + 1) * width * width)
    expect(Math.hypot(...matrix) / norm!).toBeCloseTo(1, 2)
  })
  theirs.offsets.forEach(([norm, ...first], layer) => {
    const offset = translators.offsets.data.subarray(layer * width, (layer + 1) * width)
    expect(Math.hypot(...offset) / norm!).toBeCloseTo(1, 2)
    near(offset, first, 5e-4)
  })
})

test('every layer comes nearer to the top than by the logit lens', async () => {
  const { logit, tuned } = await lensDivergences(model, translators, theirs.batches.map(batch), silentJob())
  tuned.forEach((value, layer) => expect(value).toBeLessThan(logit[layer]!))
})

test('the lens reads through the maps, and leaves the top layer as it is', () => {
  const input = batch(theirs.heldOut)
  const plain = logitLens(model, input, [], undefined)
  const tuned = logitLens(model, input, [], undefined, translatorOf(translators))
  expect(tuned.best.at(-1)).toEqual(plain.best.at(-1))
  expect(tuned.best[0]).not.toEqual(plain.best[0])
})

test('an update has as many sentences as its tokens take', () => {
  const windows = [4, 3, 9, 2, 1].map((length, sentence) => ({
    sentence,
    ids: new Int32Array(length),
    wordOfToken: new Int32Array(length),
    from: 0,
    to: length
  }))
  expect(batchesOfTokens(windows, 7).map(({ lengths }) => lengths)).toEqual([[4, 3], [9], [2, 1]])
})
