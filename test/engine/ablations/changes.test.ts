import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Intervention } from '@shared/intervention'
import { silentJob } from '@shared/jobs'
import { attentionChanges } from '../../../src/main/engine/ablations/attentionChange'
import { changeByLayer } from '../../../src/main/engine/ablations/changeByLayer'
import type { EditResources } from '../../../src/main/engine/ablations/edits/edit'
import { headAccuracy } from '../../../src/main/engine/ablations/measures/headAccuracy'
import { questionsOfToken } from '../../../src/main/engine/ablations/measures/questions'
import { watchedToken } from '../../../src/main/engine/ablations/measures/watchedToken'
import { sentenceSimilarity } from '../../../src/main/engine/ablations/sentenceSimilarity'
import { variantOf } from '../../../src/main/engine/ablations/variants'
import { joinWindows } from '../../../src/main/engine/activations/extract'
import type { Window } from '../../../src/main/engine/activations/windows'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { needTransformer } from '../../../src/main/engine/models/transformer/transformerModel'

/** A small random decoder with its head. */
const folder = ['test/fixtures/parity/gpt2', '../shared/parity/gpt2'].find((path) =>
  existsSync(join(path, 'config.json'))
)
if (!folder) console.warn('Changes by layer were not checked on a decoder: ../shared/parity/gpt2 is not there.')
const sentences = [
  [5, 6, 7, 8, 9, 10],
  [11, 6, 13],
  [20, 21, 22, 6]
]
const windows: Window[] = sentences.map((ids, sentence) => ({
  sentence,
  ids: Int32Array.from(ids),
  wordOfToken: Int32Array.from(ids.keys()),
  from: 0,
  to: ids.length
}))
const clusterOf = Int32Array.from(windows, ({ sentence }) => sentence)
const input = joinWindows(windows)
const noHead: Intervention = { at: 'blocks.1.attn.result', heads: [0], edit: { kind: 'zero' } }
let model: LoadedModel

const variant = (...set: Intervention[]) => variantOf(set, needTransformer(model).config, {} as EditResources)

describe.skipIf(!folder)('changes on a decoder', () => {
  beforeAll(async () => {
    await pickBackend()
    model = await loadModel(folder!)
    // The head is packed when logits are first asked for, and stays.
    model.run(input, { hiddenStates: false, attentions: false, logits: true }).logits!.dispose()
  })
  afterAll(() => model.dispose())

  test('a set that changes nothing leaves every measure where it is', async () => {
    const before = tf.memory().numTensors
    const { movement, similarity, attention } = await changeByLayer(
      model,
      windows,
      [variant({ ...noHead, edit: { kind: 'scale', factor: 1 } }), variant()],
      { seed: 1, clusterOf },
      silentJob()
    )
    expect(tf.memory().numTensors).toBe(before)
    for (const { value, random } of movement)
      for (const one of [value, ...random.map((other) => other.value)]) expect(Math.abs(one)).toBeLessThan(1e-6)
    for (const { value, random } of similarity)
      for (const one of [value, ...random.map((other) => other.value)]) expect(Math.abs(one - 1)).toBeLessThan(1e-6)
    for (const one of [...attention.value.data, ...attention.random.data]) expect(one).toBeLessThan(1e-6)
  })

  test('layers below a change are as they were, those above are not', async () => {
    const { movement, similarity, attention } = await changeByLayer(
      model,
      windows,
      [variant(noHead)],
      { seed: 1, clusterOf },
      silentJob()
    )
    movement.forEach(({ layer, value }) =>
      layer < 2 ? expect(Math.abs(value)).toBeLessThan(1e-6) : expect(value).toBeGreaterThan(1e-5)
    )
    similarity.forEach(({ layer, value, interval }) => {
      if (layer < 2) expect([value, ...interval!]).toEqual([1, 1, 1])
      else expect(value).toBeLessThan(1)
    })
    const { heads } = model.shape
    // A head that is switched off still attends as it did; the blocks above it read another residual stream.
    expect(Math.max(...attention.value.data.subarray(0, 2 * heads))).toBeLessThan(1e-6)
    for (const value of attention.value.data.subarray(2 * heads)) expect(value).toBeGreaterThan(0)
  })

  test('the change of attention, by hand, over sequences of unequal length', async () => {
    const set = variant({ at: 'blocks.0.attn.out', edit: { kind: 'zero' } })
    const { sums, count } = await attentionChanges(model, windows, Int32Array.of(0, 1, 2), [set], silentJob())
    expect([...count]).toEqual([6, 3, 4])
    const { layers, heads } = model.shape
    for (const [s, window] of windows.entries()) {
      const wanted = { hiddenStates: false, attentions: true }
      const [plain, changed] = [
        model.run(joinWindows([window]), wanted),
        model.run(joinWindows([window]), wanted, { hooks: set.hooks })
      ]
      for (let layer = 0; layer < layers; layer++) {
        const [a, b] = [plain.attentions[layer]!.arraySync()[0]!, changed.attentions[layer]!.arraySync()[0]!]
        a.forEach((rows, head) => {
          const theirs = rows.reduce(
            (sum, row, q) => sum + row.reduce((part, value, k) => part + Math.abs(value - b[head]![q]![k]!), 0) / 2,
            0
          )
          expect(sums[0]![(layer * heads + head) * 3 + s]).toBeCloseTo(theirs, 5)
        })
      }
      tf.dispose([...plain.attentions, ...changed.attentions].filter((map) => map !== null))
    }
  })

  test('a block that is left out attends to nothing', async () => {
    const { attention } = await changeByLayer(
      model,
      windows,
      [variant({ at: 'blocks.1.resid_post', edit: { kind: 'skip' } })],
      { seed: 1, clusterOf },
      silentJob()
    )
    const { heads } = model.shape
    for (const value of attention.value.data.subarray(heads, 2 * heads)) expect(value).toBe(1)
  })

  test('guesses, probability and rank of the next token, by hand', () => {
    const { logits } = model.run(input, { hiddenStates: false, attentions: false, logits: true })
    const rows = logits!.arraySync()
    const values = { windows, input, hidden: () => tf.tensor2d([[0]]), logits }
    const guessed: number[] = []
    const probability: number[] = []
    const rank: number[] = []
    let row = 0
    sentences.forEach((ids, s) => {
      guessed.push(0)
      probability.push(0)
      rank.push(0)
      ids.forEach((_, t) => {
        const scores = rows[row++]!
        const next = ids[t + 1]
        if (next === undefined) return
        guessed[s]! += Number(scores.indexOf(Math.max(...scores)) === next)
        if (next !== 6) return
        probability[s]! += Math.exp(scores[6]!) / scores.reduce((sum, score) => sum + Math.exp(score), 0)
        rank[s]! += 1 + scores.filter((score) => score > scores[6]!).length
      })
    })
    expect([...headAccuracy('next', 1).score(values, values).sum]).toEqual(guessed)
    const [ofProbability, ofRank] = watchedToken('next', 6, 'six').map((measure) => measure.score(values, values))
    ofProbability!.sum.forEach((sum, s) => expect(sum).toBeCloseTo(probability[s]!, 5))
    expect([...ofRank!.sum]).toEqual(rank)
    expect([...ofRank!.count]).toEqual([1, 1, 1])
    expect([...questionsOfToken('masked', windows, 6).rows]).toEqual([1, 7, 12])
    logits!.dispose()
  })

  test('the likeness of two sentences is the cosine of the means of their tokens', () => {
    const pair = [windows[0]!, windows[2]!] as const
    const { hooks } = variant(noHead)
    const { layers, tokens } = sentenceSimilarity(model, pair, hooks, [variant().hooks])
    expect(tokens).toEqual([6, 4])
    const means = pair.map((window) => {
      const { hiddenStates } = model.run(joinWindows([window]), { hiddenStates: true, attentions: false }, { hooks })
      const values = hiddenStates.at(-1)!.arraySync()
      tf.dispose(hiddenStates)
      return values[0]!.map((_, j) => values.reduce((sum, one) => sum + one[j]!, 0) / values.length)
    })
    const dot = (a: number[], b: number[]): number => a.reduce((sum, value, j) => sum + value * b[j]!, 0)
    expect(layers.at(-1)!.changed).toBeCloseTo(
      dot(means[0]!, means[1]!) / Math.hypot(...means[0]!) / Math.hypot(...means[1]!),
      5
    )
    for (const { plain, random, changed, layer } of layers) {
      expect(random[0]).toBeCloseTo(plain, 6)
      if (layer < 2) expect(changed).toBeCloseTo(plain, 6)
    }
    expect(layers.at(-1)!.changed).not.toBeCloseTo(layers.at(-1)!.plain, 6)
  })
})
