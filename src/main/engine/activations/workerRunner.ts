import { existsSync } from 'node:fs'
import { freemem } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { threadCount } from '../backends/threadCount'
import { currentBackend } from '../backends/pick'
import type { LoadedModel } from '../models/model'
import { appRoot } from '../paths'
import { localRunner, type BatchRunner, type WordBatch } from './batchRunner'

/** Messages to and from a worker. */
export interface WorkerRequest extends WordBatch {
  id: number
}
export type WorkerAnswer =
  | { kind: 'ready'; model: string }
  /** For each layer the words' vectors in the batch's order, [words, width]. */
  | { kind: 'vectors'; id: number; layers: Float32Array[] }
  | { kind: 'failed'; id: number; message: string }

/** Smallest number of words for which starting workers, a second or two, is worth it. */
const worthWorkers = 1000

/**
 * What a worker needs besides the weights: its own WebAssembly, and what a batch leaves on its way through the blocks.
 */
const workerBytes = 200 * 2 ** 20

/** The share of the free memory that workers may take. */
const memoryShare = 0.5

/** A worker's thread has ended; its batch is computed elsewhere. */
class WorkerLost extends Error {}

/**
 * How many workers compute an extraction. WebAssembly computes on one thread under Node, so each core gets a worker
 * with weights of its own, as far as memory goes; every other backend uses the cores itself.
 */
export function workerCount(
  model: LoadedModel,
  words: number,
  free = process.availableMemory?.() ?? freemem()
): number {
  if (currentBackend()?.name !== 'wasm' || words < worthWorkers || !existsSync(workerFile()) || model.inOneProcess)
    return 1
  const each = model.info.parameters * 4 + workerBytes
  return Math.max(1, Math.min(threadCount(), Math.floor((free * memoryShare) / each)))
}

/** The runner for an extraction of a number of words: workers if they pay off, otherwise this process. */
export async function runnerFor(model: LoadedModel, words: number): Promise<BatchRunner> {
  const count = workerCount(model, words)
  return count > 1 ? startWorkers(model, count) : localRunner(model)
}

function workerFile(): string {
  return join(appRoot(), 'out/main/modelWorker.js')
}

/**
 * Workers that each hold the model and take batches as they become free. Batches are the same as in one process and so
 * are the values, bit for bit. If no worker can be started, or all are lost, this process computes.
 */
export async function startWorkers(model: LoadedModel, count: number, file = workerFile()): Promise<BatchRunner> {
  const started = await Promise.allSettled(Array.from({ length: count }, () => ModelWorker.start(file, model)))
  const idle = started.filter((result) => result.status === 'fulfilled').map(({ value }) => value)
  const all = [...idle]
  const waiting: ((worker: ModelWorker | null) => void)[] = []
  const local = localRunner(model)
  let alive = idle.length
  let closed = false

  const take = (): Promise<ModelWorker | null> => {
    const worker = idle.pop()
    if (worker) return Promise.resolve(worker)
    if (!alive) return Promise.resolve(null)
    return new Promise((resolve) => waiting.push(resolve))
  }
  const giveBack = (worker: ModelWorker): void => {
    const next = waiting.shift()
    if (next) next(worker)
    else idle.push(worker)
  }

  return {
    parallel: Math.max(1, alive),
    async run(batch, targets) {
      for (;;) {
        const worker = await take()
        if (closed) throw new Error('The extraction was ended.')
        if (!worker) return local.run(batch, targets)
        try {
          scatter(await worker.run(batch), batch, targets)
          giveBack(worker)
          return
        } catch (error) {
          if (!(error instanceof WorkerLost)) {
            giveBack(worker)
            throw error
          }
          alive--
          if (!alive) for (const resolve of waiting.splice(0)) resolve(null)
        }
      }
    },
    close: () => {
      closed = true
      for (const resolve of waiting.splice(0)) resolve(null)
      for (const worker of all) worker.stop()
    }
  }
}

function scatter(layers: readonly Float32Array[], { spans }: WordBatch, targets: readonly Float32Array[]): void {
  for (const [layer, vectors] of layers.entries()) {
    const width = vectors.length / spans.targets.length
    spans.targets.forEach((row, i) => targets[layer]!.set(vectors.subarray(i * width, (i + 1) * width), row * width))
  }
}

/** One thread and its current batch. */
class ModelWorker {
  private open: { id: number; resolve: (layers: Float32Array[]) => void; reject: (error: Error) => void } | null = null
  private lost: WorkerLost | null = null
  private next = 0

  private constructor(private readonly worker: Worker) {}

  static start(file: string, model: LoadedModel): Promise<ModelWorker> {
    const worker = new Worker(file, { workerData: { path: model.info.path } })
    const self = new ModelWorker(worker)
    return new Promise((resolve, reject) => {
      worker.on('message', (answer: WorkerAnswer) => {
        if (answer.kind !== 'ready') self.settle(answer)
        else if (answer.model === model.info.id) resolve(self)
        else {
          reject(new WorkerLost('The checkpoint has changed since it was opened.'))
          self.stop()
        }
      })
      const end = (message: string): void => {
        self.lose(message)
        reject(self.lost!)
      }
      worker.on('error', (error: Error) => end(error.message))
      worker.on('exit', (code) => end(`A worker ended with code ${code}.`))
    })
  }

  run({ input, spans }: WordBatch): Promise<Float32Array[]> {
    if (this.lost) return Promise.reject(this.lost)
    const request: WorkerRequest = { id: this.next++, input, spans }
    return new Promise((resolve, reject) => {
      this.open = { id: request.id, resolve, reject }
      this.worker.postMessage(request)
    })
  }

  stop(): void {
    void this.worker.terminate()
  }

  private settle(answer: Exclude<WorkerAnswer, { kind: 'ready' }>): void {
    if (this.open?.id !== answer.id) return
    const { resolve, reject } = this.open
    this.open = null
    if (answer.kind === 'vectors') resolve(answer.layers)
    else reject(new Error(answer.message))
  }

  private lose(message: string): void {
    this.lost ??= new WorkerLost(message)
    this.open?.reject(this.lost)
    this.open = null
  }
}
