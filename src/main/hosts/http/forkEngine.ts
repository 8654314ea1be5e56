import { fork } from 'node:child_process'
import type { Frame } from '@shared/rpc/frames'
import { keepTail, type EngineChild, type EngineExit } from '../engineChild'

const outputGraceMs = 200

/**
 * Starts the engine as a plain Node process. It leads a process group of its own, so that whatever it started ends with
 * it.
 */
export function forkEngine(entry: string, environment: Readonly<Record<string, string>> = {}): EngineChild {
  const grouped = process.platform !== 'win32'
  const child = fork(entry, [], {
    serialization: 'advanced',
    detached: grouped,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...environment, LAYERSCOPE_ENGINE_GROUP: grouped ? '1' : '' }
  })
  for (const stream of [child.stdout, child.stderr]) stream?.on('error', () => undefined)
  child.stdout?.pipe(process.stderr, { end: false })
  const lastWords = keepTail(child.stderr)
  const ended = new Promise<EngineExit>((resolve) => {
    const end = (code: number | null, signal: string | null): void => resolve({ code, signal, lastWords: lastWords() })
    child.once('close', end)
    // A tool that outlives the engine may hold its output open; the last output has arrived by then.
    child.once('exit', (code, signal) => setTimeout(end, outputGraceMs, code, signal).unref())
    // Not only once: a later error, of a signal that could not be sent, must not end the host.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, lastWords: `Error: ${error.message}` })
    })
  })

  return {
    pid: child.pid,
    send(frame) {
      // Sending to a process that is exiting fails; its exit is handled elsewhere.
      if (child.connected) child.send(frame, () => undefined)
    },
    onFrame(listener) {
      child.on('message', (message) => listener(message as Frame))
    },
    onExit(listener) {
      void ended.then(listener)
    },
    kill(how) {
      const signal = how === 'soft' ? 'SIGTERM' : 'SIGKILL'
      if (!grouped || child.pid === undefined) {
        child.kill(signal)
        return
      }
      try {
        process.kill(-child.pid, signal)
      } catch {
        child.kill(signal)
      }
    }
  }
}
