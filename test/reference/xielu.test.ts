import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { xielu } from '../../src/main/engine/models/transformer/xielu'
import { loadDerivatives } from '../../src/main/engine/training/differentiation'

beforeAll(async () => {
  await pickBackend({ prefer: 'cpu' })
  await loadDerivatives()
})

/** What is stored for an alpha of its softplus. */
const stored = (alpha: number): tf.Tensor1D => tf.tensor1d([Math.log(Math.expm1(alpha))])

test('xIELU and its derivative are those of the paper, on either side of 0', () => {
  const [above, below, beta] = [0.8, 0.3, 0.5]
  const numbers = { positive: stored(above), negative: stored(below), beta, eps: -1e-6 }
  const at = [-3, -0.5, 0.5, 2]
  const values = tf.tidy(() => Array.from(xielu(tf.tensor2d(at, [4, 1]), numbers).dataSync()))
  const derivatives = tf.tidy(() =>
    Array.from(
      tf
        .grad((x: tf.Tensor) => tf.sum(xielu(x as tf.Tensor2D, numbers)))(tf.tensor2d(at, [4, 1]))
        .dataSync()
    )
  )
  at.forEach((x, i) => {
    const negative = beta + below
    const value = x > 0 ? above * x * x + beta * x : negative * (Math.expm1(x) - x) + beta * x
    const derivative = x > 0 ? 2 * above * x + beta : negative * Math.expm1(x) + beta
    expect(values[i]).toBeCloseTo(value, 5)
    expect(derivatives[i]).toBeCloseTo(derivative, 5)
  })
})
