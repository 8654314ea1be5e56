import type { Frame, Pipe } from '@shared/rpc/frames'
import { wholeArrays } from '@shared/rpc/wholeArrays'
import { startEngine } from './engine/engine'
import { engineFailedEvent, engineReadyEvent } from './hosts/engineChild'

/** The port a desktop shell gives its utility processes; plain Node has `process.send` instead. */
interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

function parentPortPipe(port: ParentPort): Pipe {
  return {
    // This port copies the whole buffer behind an array, however small the view of it.
    send: (frame) => port.postMessage(wholeArrays(frame)),
    onFrame: (listener) => port.on('message', (event) => listener(event.data as Frame)),
    // A utility process ends with its parent.
    onClose: () => undefined
  }
}

function nodePipe(): Pipe {
  return {
    // A host that is gone cannot be told anything; `disconnect` follows.
    send: (frame) => void process.send?.(frame, undefined, undefined, () => undefined),
    onFrame: (listener) => void process.on('message', (message) => listener(message as Frame)),
    onClose: (listener) => void process.once('disconnect', () => listener('The host is gone.'))
  }
}

/** Ends this process and the tools it started, when it leads a group of its own. */
function endWithHost(): void {
  if (process.env.LAYERSCOPE_ENGINE_GROUP) process.kill(-process.pid, 'SIGTERM')
  process.exit(0)
}

const { parentPort } = process as unknown as { parentPort?: ParentPort }
const pipe = parentPort ? parentPortPipe(parentPort) : nodePipe()
pipe.onClose(endWithHost)
try {
  await startEngine(pipe)
  pipe.send({ kind: 'event', name: engineReadyEvent, payload: null })
} catch (error) {
  pipe.send({ kind: 'event', name: engineFailedEvent, payload: error instanceof Error ? error.message : String(error) })
  console.error(error)
  process.exitCode = 1
  // The channel keeps the process alive until it is closed from this side.
  if (parentPort) process.exit()
  else process.disconnect()
}
