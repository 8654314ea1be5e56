import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor4D } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import type { TokenBatch } from '../../../src/main/engine/models/transformer/transformer'
import { writeRandomCheckpoint } from '../../../bench/lib/randomCheckpoint'

// 2,048 tokens through a Llama with shared keys: what is held at a time, and that maps taken head by head are those
// taken whole.

const tokens = 2048
const shape = { layers: 2, width: 32, heads: 8, keyValueHeads: 2, mlpWidth: 48, vocabulary: 300, maxTokens: tokens }
const headBytes = 4 * tokens ** 2
const input: TokenBatch = {
  lengths: [tokens],
  ids: Int32Array.from({ length: tokens }, (_, i) => (i * 7) % 300),
  mask: null,
  segments: null
}
let folder: string
let model: LoadedModel

beforeAll(async () => {
  const { title } = await pickBackend()
  console.info(`Long inputs are tested on ${title}.`)
  folder = mkdtempSync(join(tmpdir(), 'layerscope-long-'))
  writeRandomCheckpoint(folder, 'llama', shape)
  model = await loadModel(folder)
})
afterAll(() => {
  model.dispose()
  rmSync(folder, { recursive: true })
})

test('hidden states alone need less than the map of one head', async () => {
  const before = tf.memory().numBytes
  const { peakBytes, result } = await tf.profile(
    () => model.run(input, { hiddenStates: true, attentions: false }).hiddenStates
  )
  expect(peakBytes - before).toBeLessThan(headBytes)
  tf.dispose(result)
})

test('maps are taken head by head, and never more than two heads are held', () => {
  const whole = model.run(input, { hiddenStates: true, attentions: new Set([1]) })
  const theirs = whole.attentions[1]!.dataSync()
  tf.dispose(whole.attentions[1]!)
  const before = tf.memory().numBytes
  const taken: string[] = []
  let most = 0
  let worst = 0
  const take = (block: number, pattern: Tensor4D, firstHead: number): void => {
    taken.push(`${block}.${firstHead}`)
    expect(pattern.shape).toEqual([1, 1, tokens, tokens])
    most = Math.max(most, tf.memory().numBytes - before)
    if (block === 1) {
      const ours = pattern.dataSync()
      for (let i = 0; i < ours.length; i += 37)
        worst = Math.max(worst, Math.abs(ours[i]! - theirs[firstHead * tokens ** 2 + i]!))
    }
    pattern.dispose()
  }
  const streamed = model.run(input, { hiddenStates: true, attentions: true, takeAttention: take })
  expect(taken).toEqual([0, 1].flatMap((block) => Array.from({ length: 8 }, (_, head) => `${block}.${head}`)))
  expect(most).toBeLessThan(2 * headBytes)
  expect(worst).toBeLessThan(1e-6)
  const [a, b] = [streamed, whole].map(({ hiddenStates }) => hiddenStates.at(-1)!.dataSync<'float32'>())
  expect(
    a!.reduce((largest: number, value: number, i: number) => Math.max(largest, Math.abs(value - b![i]!)), 0)
  ).toBeLessThan(1e-5)
  tf.dispose([whole.hiddenStates, streamed.hiddenStates])
})
