import { utilityProcess, type MessagePortMain } from 'electron'
import type { Frame } from '@shared/rpc/frames'
import { wholeArrays } from '@shared/rpc/wholeArrays'
import { largestArrayVariable } from '../../engine/processes/largestArray'
import { keepTail, type EngineChild } from '../engineChild'
import { exitOf } from './exitStatus'

/** Chromium's PartitionAlloc, which every allocation goes through, gives no more at once (2 GiB less a super page). */
const largestAllocation = 2 ** 31 - 2 ** 21

/** How long to wait for the last output of an engine that exited, in milliseconds. */
const lastWordsMs = 200

/** The engine as a utility process, which can talk with a page itself. */
export interface DesktopEngine extends EngineChild {
  connect(port: MessagePortMain): void
}

/** Starts the engine as a utility process: Chromium ends it with the app, and it needs no `runAsNode`. */
export function forkEngine(entry: string, environment: Readonly<Record<string, string>> = {}): DesktopEngine {
  const child = utilityProcess.fork(entry, [], {
    serviceName: 'Layerscope engine',
    stdio: ['ignore', 'pipe', 'pipe'],
    // The add-on is compiled on this machine and TensorFlow's library is not signed by us: macOS would refuse both.
    allowLoadingUnsignedLibraries: true,
    env: { ...process.env, ...environment, [largestArrayVariable]: String(largestAllocation) }
  })
  const output = child.stdout
  const errors = child.stderr
  keepTail(output)
  const lastWords = keepTail(errors)
  let fatal = ''
  child.on('error', (_type, location, report) => {
    const heap = /heap|memory/i.test(`${location} ${report.slice(0, 10_000)}`)
    fatal = heap ? 'FatalError: JavaScript heap out of memory' : `FatalError: ${location}`
  })
  const ended = new Promise<number>((resolve) => child.once('exit', resolve))

  return {
    get pid() {
      return child.pid
    },
    send: (frame) => child.postMessage(wholeArrays(frame)),
    connect: (port) => child.postMessage(null, [port]),
    onFrame(listener) {
      child.on('message', (message) => listener(message as Frame))
    },
    onExit(listener) {
      void ended.then(async (status) => {
        await drained(errors)
        listener({ ...exitOf(status, process.platform), lastWords: `${lastWords()}\n${fatal}` })
      })
    },
    kill(how) {
      if (how === 'hard' && child.pid !== undefined) process.kill(child.pid, 'SIGKILL')
      else child.kill()
    }
  }

  /**
   * Electron removes every listener from the streams in the turn in which it reports the exit, with text
   * still in the pipes; this runs right after that turn.
   */
  async function drained(stream: NodeJS.ReadableStream | null): Promise<void> {
    if (!stream) return
    await new Promise<void>((resolve) => {
      lastWords.listen()
      const timer = setTimeout(resolve, lastWordsMs)
      stream.once('end', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}
