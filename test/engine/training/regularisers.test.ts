import * as tf from '@tensorflow/tfjs-core'
import type { NamedTensorMap } from '@tensorflow/tfjs-core'
import { afterAll, describe, expect, test } from 'vitest'
import { nativeTraining } from '../../../src/main/engine/backends/nativeTraining'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { nativeState } from '../../../src/main/engine/backends/provision/provision'
import { Parameters } from '../../../src/main/engine/training/parameters'
import { penaltyOf, type PenaltySettings } from '../../../src/main/engine/training/regularisers'

const native = nativeState()
if (native.state !== 'ready') console.warn(`Penalties by native TensorFlow are not checked: ${native.reason}`)

/** More than a piece of the kernel, and no multiple of its lanes. */
const size = 40_003
const at = (phase: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(i + phase))
const [moved, started, fisher, gradient] = [at(1), at(2), at(3).map((value) => value ** 2), at(4)]

/** By hand, in double precision: the value, and the gradient of the parameter that moved. */
function expected(strength: number, weight: (i: number) => number, start: (i: number) => number) {
  let sum = 0
  const pulled = moved.map((value, i) => {
    const away = value - start(i)
    sum += weight(i) * away ** 2
    return strength * weight(i) * away
  })
  return { value: (strength / 2) * sum, pulled }
}

const cases: [string, PenaltySettings, ReturnType<typeof expected>][] = [
  [
    'L2-SP towards the start',
    { kind: 'L2-SP', alpha: 0.3, beta: 0.1, pretrained: ['it'], new: [] },
    expected(
      0.3,
      () => 1,
      (i) => started[i]!
    )
  ],
  [
    'L2-SP of what is new',
    { kind: 'L2-SP', alpha: 0.3, beta: 0.1, pretrained: [], new: ['it'] },
    expected(
      0.1,
      () => 1,
      () => 0
    )
  ],
  [
    'EWC',
    { kind: 'EWC', lambda: 7, parameters: ['it'] },
    expected(
      7,
      (i) => fisher[i]!,
      (i) => started[i]!
    )
  ]
]

afterAll(async () => {
  await pickBackend()
})

describe.each(native.state === 'ready' ? (['tensorflow', 'cpu'] as const) : (['cpu'] as const))('on %s', (backend) => {
  test.each(cases)('%s is added to loss and gradients', async (_, regulariser, { value, pulled }) => {
    await pickBackend({ prefer: backend })
    // Keeps a tensor of its own from the first time on.
    nativeTraining()
    const tensors = tf.memory().numTensors
    const parameters = new Parameters()
    tf.tidy(() => parameters.add('it', tf.tensor1d(moved)))
    const penalty = penaltyOf(
      regulariser,
      parameters,
      () => tf.tensor1d(fisher),
      () => tf.tensor1d(started)
    )
    const before: NamedTensorMap = { it: tf.tensor1d(gradient) }
    const none: NamedTensorMap = {}
    const still: NamedTensorMap = {}
    const values = [before, none].map((gradients) => penalty.addTo(gradients, ['it']))
    // What does not train gets no gradient, but counts.
    values.push(penalty.addTo(still, []))
    for (const ours of values) expect(Math.abs(ours / value - 1)).toBeLessThan(1e-6)
    expect(still).toEqual({})
    const apart = (gradients: NamedTensorMap, wanted: (i: number) => number): number =>
      gradients['it']!.dataSync<'float32'>().reduce((most, ours, i) => Math.max(most, Math.abs(ours - wanted(i))), 0)
    expect(apart(before, (i) => gradient[i]! + pulled[i]!)).toBeLessThan(2e-6)
    expect(apart(none, (i) => pulled[i]!)).toBeLessThan(2e-6)
    tf.dispose([before, none])
    penalty.dispose()
    parameters.dispose()
    expect(tf.memory().numTensors).toBe(tensors)
  })
})
