import { parentPort, workerData } from 'node:worker_threads'
import { poolBatch } from './engine/activations/batchRunner'
import type { WorkerAnswer, WorkerRequest } from './engine/activations/workerRunner'
import { pickBackend } from './engine/backends/pick'
import { loadModel } from './engine/models/loadModel'

/** A thread of the engine with a model of its own: computes batches of an extraction, one after another. */
const port = parentPort!
const { path } = workerData as { path: string }
const { name, tried } = await pickBackend({ prefer: 'wasm' })
if (name !== 'wasm') throw new Error(tried[0]!.reason)
const model = await loadModel(path)
const { layers, width } = model.shape

function answer(message: WorkerAnswer, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}

port.on('message', ({ id, input, spans }: WorkerRequest) => {
  try {
    const words = spans.targets.length
    const vectors = Array.from({ length: layers + 1 }, () => new Float32Array(words * width))
    // Words are in the order of the batch; the caller knows which rows they are.
    poolBatch(model, { input, spans: { ...spans, targets: Int32Array.from({ length: words }, (_, i) => i) } }, vectors)
    answer(
      { kind: 'vectors', id, layers: vectors },
      vectors.map((values) => values.buffer)
    )
  } catch (error) {
    answer({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) })
  }
})
answer({ kind: 'ready', model: model.info.id })
