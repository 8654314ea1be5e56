import { EventEmitter } from 'node:events'
import type { MessagePort } from 'node:worker_threads'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { loadCpu } from '../../../../src/main/engine/backends/cpu'
import { CardBackend, registerCardKernels } from '../../../../src/main/engine/backends/webgpu/cardBackend'
import { answerRequests } from '../../../../src/main/engine/backends/webgpu/cardWorker'
import type { CardAnswer, CardRequest } from '../../../../src/main/engine/backends/webgpu/messages'

// Both ends of the channel in one thread: kernels of plain JavaScript stand in for the card's.

const adapter = { name: 'Card', driver: '1', software: false, largestTensor: 4096 }
const reports: string[] = []
const failures = {
  add: (sentence: string) => void reports.push(sentence),
  take: () => reports.shift() ?? null
}
const requests: CardRequest[] = []
let card: CardBackend

beforeAll(async () => {
  await tf.setBackend((await loadCpu()).tfName)
  const processor = tf.backend()
  const port = new EventEmitter()
  const answers: CardAnswer[] = []
  Object.assign(port, { postMessage: (message: CardAnswer) => void answers.push(message) })
  const send = (request: CardRequest): void => {
    requests.push(request)
    port.emit('message', structuredClone(request))
  }
  const ask = (request: CardRequest): Exclude<CardAnswer, { kind: 'failed' }> => {
    send(request)
    const answer = answers.shift()
    if (!answer) throw new Error('There is no answer.')
    if (answer.kind === 'failed') throw new Error(answer.message)
    return answer
  }
  const atOnce = (values: unknown): unknown => ({
    then: (take: (values: unknown) => void) => (take(values), { catch: () => undefined })
  })
  const backend = Object.assign(Object.create(processor) as tf.KernelBackend, {
    read: (dataId: tf.DataId) => atOnce(processor.readSync(dataId)) as Promise<tf.BackendValues>
  })
  const kernel = (name: string): tf.KernelFunc => tf.getKernel(name, 'cpu').kernelFunc
  answerRequests(port as unknown as MessagePort, new Int32Array(new SharedArrayBuffer(4)), {
    backend,
    kernel,
    failures
  })
  card = new CardBackend({ send, ask }, adapter)
  const names = tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName)
  registerCardKernels(
    card,
    names.filter((name) => name !== 'TopK')
  )
  tf.registerBackend('webgpu', () => card)
  await tf.setBackend('webgpu')
})

test('operations are done at the other end, tensors that share data included', () => {
  const result = tf.tidy(() => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])
    const parts = tf.split(tf.reshape(x, [3, 2]), 3, 0)
    return tf.matMul(tf.concat([...parts, ...parts], 0), tf.tensor2d([2, 2], [2, 1])).dataSync()
  })
  expect([...result]).toEqual([6, 14, 22, 6, 14, 22])
})

test('data is given back with the last tensor that holds it, at both ends', () => {
  const [here, there] = [card.numDataIds(), counted()]
  const x = tf.tensor1d([1, 2])
  const view = tf.reshape(x, [2, 1])
  const copy = tf.clone(view)
  x.dispose()
  view.dispose()
  expect([...copy.dataSync()]).toEqual([1, 2])
  expect(card.numDataIds()).toBe(here + 1)
  copy.dispose()
  expect(card.numDataIds()).toBe(here)
  expect(counted() - there).toBe(0)
})

test('a later change of the array that a tensor was made of does not reach the card', () => {
  const values = new Float32Array([9, 1, 2]).subarray(1)
  const x = tf.tensor1d(values)
  values.fill(0)
  expect([...x.dataSync()]).toEqual([1, 2])
  x.dispose()
})

test('an operation that WebGPU does not have is refused by its name', () => {
  expect(() => tf.topk(tf.tensor1d([1, 2]), 1)).toThrow(
    'WebGPU does not have the operation TopK. Use another backend for this.'
  )
})

test('a matrix beyond the limit of the card is refused before it is sent', () => {
  const before = requests.length
  expect(() => tf.tensor1d(new Float32Array(2 ** 10 + 1))).toThrow(
    'A matrix of 1 MB is more than Card can hold in one piece through WebGPU (1 MB). Use another backend'
  )
  expect(requests.slice(before).some(({ kind }) => kind === 'write')).toBe(false)
})

test('what the card reports afterwards is said with the next answer, what fails at once with its operation', () => {
  failures.add('The graphics card failed: out of memory')
  expect(() => tf.add(1, 2)).toThrow('The graphics card failed: out of memory')
  expect(tf.add(1, 2).dataSync()[0]).toBe(3)
  expect(() => card.run('NoSuchKernel', {}, {})).toThrow('The graphics card failed at NoSuchKernel: ')
})

/** References to data that the other end holds; each operation counted has one output. */
function counted(): number {
  return requests.reduce((sum, { kind }) => sum + { write: 1, share: 1, release: -1, run: 1, read: 0 }[kind], 0)
}
