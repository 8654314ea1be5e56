import { utilityProcess } from 'electron'
import type { Frame } from '@shared/rpc/frames'
import { wholeArrays } from '@shared/rpc/wholeArrays'
import { keepTail, type EngineChild } from '../engineChild'

/** Starts the engine as a utility process: Chromium ends it with the app, and it needs no `runAsNode`. */
export function forkEngine(entry: string): EngineChild {
  const child = utilityProcess.fork(entry, [], { serviceName: 'Layerscope engine', stdio: ['ignore', 'pipe', 'pipe'] })
  keepTail(child.stdout)
  const lastWords = keepTail(child.stderr)
  let fatal = ''
  child.on('error', (_type, location) => (fatal = `FatalError: ${location}`))
  const ended = new Promise<number>((resolve) => child.once('exit', resolve))

  return {
    get pid() {
      return child.pid
    },
    send: (frame) => child.postMessage(wholeArrays(frame)),
    onFrame(listener) {
      child.on('message', (message) => listener(message as Frame))
    },
    onExit(listener) {
      void ended.then((code) => listener({ code, signal: null, lastWords: `${lastWords()}\n${fatal}` }))
    },
    kill(how) {
      if (how === 'hard' && child.pid !== undefined) process.kill(child.pid, 'SIGKILL')
      else child.kill()
    }
  }
}
