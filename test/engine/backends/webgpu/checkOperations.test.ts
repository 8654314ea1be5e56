import * as tf from '@tensorflow/tfjs-core'
import { beforeEach, expect, test } from 'vitest'
import { loadCpu } from '../../../../src/main/engine/backends/cpu'
import { checkOperations } from '../../../../src/main/engine/backends/webgpu/checkOperations'

// Kernels of plain JavaScript under another name stand in for a card.

const names = { card: 'card', processor: 'cpu' }

beforeEach(async () => {
  await tf.setBackend((await loadCpu()).tfName)
  const processor = tf.backend()
  if (tf.findBackendFactory('card')) tf.removeBackend('card')
  for (const { kernelName } of tf.getKernelsForBackend('card')) tf.unregisterKernel(kernelName, 'card')
  tf.copyRegisteredKernels('cpu', 'card')
  tf.registerBackend(
    'card',
    () => Object.create(processor, { dispose: { value: () => undefined } }) as tf.KernelBackend
  )
})

/** Replaces a kernel of the card. */
function instead(kernelName: string, kernelFunc: tf.KernelFunc): void {
  const original = tf.getKernel(kernelName, 'card')
  tf.unregisterKernel(kernelName, 'card')
  tf.registerKernel({ ...original, kernelFunc })
}

test('a card that computes what the processor computes is used', async () => {
  await expect(checkOperations({ name: 'Card' }, names)).resolves.toBeUndefined()
})

test('operations that are wrong, fail, or give no number are named', async () => {
  instead('Tanh', tf.getKernel('Relu', 'cpu').kernelFunc)
  instead('Transpose', () => {
    throw new Error('out of registers')
  })
  const refused = await checkOperations({ name: 'Card' }, names).catch((error: Error) => error.message)
  expect(refused).toMatch(
    /^WebGPU on Card does not compute what the processor computes, so it is not used: .*approximate GELU \(off by /
  )
  expect(refused).toMatch(/ tanh \(off by /)
  expect(refused).toContain('transposes (out of registers)')
  expect(refused).not.toContain('softmax')
})
