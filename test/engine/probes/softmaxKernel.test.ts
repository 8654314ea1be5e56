import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { seededRandom } from '@shared/random'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { portableSoftmax } from '../../../src/main/engine/probes/solvers/portableSoftmax'
import type { SoftmaxKernel } from '../../../src/main/engine/probes/solvers/softmaxKernel'
import { activeSoftmaxKernel } from '../../../src/main/engine/probes/solvers/activeSoftmax'
import { backends, nativeReady } from './subjects'

interface Case {
  rows: number
  width: number
  sets: number
  classes: number
}

/**
 * Around register tiles (6 or 8 rows, 8 or 16 lanes), blocks (60 or 64 rows) and parts (960 or 1,024 rows); remainders
 * of classes below and above half a vector.
 */
const cases: Case[] = [
  { rows: 1, width: 1, sets: 1, classes: 2 },
  { rows: 9, width: 17, sets: 2, classes: 3 },
  { rows: 64, width: 32, sets: 1, classes: 16 },
  { rows: 65, width: 33, sets: 1, classes: 17 },
  { rows: 130, width: 50, sets: 2, classes: 27 },
  { rows: 1100, width: 40, sets: 1, classes: 49 },
  { rows: 2500, width: 20, sets: 3, classes: 66 }
]

function problem({ rows, width, sets, classes }: Case) {
  const random = seededRandom(rows + classes)
  const draw = (count: number, size: number): Float32Array =>
    Float32Array.from({ length: count }, () => size * random.normal())
  return {
    x: draw(rows * width, 1),
    weights: draw(sets * classes * width, 1 / Math.sqrt(width)),
    intercepts: draw(sets * classes, 1),
    labels: Array.from({ length: sets }, () => Int32Array.from({ length: rows }, () => random.integer(classes)))
  }
}

/** The same sums written down plainly, in double precision. */
function reference(
  { rows, width, sets, classes }: Case,
  { x, weights, intercepts, labels }: ReturnType<typeof problem>
) {
  const losses = new Float64Array(sets)
  const vectors = new Float64Array(sets * classes * width)
  const counts = new Float64Array(sets * classes)
  for (let s = 0; s < sets; s++) {
    for (let row = 0; row < rows; row++) {
      const logits = Array.from({ length: classes }, (_, k) => {
        let sum = intercepts[s * classes + k]!
        for (let j = 0; j < width; j++) sum += x[row * width + j]! * weights[(s * classes + k) * width + j]!
        return sum
      })
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
      losses[s]! += Math.log(total) - logits[labels[s]![row]!]!
      logits.forEach((logit, k) => {
        const p = Math.exp(logit) / total - (k === labels[s]![row] ? 1 : 0)
        counts[s * classes + k]! += p
        for (let j = 0; j < width; j++) vectors[(s * classes + k) * width + j]! += p * x[row * width + j]!
      })
    }
  }
  return { losses, vectors, counts }
}

const subjects: [string, (typeof backends)[number], () => SoftmaxKernel][] = [
  ...backends.map((backend): [string, (typeof backends)[number], () => SoftmaxKernel] => [
    `the kernel in use on ${backend}`,
    backend,
    activeSoftmaxKernel
  ]),
  ...(nativeReady
    ? [
        ['plain ops on native TensorFlow', 'tensorflow', () => portableSoftmax] satisfies [
          string,
          'tensorflow',
          () => SoftmaxKernel
        ]
      ]
    : [])
]

describe.each(subjects)('%s', (_, backend, choose) => {
  let kernel: SoftmaxKernel
  beforeAll(async () => {
    expect((await pickBackend({ prefer: backend })).name).toBe(backend)
    kernel = choose()
  })

  test.each(cases)('$rows rows, $width wide, $sets x $classes classes', (size) => {
    const given = problem(size)
    const x = tf.tensor2d(given.x, [size.rows, size.width])
    const ours = kernel({ ...given, x, classes: size.classes })
    x.dispose()
    expect(tf.memory().numTensors).toBe(0)

    const theirs = reference(size, given)
    // Single precision: some 1e-7 of each of `rows` terms around 1 that partly cancel.
    const tolerance = 2e-6 * Math.sqrt(size.rows) + 1e-6
    for (const name of ['losses', 'vectors', 'counts'] as const) {
      expect(ours[name].length, name).toBe(theirs[name].length)
      ours[name].forEach((value, i) =>
        expect(Math.abs(value - theirs[name][i]!), `${name} ${i}`).toBeLessThan(
          tolerance + 1e-5 * Math.abs(theirs[name][i]!)
        )
      )
    }
  })
})

test('the sums are the gradient of the loss, by finite differences', () => {
  const size = { rows: 12, width: 4, sets: 1, classes: 3 }
  const given = problem(size)
  const { vectors, counts } = reference(size, given)
  const wide = {
    ...given,
    weights: Float64Array.from(given.weights) as unknown as Float32Array,
    intercepts: Float64Array.from(given.intercepts) as unknown as Float32Array
  }
  const h = 1e-5
  const slope = (array: Float32Array, i: number): number => {
    const at = array[i]!
    array[i] = at + h
    const above = reference(size, wide).losses[0]!
    array[i] = at - h
    const below = reference(size, wide).losses[0]!
    array[i] = at
    return (above - below) / (2 * h)
  }
  counts.forEach((count, k) => {
    expect(count).toBeCloseTo(slope(wide.intercepts, k), 6)
    for (let j = 0; j < size.width; j++)
      expect(vectors[k * size.width + j]!).toBeCloseTo(slope(wide.weights, k * size.width + j), 6)
  })
})
