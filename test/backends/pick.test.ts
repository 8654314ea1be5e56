import * as tf from '@tensorflow/tfjs-core'
import { afterEach, describe, expect, test } from 'vitest'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { nativeState } from '../../src/main/engine/backends/provision/provision'

const native = nativeState()
if (native.state !== 'ready') console.warn(`Native backend left out of this run: ${native.reason}`)

afterEach(() => {
  delete process.env.LAYERSCOPE_BACKEND
})

describe('choosing a backend', () => {
  test.runIf(native.state === 'ready')('takes native TensorFlow first and multiplies with it', async () => {
    const report = await pickBackend({ prefer: 'tensorflow' })
    expect(report).toMatchObject({
      name: 'tensorflow',
      title: 'TensorFlow 2.21, native CPU',
      reason: 'It was chosen.'
    })
    expect(tf.getBackend()).toBe('tensorflow')
    const ones = tf.ones([1024, 1024])
    const product = tf.matMul(ones, ones)
    expect(product.min().dataSync()[0]).toBe(1024)
    expect(product.max().dataSync()[0]).toBe(1024)
    tf.dispose([ones, product])
  })

  test.each(['wasm', 'cpu'] as const)('%s computes when the environment asks for it', async (name) => {
    process.env.LAYERSCOPE_BACKEND = name
    const report = await pickBackend()
    expect(report).toMatchObject({ name, reason: 'Set by LAYERSCOPE_BACKEND.' })
    expect(report.tried).toHaveLength(1)
    expect(tf.tidy(() => tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0])).toBe(11)
  })

  test('refuses a backend that does not exist, naming those that do', async () => {
    process.env.LAYERSCOPE_BACKEND = 'cuda'
    await expect(pickBackend()).rejects.toThrow(
      "LAYERSCOPE_BACKEND is 'cuda'; it can be tensorflow-gpu, tensorflow, wasm, cpu, webgpu."
    )
  })

  test('tells what was tried when the first choice does not work', async () => {
    const report = await pickBackend({ prefer: 'tensorflow-gpu' })
    expect(report.tried[0]).toMatchObject({ name: 'tensorflow-gpu' })
    expect(report.tried.at(-1)).toMatchObject({ name: report.name, ok: true })
  })
})
