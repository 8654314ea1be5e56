import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { portableKernels } from '../../src/main/engine/backends/portableKernels'
import * as reference from './reference'

/**
 * What is wrong in tfjs-backend-wasm 4.22. When one of these fails after an upgrade the trap is gone: say so in
 * docs/backends.md, and use the operation.
 */
describe('traps of wasm', () => {
  const random = reference.numbers(3)
  const draw = (rows: number, columns: number): reference.Matrix =>
    reference.matrix(rows, columns, () => Math.fround(random()))
  const x = draw(16, 16)
  const weight = draw(16, 16)
  const bias = draw(1, 16)
  const theirs = reference.dense(x, weight, bias, 'none').data

  const tensor = ({ data, rows, columns }: reference.Matrix): tf.Tensor2D =>
    tf.tensor2d(Float32Array.from(data), [rows, columns])
  const worst = (ours: tf.Tensor): number =>
    Array.from(ours.dataSync()).reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0)

  beforeAll(async () => {
    expect((await pickBackend({ prefer: 'wasm' })).name).toBe('wasm')
  })

  test('fused.matMul with a transposed second operand and a bias is wrong', () => {
    tf.tidy(() => {
      const fused = tf.fused.matMul({
        a: tensor(x),
        b: tf.transpose(tensor(weight)),
        transposeB: true,
        bias: tf.tensor1d(Float32Array.from(bias.data))
      })
      expect(worst(fused)).toBeGreaterThan(0.01)
    })
  })

  test('the kernels do not step into it', () => {
    tf.tidy(() => {
      const ours = portableKernels.dense(tensor(x), tensor(weight), tf.tensor1d(Float32Array.from(bias.data)), 'none')
      expect(worst(ours)).toBeLessThan(1e-5)
    })
  })
})
