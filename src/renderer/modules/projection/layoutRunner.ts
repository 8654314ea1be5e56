import type { LayoutReport, LayoutStart } from './layoutMessages'

export interface LayoutRunner {
  /** Starts a layout; the one that was running is dropped. */
  start(
    request: Omit<LayoutStart, 'kind' | 'run'>,
    onMoved: (epoch: number, epochs: number, positions: Float32Array) => void,
    onFailed: (message: string) => void
  ): void
  stop(): void
  dispose(): void
}

/** The layout worker, started when it is first needed. */
export function createLayoutRunner(
  makeWorker: () => Worker = () => new Worker(new URL('./layoutWorker.ts', import.meta.url), { type: 'module' })
): LayoutRunner {
  let worker: Worker | null = null
  let run = 0
  let moved: Parameters<LayoutRunner['start']>[1] = () => undefined
  let failed: Parameters<LayoutRunner['start']>[2] = () => undefined

  function begin(): Worker {
    const next = makeWorker()
    next.addEventListener('message', ({ data }: MessageEvent<LayoutReport>) => {
      // A report of a layout that was dropped meanwhile.
      if (data.run !== run) return
      if (data.kind === 'moved') moved(data.epoch, data.epochs, data.positions)
      else failed(data.message)
    })
    next.addEventListener('error', (event) => failed(event.message || 'The layout worker could not be started.'))
    return next
  }

  return {
    start(request, onMoved, onFailed) {
      worker ??= begin()
      moved = onMoved
      failed = onFailed
      run += 1
      worker.postMessage({ kind: 'start', run, ...request })
    },
    stop() {
      run += 1
      worker?.postMessage({ kind: 'stop' })
    },
    dispose() {
      run += 1
      worker?.terminate()
      worker = null
    }
  }
}
