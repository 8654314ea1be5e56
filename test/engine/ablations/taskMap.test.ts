import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { JobCancelled, silentJob, type JobHandle } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { isClear, type TaskMapColumn } from '@shared/taskMap'
import type { EditResources } from '../../../src/main/engine/ablations/edits/edit'
import { evaluate } from '../../../src/main/engine/ablations/evaluate'
import { evaluateKept } from '../../../src/main/engine/ablations/keptEvaluation'
import { languageModelLoss } from '../../../src/main/engine/ablations/measures/languageModelLoss'
import { movement } from '../../../src/main/engine/ablations/measures/movement'
import { randomSubspace } from '../../../src/main/engine/ablations/randomSubspace'
import { mapColumn, mapTests, mapUnits, mapVariants } from '../../../src/main/engine/ablations/taskMap'
import type { Window } from '../../../src/main/engine/activations/windows'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { unscaledAttention, type TransformerConfig } from '../../../src/main/engine/models/transformer/config'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { needTransformer } from '../../../src/main/engine/models/transformer/transformerModel'
import { maxT, permutations } from '../../../src/main/engine/probes/scores/maxT'
import { resourcePath } from '../../../src/main/engine/paths'

const nothing = {} as EditResources
const zero = { kind: 'zero' } as const
/** 1,440 tokens: two stretches of text, kept one after the other. */
const windows = Array.from({ length: 12 }, (_, sentence): Window => ({
  sentence,
  ids: Int32Array.from({ length: 120 }, (_, t) => 20 + ((7 * t + 31 * sentence) % 900)),
  wordOfToken: Int32Array.from({ length: 120 }, (_, t) => t),
  from: 0,
  to: 120
}))
let folder = ''
let model: LoadedModel

describe('scores that are kept', () => {
  beforeAll(async () => {
    await pickBackend()
    model = await loadModel(resourcePath('models', 'gpt2-ud-tiny'))
  })
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layerscope-kept-'))))
  afterAll(() => {
    model.dispose()
    rmSync(folder, { recursive: true, force: true })
  })

  const moved = () => ({ key: 'movement', measure: movement(model.shape.layers) })
  const variants = () =>
    mapVariants(
      mapUnits(needTransformer(model).config).slice(0, 3),
      { edit: zero, randomDraws: 0, seed: 1 },
      needTransformer(model).config,
      nothing
    )
  const asked = (into: string, variantKey = 'v') => ({
    windows,
    variants: variants(),
    variantKey,
    measures: [moved()],
    folder: into
  })

  test('are those of a run in one piece, stretch by stretch', async () => {
    const ours = await evaluateKept(model, asked(folder), silentJob())
    const theirs = await evaluate(model, windows, variants(), [movement(model.shape.layers)], silentJob())
    expect(ours.found).toBe(0)
    expect(readdirSync(folder)).toHaveLength(2)
    ours.scores[0]!.sums.forEach((sum, i) => expect(sum).toBeCloseTo(theirs.variants[0]![i]!, 3))
    expect([...ours.scores[0]!.plain.count]).toEqual([...theirs.plain[0]!.count])
  })

  test('outlive a cancel: what was finished is not run again, and the result is the same to the bit', async () => {
    const whole = await evaluateKept(model, asked(folder), silentJob())
    const other = mkdtempSync(join(tmpdir(), 'layerscope-kept-'))
    let yields = 0
    const impatient: JobHandle = {
      ...silentJob(),
      yield: () => (++yields > 6 ? Promise.reject(new JobCancelled()) : Promise.resolve())
    }
    await expect(evaluateKept(model, asked(other), impatient)).rejects.toThrow(JobCancelled)
    expect(readdirSync(other)).toHaveLength(1)
    const resumed = await evaluateKept(model, asked(other), silentJob())
    expect(resumed.found).toBe(0.5)
    expect([...resumed.scores[0]!.sums]).toEqual([...whole.scores[0]!.sums])
    rmSync(other, { recursive: true })
  })

  test('a folder that cannot be written loses no scores', async () => {
    const whole = await evaluateKept(model, asked(folder), silentJob())
    const file = join(folder, 'full')
    writeFileSync(file, '')
    const full = await evaluateKept(model, asked(join(file, 'sweeps')), silentJob())
    expect([...full.scores[0]!.sums]).toEqual([...whole.scores[0]!.sums])
  })

  test('a further measure, a damaged file and other variants are computed; nothing else is', async () => {
    await evaluateKept(model, asked(folder), silentJob())
    const runs = vi.spyOn(model, 'run')
    const again = await evaluateKept(model, asked(folder), silentJob())
    expect(again.found).toBe(1)
    expect(runs).not.toHaveBeenCalled()
    const more = await evaluateKept(
      model,
      { ...asked(folder), measures: [moved(), { key: 'loss', measure: languageModelLoss('next', 1) }] },
      silentJob()
    )
    expect(more.found).toBe(0.5)
    expect([...more.scores[0]!.sums]).toEqual([...again.scores[0]!.sums])
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '{"plain":')
    expect((await evaluateKept(model, asked(folder), silentJob())).found).toBe(0)
    expect((await evaluateKept(model, asked(folder, 'other'), silentJob())).found).toBe(0)
    runs.mockRestore()
  })
})

describe('random directions', () => {
  const apply = (config: Pick<TransformerConfig, 'heads' | 'headWidth'>, rows: number[][]): number[][] => {
    const { hooks } = randomSubspace(
      0,
      zero,
      { ...config, blocks: [unscaledAttention] } as unknown as TransformerConfig,
      nothing,
      5
    )
    return tf.tidy(
      () =>
        hooks
          .apply('blocks.0.attn.result', tf.tensor2d(rows), { batch: 1, tokens: rows.length })
          .arraySync() as unknown as number[][]
    )
  }

  test('as many as there are take everything', () => {
    apply({ heads: 1, headWidth: 3 }, [
      [1, -2, 3],
      [4, 5, 6]
    ])
      .flat()
      .forEach((value) => expect(value).toBeCloseTo(0, 5))
  })

  test('of one head of three take one dimension of each token, the same one, and no more the second time', () => {
    const rows = [
      [1, -2, 3],
      [4, 5, 6]
    ]
    const once = apply({ heads: 3, headWidth: 1 }, rows)
    const gone = once.map((row, r) => row.map((value, c) => rows[r]![c]! - value))
    // Both differences lie along one line.
    expect(gone[0]![0]! * gone[1]![1]! - gone[0]![1]! * gone[1]![0]!).toBeCloseTo(0, 4)
    expect(gone[0]![1]! * gone[1]![2]! - gone[0]![2]! * gone[1]![1]!).toBeCloseTo(0, 4)
    apply({ heads: 3, headWidth: 1 }, once)
      .flat()
      .forEach((value, i) => expect(value).toBeCloseTo(once.flat()[i]!, 4))
  })
})

test('a column of the map, by hand: two heads of one block, one draw of random directions', () => {
  const units = [
    { kind: 'head', block: 0, head: 0 },
    { kind: 'head', block: 0, head: 1 },
    { kind: 'block', block: 0, head: null }
  ] as const
  const plain = { sum: Float64Array.of(4, 6), count: Float64Array.of(5, 10) }
  // Every row: the sums of both sentences. As it is 10 of 15 are right; the random directions leave 8.
  const column = mapColumn(
    { measure: movement(1), plain, sums: Float64Array.of(4, 6, 2, 3, 0, 0, 3, 5) },
    { units, draws: 1, seed: 1, clusterOf: [0, 1] }
  )
  expect(column.plain).toBeCloseTo(10 / 15)
  expect(column.effects.map(({ difference }) => difference).map((value) => Math.round(value * 1e6))).toEqual([
    0, -333333, -666667
  ])
  expect(column.random[0]!.map(({ difference }) => difference)).toEqual([expect.closeTo(-2 / 15)])
  expect(column.beyondRandom.map((one) => one && one.difference)).toEqual([
    expect.closeTo(2 / 15),
    expect.closeTo(-3 / 15),
    null
  ])
})

test('cells of the map are corrected for all of them: of parts without an effect none is marked, of those with one all', async () => {
  await pickBackend()
  const random = seededRandom(4)
  const sentences = 60
  const units = Array.from({ length: 40 }, (_, head) => ({ kind: 'head' as const, block: 0, head }))
  const plain = { sum: new Float64Array(sentences).fill(5), count: new Float64Array(sentences).fill(10) }
  /** Losses of every part by sentence, moved by chance; the first three parts do harm besides. */
  const sums = Float64Array.from(
    { length: units.length * sentences },
    (_, i) => 5 + random.normal() + (i < 3 * sentences ? 0.9 : 0)
  )
  const layout = { units, draws: 0, seed: 1, clusterOf: Array.from({ length: sentences }, (_, s) => s) }
  const measure = languageModelLoss('next', 1)
  const column = mapColumn({ measure, plain, sums }, layout)
  const [corrected] = await mapTests([{ measure, plain, sums }], layout, silentJob())
  const marked = (of: Pick<TaskMapColumn, 'corrected'>): number[] =>
    [...units.keys()].filter((unit) => isClear({ ...column, ...of }, unit))
  expect(marked({ corrected: corrected! })).toEqual([0, 1, 2])
  // By their intervals alone, parts without an effect are marked as well.
  expect(marked({}).length).toBeGreaterThan(3)
})

test('corrected p-values of cells are those of SciPy with every exchange tried, within sampling', async () => {
  await pickBackend()
  const { cases } = JSON.parse(readFileSync('test/fixtures/compare/maxt.json', 'utf8')) as {
    cases: { clusters: number[]; right: number[][]; best: number; corrected: number[] }[]
  }
  for (const { clusters, right } of cases) {
    // All pairs of layers are the comparisons of that fixture.
    const pairs = right.flatMap((_, a) => right.slice(0, a).map((_, b) => [a, b] as const))
    const byCluster = (values: readonly number[]): Float64Array => {
      const sums = new Float64Array(Math.max(...clusters) + 1)
      values.forEach((value, item) => (sums[clusters[item]!]! += value))
      return sums
    }
    const found = await maxT(
      pairs.map(([a, b]) => byCluster(right[a]!.map((value, i) => value - right[b]![i]!))),
      permutations,
      1,
      silentJob()
    )
    const { best, corrected } = cases.find((one) => one.clusters === clusters)!
    const others = [...right.keys()].filter((layer) => layer !== best)
    others.forEach((layer, i) => {
      const pair = pairs.findIndex(([a, b]) => (a === layer && b === best) || (a === best && b === layer))
      const exact = corrected[i]!
      const tolerance = 5 * Math.sqrt((exact * (1 - exact)) / permutations) + 1 / permutations
      expect(Math.abs(found[pair]! - exact)).toBeLessThanOrEqual(tolerance)
    })
  }
})
