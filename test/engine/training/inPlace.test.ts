import * as tf from '@tensorflow/tfjs-core'
import type { Variable } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { changeInPlace, changesOf } from '../../../src/main/engine/backends/inPlace'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { nativeState } from '../../../src/main/engine/backends/provision/provision'
import { Optimiser, type OptimiserSettings } from '../../../src/main/engine/training/optimisers'

const native = nativeState()
if (native.state !== 'ready') console.warn(`Updates in place are not checked in this run: ${native.reason}`)

const settings: OptimiserSettings[] = [
  { kind: 'AdamW', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  { kind: 'Adam', beta1: 0.8, beta2: 0.99, epsilon: 1e-6 },
  { kind: 'SGD', momentum: 0, nesterov: false },
  { kind: 'SGD', momentum: 0.9, nesterov: false },
  { kind: 'SGD', momentum: 0.9, nesterov: true }
]

/** The values of a parameter after each of four updates with another gradient, rate and factor. */
function updates(setting: OptimiserSettings): Float32Array[] {
  const count = 40_003
  const parameter = tf.tidy(() => tf.variable(tf.tensor1d(Float32Array.from({ length: count }, (_, i) => Math.sin(i)))))
  const optimiser = new Optimiser(setting)
  const values = [1, 2, 3, 4].map((step) => {
    const gradient = tf.tensor1d(Float32Array.from({ length: count }, (_, i) => Math.cos(step * i) / step))
    optimiser.update('it', parameter as Variable, gradient, 0.01 * step, 0.1, 1 / step)
    gradient.dispose()
    return parameter.dataSync<'float32'>().slice()
  })
  optimiser.dispose()
  parameter.dispose()
  return values
}

describe.runIf(native.state === 'ready')('an update in place', () => {
  beforeAll(async () => {
    await pickBackend({ prefer: 'tensorflow' })
  })

  test.each(settings)('equals that of plain operations: $kind $momentum $nesterov', async (setting) => {
    const ours = updates(setting)
    await pickBackend({ prefer: 'cpu' })
    const plain = updates(setting)
    await pickBackend({ prefer: 'tensorflow' })
    for (const [step, values] of ours.entries()) {
      const apart = values.reduce((most, value, i) => Math.max(most, Math.abs(value - plain[step]![i]!)), 0)
      expect(apart, `update ${step}`).toBeLessThan(1e-6)
    }
    expect(updates(setting)).toEqual(ours)
  })

  test('leaves what shares the values of a parameter as it is', () => {
    const values = Float32Array.of(1, 2, 3)
    const given = tf.tensor1d(values)
    const parameter = tf.variable(given) as Variable
    const before = tf.clone(parameter)
    const optimiser = new Optimiser({ kind: 'SGD', momentum: 0, nesterov: false })
    const gradient = tf.ones([3])
    optimiser.update('it', parameter, gradient, 1, 0)
    const between = tf.clone(parameter)
    optimiser.update('it', parameter, gradient, 1, 0)
    const read = parameter.dataSync()
    optimiser.update('it', parameter, gradient, 1, 0)
    expect([...values]).toEqual([1, 2, 3])
    expect([...given.dataSync()]).toEqual([1, 2, 3])
    expect([...before.dataSync()]).toEqual([1, 2, 3])
    expect([...between.dataSync()]).toEqual([0, 1, 2])
    expect([...read]).toEqual([-1, 0, 1])
    expect([...parameter.dataSync()]).toEqual([-2, -1, 0])
    expect([...gradient.dataSync()]).toEqual([1, 1, 1])
    expect(changesOf(parameter)).toBe(3)
    optimiser.dispose()
    tf.dispose([given, parameter, before, between, gradient])
  })

  test('is seen by what counts changes', () => {
    const variable = tf.variable(tf.zeros([2])) as Variable
    expect(changesOf(variable)).toBe(0)
    changeInPlace([variable], () => undefined)
    expect(changesOf(variable)).toBe(1)
    variable.dispose()
  })
})
