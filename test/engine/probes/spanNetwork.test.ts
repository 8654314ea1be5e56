import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { JobCancelled, silentJob, type JobHandle } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { classify } from '../../../src/main/engine/probes/scores/classify'
import { NetworkInput } from '../../../src/main/engine/probes/solvers/networkInput'
import { readOut } from '../../../src/main/engine/probes/solvers/readOut'
import {
  spanAttention,
  spanKeys,
  spanKeyWidth,
  type SpanWords
} from '../../../src/main/engine/probes/solvers/spanAttention'
import { SpanNetwork, type WordLists } from '../../../src/main/engine/probes/solvers/spanNetwork'
import { allRows } from './fixture'
import { backends } from './subjects'

const width = 5
const fast = { epochs: 14, batch: 32, learningRate: 0.005 }

/**
 * Spans of three to eight words: the class is the sign of feature 1 of the word whose feature 0 is large; words of
 * other spans stand between them.
 */
function needles(count: number, seed: number): { words: SpanWords; labels: Int32Array } {
  const random = seededRandom(seed)
  const values: number[] = []
  const found: number[] = []
  const starts = [0]
  const labels: number[] = []
  for (let item = 0; item < count; item++) {
    const length = 3 + random.integer(6)
    const needle = random.integer(length)
    for (let word = 0; word < length; word++) {
      const vector = Array.from({ length: width }, () => random.normal())
      vector[0] = word === needle ? 4 : 0
      if (word === needle) labels.push(vector[1]! > 0 ? 1 : 0)
      found.push(values.length / width)
      values.push(...vector)
    }
    starts.push(found.length)
  }
  const vectors = Float32Array.from(values)
  return {
    words: {
      width,
      items: [{ words: Int32Array.from(found), starts: Int32Array.from(starts) }],
      vectors: (layer) => vectors.map((value) => value * (1 + layer))
    },
    labels: Int32Array.from(labels)
  }
}

async function fitted(
  kind: 'mlp' | 'mix',
  train: ReturnType<typeof needles>,
  test: ReturnType<typeof needles>,
  layers: readonly number[],
  job: JobHandle = silentJob()
) {
  const rows = allRows(train.labels.length)
  const keys = (part: 0 | 1, count: number): Float32Array[] => layers.map((layer) => spanKeys(count, part, layer))
  const [probe] = await spanAttention([train.words, test.words], kind).fit({
    data: { layers: keys(0, train.labels.length), width: spanKeyWidth, rows, sentences: rows },
    labels: [train.labels],
    classes: 2,
    options: { ...defaultMethod(kind), hidden: [16], ...fast },
    seed: 3,
    restart: 0,
    job,
    onProgress: () => undefined
  })
  const [answers] = await classify(keys(1, test.labels.length), spanKeyWidth, [probe!], silentJob())
  return {
    probe: probe!,
    accuracy: test.labels.filter((label, i) => answers!.predicted[i] === label).length / test.labels.length,
    predicted: answers!.predicted
  }
}

describe.each(backends)('on %s', (backend) => {
  beforeAll(async () => {
    expect((await pickBackend({ prefer: backend })).name).toBe(backend)
  })

  test('attention finds the word that says the class, and gives its tensors back; equal seeds give equal answers', async () => {
    const [train, unseen] = [needles(300, 1), needles(150, 2)]
    const before = tf.memory().numTensors
    const first = await fitted('mlp', train, unseen, [0])
    expect(first.accuracy).toBeGreaterThan(0.85)
    expect(first.probe.network).toBeNull()
    expect((await fitted('mlp', train, unseen, [0])).predicted).toEqual(first.predicted)
    expect(tf.memory().numTensors).toBe(before)
  }, 120_000)
})

test('of the mix of two layers too, which says its weights', async () => {
  await pickBackend({ prefer: 'wasm' })
  const { probe, accuracy } = await fitted('mix', needles(300, 1), needles(150, 2), [0, 1])
  expect(accuracy).toBeGreaterThan(0.85)
  expect(probe.mixed!.mix.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 6)
}, 120_000)

test('a cancel is heard, and leaves no tensor behind', async () => {
  await pickBackend({ prefer: 'wasm' })
  const before = tf.memory().numTensors
  await expect(
    fitted('mlp', needles(300, 1), needles(10, 2), [0], {
      ...silentJob(),
      yield: () => Promise.reject(new JobCancelled())
    })
  ).rejects.toThrow(JobCancelled)
  expect(tf.memory().numTensors).toBe(before)
})

test('the gradients are those of the loss, of both sides of pairs and of a mix: steps against finite differences', async () => {
  await pickBackend({ prefer: 'cpu' })
  const random = seededRandom(9)
  const words = 14
  const layers = [0, 1].map(() => Float32Array.from({ length: words * width }, () => random.normal()))
  const input = await NetworkInput.load(
    { layers, width, rows: allRows(words), sentences: allRows(words) },
    (measured) => measured,
    silentJob()
  )
  const sides: WordLists[] = [
    { words: Int32Array.of(0, 1, 2, 3, 7, 8), starts: Int32Array.of(0, 3, 4, 6) },
    { words: Int32Array.of(4, 5, 6, 9, 10, 13), starts: Int32Array.of(0, 1, 4, 6) }
  ]
  const network = new SpanNetwork(
    input,
    sides,
    Int32Array.of(2, 0, 1),
    3,
    { hidden: [6], activation: 'relu', dropout: 0 },
    random
  )
  network.mix!.scores.set([0.3, -0.2])
  // Scores far enough apart that attention is not even.
  network.sides.forEach(({ query }) => query.forEach((value, i) => (query[i] = 6 * value)))
  const examples = Int32Array.of(2, 0, 1)
  const { gradients, loss } = network.gradients(examples, random)
  expect(loss).toBeCloseTo(network.loss(examples), 6)
  expect(gradients.map((values) => values.length)).toEqual(network.parameters.map((values) => values.length))
  const step = 1e-3
  network.parameters.forEach((values, p) => {
    for (let i = 0; i < values.length; i += values.length > 400 ? 97 : 11) {
      const at = values[i]!
      values[i] = at + step
      const above = network.loss(examples)
      values[i] = at - step
      const below = network.loss(examples)
      values[i] = at
      expect(Math.abs(gradients[p]![i]! - (above - below) / (2 * step)), `parameter ${p}, value ${i}`).toBeLessThan(
        1e-3
      )
    }
  })
  expect(gradients.every((values) => values.some((value) => Math.abs(value) > 1e-4))).toBe(true)
  input.dispose()
})

describe('equals PyTorch', () => {
  interface Case {
    sides: number
    layers: number
    logits: number[]
    loss: number
    gradients: { norm: number; values: number[] }[]
  }
  const { cases } = JSON.parse(readFileSync('test/fixtures/probes/span.json', 'utf8')) as { cases: Case[] }
  // As make_span.py has them.
  const formula = (count: number, place: number, size: number): Float32Array =>
    Float32Array.from(
      { length: count },
      (_, i) => size * (2 * ((0.6180339887498949 * (i + 1) ** 2 + 0.7548776662466927 * place) % 1) - 1)
    )
  const spans = [
    [
      [0, 3],
      [3, 4],
      [4, 8]
    ],
    [
      [8, 9],
      [9, 14],
      [2, 6]
    ]
  ] as const
  const listOf = (side: (typeof spans)[number]): WordLists => {
    const starts = [0]
    const words: number[] = []
    for (const [from, to] of side) {
      for (let word = from; word < to; word++) words.push(word)
      starts.push(words.length)
    }
    return { words: Int32Array.from(words), starts: Int32Array.from(starts) }
  }
  const near = (ours: number, theirs: number, scale: number, what: string): void =>
    expect(Math.abs(ours - theirs), `${what}: ${ours} against ${theirs}`).toBeLessThan(2e-5 * scale)

  test.each(
    backends.flatMap((backend) =>
      cases.map(
        (one) =>
          [
            backend,
            `${one.sides === 1 ? 'spans' : 'pairs'} of ${one.layers === 1 ? 'one layer' : 'a mix of two'}`,
            one
          ] as const
      )
    )
  )('on %s, %s: scores, loss and every gradient', async (backend, _name, theirs) => {
    expect((await pickBackend({ prefer: backend })).name).toBe(backend)
    const count = 14
    const layers = Array.from({ length: theirs.layers }, (_, layer) => formula(count * width, 50 + layer, 1.5))
    const asTheyAre = () => ({ mean: new Float64Array(width), scale: new Float64Array(width).fill(1) })
    const input = await NetworkInput.load(
      { layers, width, rows: allRows(count), sentences: allRows(count) },
      asTheyAre,
      silentJob()
    )
    try {
      const network = new SpanNetwork(
        input,
        spans.slice(0, theirs.sides).map(listOf),
        Int32Array.of(2, 0, 1),
        3,
        { hidden: [6], activation: 'relu', dropout: 0 },
        seededRandom(1)
      )
      network.sides.forEach(({ weight, bias, query }, side) => {
        weight.set(formula(weight.length, 10 * side, 0.4))
        bias.set(formula(bias.length, 10 * side + 1, 0.2))
        query.set(formula(query.length, 10 * side + 2, 0.3))
      })
      network.dense.forEach(({ weight, bias }, layer) => {
        weight.set(formula(weight.length, 30 + 2 * layer, 0.6))
        bias.set(formula(bias.length, 31 + 2 * layer, 0.1))
      })
      network.mix?.scores.set(formula(theirs.layers, 40, 0.8))
      network.mix?.gamma.set(formula(1, 41, 1.2))
      const { loss, gradients } = network.gradients(Int32Array.of(0, 1, 2), seededRandom(1))
      near(loss, theirs.loss, 1, 'loss')
      expect(gradients).toHaveLength(theirs.gradients.length)
      gradients.forEach((own, p) => {
        const { norm, values } = theirs.gradients[p]!
        near(Math.hypot(...own), norm, norm, `norm of gradient ${p}`)
        values.forEach((value, i) => near(own[37 * i]!, value, norm, `gradient ${p}, value ${37 * i}`))
      })
      const rowsOf = (words: Int32Array): tf.Tensor2D => {
        const rows = tf.gather(input.vectors, tf.tensor1d(words, 'int32'))
        return theirs.layers === 1 ? (rows as tf.Tensor2D) : tf.reshape(rows, [words.length * width, theirs.layers])
      }
      const logits = tf.tidy(() =>
        readOut(
          network.logits(
            spans
              .slice(0, theirs.sides)
              .map(listOf)
              .map(({ words, starts }) => ({ rows: rowsOf(words), starts }))
          )
        )
      )
      theirs.logits.forEach((value, i) => near(logits[i]!, value, 1, `score ${i}`))
    } finally {
      input.dispose()
    }
  })
})
