import type { LayoutReport, LayoutRequest, LayoutTask } from './layoutMessages'

export interface LayoutRunner {
  /** Starts a layout; the one that was running is dropped. */
  start(
    task: LayoutTask,
    onMoved: (epoch: number, epochs: number, positions: Float32Array) => void,
    onFailed: (message: string) => void
  ): void
  /** Holds the layout that runs, or goes on with it. */
  pause(): void
  goOn(): void
  /**
   * Places new points into the layout that is finished.
   * @param known vectors of the points that were laid out, [n, width]
   * @param added vectors of the new ones
   */
  place(known: Float32Array, added: Float32Array, width: number): Promise<Float32Array>
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
  let placing: { resolve: (positions: Float32Array) => void; reject: (error: Error) => void } | null = null

  function begin(): Worker {
    const next = makeWorker()
    next.addEventListener('message', ({ data }: MessageEvent<LayoutReport>) => {
      // A report of a layout that was dropped meanwhile.
      if (data.run !== run) return
      if (data.kind === 'moved') moved(data.epoch, data.epochs, data.positions)
      else if (data.kind === 'placed') placing?.resolve(data.positions)
      else if (placing) placing.reject(new Error(data.message))
      else failed(data.message)
      if (data.kind !== 'moved') placing = null
    })
    next.addEventListener('error', (event) => failed(event.message || 'The layout worker could not be started.'))
    return next
  }
  const send = (request: LayoutRequest): void => worker?.postMessage(request)

  return {
    start(task, onMoved, onFailed) {
      worker ??= begin()
      moved = onMoved
      failed = onFailed
      run += 1
      send({ kind: 'start', run, ...task })
    },
    pause: () => send({ kind: 'pause', run }),
    goOn: () => send({ kind: 'continue', run }),
    place: (known, added, width) =>
      new Promise((resolve, reject) => {
        placing = { resolve, reject }
        send({ kind: 'place', run, known, added, width })
      }),
    stop() {
      run += 1
      send({ kind: 'stop', run })
    },
    dispose() {
      run += 1
      worker?.terminate()
      worker = null
    }
  }
}
