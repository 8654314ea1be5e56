import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import * as tf from '@tensorflow/tfjs-core'
import { answerRequests } from './engine/backends/webgpu/cardWorker'
import { openCard } from './engine/backends/webgpu/openCard'
import type { CardStart, CardThreadData } from './engine/backends/webgpu/messages'

/** The engine's thread of the graphics card: WebGPU, and what TensorFlow.js computes with it. */
const { port, answered } = workerData as CardThreadData
const say = (start: CardStart): void => parentPort!.postMessage(start)
try {
  const { adapter, card } = await openCard()
  answerRequests(port as MessagePort, new Int32Array(answered), card)
  const kernels = tf.getKernelsForBackend('webgpu').map(({ kernelName }) => kernelName)
  say({ kind: 'ready', adapter, kernels })
} catch (error) {
  say({ kind: 'none', message: error instanceof Error ? error.message : String(error) })
}
