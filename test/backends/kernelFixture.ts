import * as tf from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'
import type { BackendName } from '@shared/backend'
import { activeKernels } from '../../src/main/engine/backends/activeKernels'
import type { Kernels } from '../../src/main/engine/backends/kernels'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { portableKernels } from '../../src/main/engine/backends/portableKernels'
import { nativeState } from '../../src/main/engine/backends/provision/provision'
import * as reference from './reference'
import type { Matrix } from './reference'

const native = nativeState()
if (native.state !== 'ready') console.warn(`The native backend is left out of this run: ${native.reason}`)

/**
 * Every implementation on every backend that is here. Plain JavaScript sums in float64 and rounds, so it has the same
 * tolerance.
 */
const subjects: [string, BackendName, () => Kernels][] = [
  ...(native.state === 'ready'
    ? ([
        ['own kernels on native TensorFlow', 'tensorflow', activeKernels],
        ['plain ops on native TensorFlow', 'tensorflow', () => portableKernels]
      ] satisfies [string, BackendName, () => Kernels][])
    : []),
  ['plain ops on wasm', 'wasm', activeKernels],
  ['plain ops on plain JavaScript', 'cpu', activeKernels]
]

// Float32 sums of up to 1536 products of numbers around 1: rounding alone is some 1e-6 of the result's size.
const relative = 3e-6

export interface KernelFixture {
  backend: BackendName
  /** The kernels under test: chosen before the first test runs. */
  kernels: Kernels
  /** Numbers from -1 to 1: for each test the same ones. */
  random: () => number
  /** A matrix of such numbers, times `size`, in float32. */
  draw: (rows: number, columns: number, size?: number) => Matrix
}

/** Runs the tests for every implementation on every backend; none of them may leave a tensor behind. */
export function describeKernels(tests: (fixture: KernelFixture) => void): void {
  describe.each(subjects)('%s', (_, backend, choose) => {
    let tensorsBefore = 0
    const fixture: KernelFixture = {
      backend,
      kernels: portableKernels,
      random: reference.numbers(7),
      draw: (rows, columns, size = 1) => reference.matrix(rows, columns, () => Math.fround(fixture.random() * size))
    }

    beforeAll(async () => {
      const report = await pickBackend({ prefer: backend })
      expect(report.name).toBe(backend)
      fixture.kernels = choose()
    })

    beforeEach(() => {
      fixture.random = reference.numbers(7)
      tensorsBefore = tf.memory().numTensors
    })

    afterEach(() => {
      // Kernels leave behind only what they return.
      expect(tf.memory().numTensors).toBe(tensorsBefore)
    })

    tests(fixture)
  })
}

export const tensor = (m: Matrix): tf.Tensor2D => tf.tensor2d(Float32Array.from(m.data), [m.rows, m.columns])
export const vector = (m: Matrix): tf.Tensor1D => tf.tensor1d(Float32Array.from(m.data))

export function expectClose(ours: tf.Tensor, theirs: Float64Array, tolerance = relative): void {
  const values = ours.dataSync()
  expect(values.length).toBe(theirs.length)
  let worst = 0
  let size = 1
  for (let i = 0; i < values.length; i++) {
    // NaN compares as false: it must count as the worst there is.
    const difference = Math.abs(values[i]! - theirs[i]!)
    worst = difference >= 0 ? Math.max(worst, difference) : Infinity
    size = Math.max(size, Math.abs(theirs[i]!))
  }
  expect(worst / size).toBeLessThan(tolerance)
}
