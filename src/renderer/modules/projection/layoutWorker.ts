import { startFromLayout, startFromPrincipal, umap } from '@shared/projection/umap'
import type { LayoutReport, LayoutRequest, LayoutStart } from './layoutMessages'

/** The part of a worker's global scope that is used here; the DOM's types know windows only. */
interface WorkerScope {
  postMessage(message: LayoutReport, transfer: Transferable[]): void
  addEventListener(type: 'message', listener: (event: MessageEvent<LayoutRequest>) => void): void
}

const scope = globalThis as unknown as WorkerScope
/** Two pictures of one layout are no closer than this: more often only costs the window time. */
const pictureEvery = 33

let current = 0

scope.addEventListener('message', ({ data }) => {
  current = data.kind === 'start' ? data.run : 0
  if (data.kind === 'start')
    void run(data).catch((error: unknown) =>
      post({ kind: 'failed', run: data.run, message: error instanceof Error ? error.message : String(error) })
    )
})

async function run(request: LayoutStart): Promise<void> {
  const { count, k, neighbours, distances, previous, principal, components, neighbourhood, minDist, seed } = request
  const start = previous ? startFromLayout(previous, seed) : startFromPrincipal(principal, components, seed)
  const layout = umap({ count, k, indices: neighbours, distances }, start, { neighbourhood, minDist, seed })
  while (!layout.finished) {
    const until = performance.now() + pictureEvery
    do layout.step(1)
    while (!layout.finished && performance.now() < until)
    // A newer request, or one to stop, is waiting in the queue; it is heard between two pictures.
    await new Promise((resolve) => setTimeout(resolve))
    if (current !== request.run) return
    const positions = layout.positions()
    post({ kind: 'moved', run: request.run, epoch: layout.epoch, epochs: layout.epochs, positions })
  }
}

function post(report: LayoutReport): void {
  scope.postMessage(report, report.kind === 'moved' ? [report.positions.buffer as ArrayBuffer] : [])
}
