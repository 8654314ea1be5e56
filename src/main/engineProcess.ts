import type { Frame, Pipe } from '@shared/rpc/frames'
import { wholeArrays } from '@shared/rpc/wholeArrays'
import { startEngine } from './engine/engine'
import { errorFields, log } from './engine/log/log'
import { startProcessLog } from './engine/log/processLog'
import { appVersion } from './engine/paths'
import { parentPort, type ParentPort, type WindowPort } from './engine/processes/parentPort'
import { endTools } from './engine/processes/runTool'
import { engineFailedEvent, engineReadyEvent } from './hosts/engineChild'

function parentPortPipe(port: ParentPort): Pipe {
  return {
    // This port copies the whole buffer behind an array, however small the view of it.
    send: (frame) => port.postMessage(wholeArrays(frame)),
    onFrame: (listener) =>
      port.on('message', ({ data, ports }) => {
        if (!ports?.length) listener(data as Frame)
      }),
    // A utility process ends with its parent.
    onClose: () => undefined
  }
}

function windowPipe(port: WindowPort): Pipe {
  port.start()
  return {
    send: (frame) => port.postMessage(wholeArrays(frame)),
    onFrame: (listener) => port.on('message', (event) => listener(event.data as Frame)),
    onClose: (listener) => port.on('close', () => listener('The window is gone.'))
  }
}

function nodePipe(): Pipe {
  return {
    // Sending to a host that has exited fails; `disconnect` follows.
    send: (frame) => void process.send?.(frame, undefined, undefined, () => undefined),
    onFrame: (listener) => void process.on('message', (message) => listener(message as Frame)),
    onClose: (listener) => void process.once('disconnect', () => listener('The host has exited.'))
  }
}

/** How long a utility process that failed waits for its host to end it, in milliseconds. */
const endByItselfMs = 2000

/** Ends this process and the tools it started, when it leads a group of its own. */
function endWithHost(): void {
  if (process.env.LAYERSCOPE_ENGINE_GROUP) process.kill(-process.pid, 'SIGTERM')
  process.exit(0)
}

startProcessLog('engine', { version: appVersion() })
const port = parentPort()
if (port) {
  // A utility process leads no group: its tools would outlive it.
  process.once('SIGTERM', () => {
    endTools()
    process.exit(0)
  })
  // In a utility process an uncaught error is only a warning, and the call that caused it would wait for ever; as under
  // Node, it ends the engine, which is then restarted.
  process.on('unhandledRejection', (error) => {
    throw error
  })
}
const pipe = port ? parentPortPipe(port) : nodePipe()
pipe.onClose(endWithHost)
try {
  const serveWindow = await startEngine(pipe)
  port?.on('message', ({ ports: [window] = [] }) => {
    if (window) serveWindow(windowPipe(window))
  })
  pipe.send({ kind: 'event', name: engineReadyEvent, payload: null })
} catch (error) {
  log.error('engine.failed', errorFields(error))
  pipe.send({ kind: 'event', name: engineFailedEvent, payload: error instanceof Error ? error.message : String(error) })
  console.error(error)
  process.exitCode = 1
  // The channel keeps the process alive until it is closed from this side. A utility process that exits at once may do
  // so before the message has left: its host ends it on that message.
  if (port) setTimeout(() => process.exit(1), endByItselfMs).unref()
  else process.disconnect()
}
