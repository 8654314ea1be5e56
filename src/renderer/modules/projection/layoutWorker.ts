import type { LayoutReport, LayoutRequest } from './layoutMessages'
import { startLayout } from './layouts'
import type { SteppedLayout } from './steppedLayout'

/** The part of a worker's global scope that is used here; the DOM's types know windows only. */
interface WorkerScope {
  postMessage(message: LayoutReport, transfer: Transferable[]): void
  addEventListener(type: 'message', listener: (event: MessageEvent<LayoutRequest>) => void): void
}

const scope = globalThis as unknown as WorkerScope
/** Two pictures of one layout are no closer than this: more often only costs the window time. */
const pictureEvery = 33

let current: { run: number; layout: SteppedLayout } | null = null
/** Set while the layout is held; calling it goes on. */
let goOn: (() => void) | null = null
let held: Promise<void> = Promise.resolve()

scope.addEventListener('message', ({ data }) => {
  void answer(data).catch((error: unknown) =>
    post({ kind: 'failed', run: data.run, message: error instanceof Error ? error.message : String(error) })
  )
})

async function answer(request: LayoutRequest): Promise<void> {
  if (request.kind === 'pause') held = new Promise((resolve) => (goOn = resolve))
  else {
    if (request.kind !== 'place') {
      goOn?.()
      goOn = null
    }
    if (request.kind === 'stop') current = null
    if (request.kind === 'place') place(request)
    if (request.kind === 'start') {
      const layout = startLayout(request)
      current = { run: request.run, layout }
      await run(request.run, layout)
    }
  }
}

async function run(id: number, layout: SteppedLayout): Promise<void> {
  held = Promise.resolve()
  while (!layout.finished) {
    const until = performance.now() + pictureEvery
    do layout.step(1)
    while (!layout.finished && performance.now() < until)
    post({ kind: 'moved', run: id, epoch: layout.epoch, epochs: layout.epochs, positions: layout.positions() })
    // A newer request, or one to pause or stop, is waiting in the queue; it is heard between two pictures.
    await new Promise((resolve) => setTimeout(resolve))
    await held
    if (current?.run !== id) return
  }
}

function place({ run: id, known, added, width }: Extract<LayoutRequest, { kind: 'place' }>): void {
  if (current?.run !== id || !current.layout.finished || !current.layout.place)
    throw new Error('This layout is not in memory any more. Re-run it, then place the words.')
  post({ kind: 'placed', run: id, positions: current.layout.place(known, added, width) })
}

function post(report: LayoutReport): void {
  scope.postMessage(report, report.kind === 'failed' ? [] : [report.positions.buffer as ArrayBuffer])
}
