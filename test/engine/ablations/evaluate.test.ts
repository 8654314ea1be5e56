import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { compileInterventions } from '../../../src/main/engine/ablations/compile'
import type { EditResources } from '../../../src/main/engine/ablations/edits/edit'
import { effectsOf } from '../../../src/main/engine/ablations/effects'
import { evaluate } from '../../../src/main/engine/ablations/evaluate'
import { languageModelLoss } from '../../../src/main/engine/ablations/measures/languageModelLoss'
import { movement } from '../../../src/main/engine/ablations/measures/movement'
import { depthOrders, pruningCurves, pruningOrders } from '../../../src/main/engine/ablations/pruning'
import { randomLike } from '../../../src/main/engine/ablations/randomLike'
import { unitIntervention, unitsOf, variantOf } from '../../../src/main/engine/ablations/variants'
import { joinWindows } from '../../../src/main/engine/activations/extract'
import type { Window } from '../../../src/main/engine/activations/windows'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { needTransformer } from '../../../src/main/engine/models/transformer/transformerModel'

/** A small random decoder with its head, so that everything is quick and every measure applies. */
const folder = ['test/fixtures/parity/gpt2', '../shared/parity/gpt2'].find((path) =>
  existsSync(join(path, 'config.json'))
)
if (!folder) console.warn('Sweeps were not checked on a decoder: ../shared/parity/gpt2 is not there.')
const sentences = [
  [5, 6, 7, 8, 9, 10],
  [11, 12, 13],
  [20, 21, 22, 23]
]
const windows: Window[] = sentences.map((ids, sentence) => ({
  sentence,
  ids: Int32Array.from(ids),
  wordOfToken: Int32Array.from(ids.keys()),
  from: 0,
  to: ids.length
}))
const nothing = {} as EditResources
let model: LoadedModel

describe.skipIf(!folder)('sweeps on a decoder', () => {
  beforeAll(async () => {
    await pickBackend()
    model = await loadModel(folder!)
  })
  afterAll(() => model.dispose())

  test.each(['head', 'attention', 'mlp', 'block'] as const)(
    '%s: from the changed block up gives what whole runs give',
    async (kind) => {
      const { config } = needTransformer(model)
      const units = unitsOf(kind, config)
      const interventions = units.map((unit) => [
        unitIntervention(kind, unit, { kind: 'zero' }, needTransformer(model).config)
      ])
      const measures = [movement(config.layers), languageModelLoss('next', 1)]
      // The head is packed when logits are first asked for, and stays.
      model.run(joinWindows(windows), { hiddenStates: false, attentions: false, logits: true }).logits!.dispose()
      const before = tf.memory().numTensors
      const ours = await evaluate(
        model,
        windows,
        interventions.map((set) => variantOf(set, config, nothing)),
        measures,
        silentJob()
      )
      expect(tf.memory().numTensors).toBe(before)
      const input = joinWindows(windows)
      const wanted = { hiddenStates: true, attentions: false, logits: true }
      const plain = model.run(input, wanted)
      interventions.forEach((set, i) => {
        const run = model.run(input, wanted, { hooks: compileInterventions(set, config, nothing) })
        const values = (result: typeof run) => ({
          windows,
          input,
          hidden: (layer: number) => result.hiddenStates[layer]!,
          logits: result.logits
        })
        measures.forEach((measure, m) => {
          const theirs = measure.score(values(run), values(plain))
          theirs.sum.forEach((sum, s) => expect(ours.variants[m]![i * windows.length + s]).toBeCloseTo(sum, 4))
        })
        tf.dispose([run.hiddenStates, run.logits!])
      })
      tf.dispose([plain.hiddenStates, plain.logits!])
    }
  )

  test('the loss of the next token, by hand', () => {
    const input = joinWindows(windows)
    const { logits } = model.run(input, { hiddenStates: false, attentions: false, logits: true })
    const rows = logits!.arraySync()
    let row = 0
    const theirs = sentences.map((ids) => {
      let loss = 0
      ids.forEach((_, t) => {
        const scores = rows[row++]!
        if (t + 1 < ids.length)
          loss += Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - scores[ids[t + 1]!]!
      })
      return loss
    })
    const ours = languageModelLoss('next', 1).score(
      { windows, input, hidden: () => tf.tensor2d([[0]]), logits },
      { windows, input, hidden: () => tf.tensor2d([[0]]), logits }
    )
    theirs.forEach((loss, s) => expect(ours.sum[s]).toBeCloseTo(loss, 4))
    expect([...ours.count]).toEqual([5, 2, 3])
    logits!.dispose()
  })

  test('a set of the same size is drawn elsewhere', async () => {
    const { config } = needTransformer(model)
    const set = [
      { at: 'blocks.0.attn.result' as const, heads: [0, 1], edit: { kind: 'zero' as const } },
      { at: 'blocks.1.mlp.post' as const, neurons: [1, 2, 3], edit: { kind: 'zero' as const } },
      {
        at: 'blocks.0.resid_post' as const,
        edit: { kind: 'add' as const, direction: new Array<number>(config.width).fill(2), factor: 1 }
      }
    ]
    const drawn = await randomLike(set, config, seededRandom(3), silentJob())
    expect(drawn.flatMap(({ heads }) => heads ?? [])).toHaveLength(2)
    expect(drawn.find(({ neurons }) => neurons)!.neurons).toHaveLength(3)
    const direction = drawn.at(-1)!.edit
    expect(direction.kind === 'add' && Math.hypot(...direction.direction)).toBeCloseTo(2 * Math.sqrt(config.width), 4)
    expect(await randomLike(set, config, seededRandom(3), silentJob())).toEqual(drawn)
    compileInterventions(drawn, config, nothing)
  })
})

test('effects are differences of means over all words, resampled by sentence', () => {
  const plain = { sum: Float64Array.of(2, 4), count: Float64Array.of(4, 6) }
  const { plain: whole, effects } = effectsOf(Float64Array.of(2, 4, 1, 2), plain, 1)
  expect(whole).toBe(0.6)
  expect(effects[0]).toEqual({ value: 0.6, difference: 0, interval: [0, 0] })
  expect(effects[1]!.difference).toBeCloseTo(-0.3)
  // Each resample has one sentence twice or both once: -1/4, -2/6 or -3/10.
  expect(effects[1]!.interval![0]).toBeCloseTo(-1 / 3)
  expect(effects[1]!.interval![1]).toBeCloseTo(-1 / 4)
})

test('pruning takes the given order first, then random ones of the same units', () => {
  const order = [0, 1, 2, 3].map((head) => ({ block: 0, head }))
  const { counts, orders } = pruningOrders(order, [], { steps: 2, randomOrders: 2, seed: 5 })
  expect(counts).toEqual([0, 2, 4])
  expect(orders).toHaveLength(3)
  expect(orders[0]).toBe(order)
  for (const drawn of orders) expect([...drawn].sort((a, b) => a.head! - b.head!)).toEqual(order)
  const measure = languageModelLoss('next', 1)
  const curves = pruningCurves(
    {
      measure,
      plain: { sum: Float64Array.of(1, 1), count: Float64Array.of(1, 1) },
      sums: Float64Array.of(1, 2, 3, 3, 1, 1, 2, 2, 0, 1, 4, 4)
    },
    counts,
    [],
    2
  )
  expect(curves.byImportance.values).toEqual([1, 1.5, 3])
  expect(curves.random.map(({ values }) => values)).toEqual([
    [1, 1, 2],
    [1, 0.5, 4]
  ])
})

test('layers go from the top and from the bottom as well', () => {
  const order = [2, 0, 1].map((block) => ({ block, head: null }))
  const depth = depthOrders(order)
  const { counts, orders } = pruningOrders(order, depth, { steps: 3, randomOrders: 1, seed: 5 })
  expect(orders.slice(0, 3).map((units) => units.map(({ block }) => block))).toEqual([
    [2, 0, 1],
    [2, 1, 0],
    [0, 1, 2]
  ])
  const sums = Float64Array.from({ length: 12 }, (_, i) => i)
  const curves = pruningCurves(
    { measure: languageModelLoss('next', 1), plain: { sum: Float64Array.of(9), count: Float64Array.of(1) }, sums },
    counts,
    depth,
    1
  )
  expect(curves.further).toEqual([
    { title: 'From the top', values: [9, 3, 4, 5] },
    { title: 'From the bottom', values: [9, 6, 7, 8] }
  ])
  expect(curves.random[0]!.values).toEqual([9, 9, 10, 11])
})
