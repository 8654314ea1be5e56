import { UserError } from '../userError'
import { fromWireError, toWireError } from './errors'
import type { Pipe } from './frames'

interface Waiting {
  resolve: (output: unknown) => void
  reject: (error: Error) => void
}

export interface Caller {
  call(name: string, input: unknown): Promise<unknown>
  /** Every event of the other side; returns what ends the subscription. */
  subscribe(listener: (name: string, payload: unknown) => void): () => void
}

/** The asking end of a pipe. Calls still open when the pipe closes are rejected with the reason. */
export function createCaller(pipe: Pipe): Caller {
  const waiting = new Map<number, Waiting>()
  const listeners = new Set<(name: string, payload: unknown) => void>()
  let nextId = 1
  let closed: string | null = null

  pipe.onFrame((frame) => {
    if (frame.kind === 'event') {
      for (const listener of listeners) listener(frame.name, frame.payload)
      return
    }
    if (frame.kind === 'call') return
    const entry = waiting.get(frame.id)
    if (!entry) return
    waiting.delete(frame.id)
    if (frame.kind === 'answer') entry.resolve(frame.output)
    else entry.reject(fromWireError(frame.error))
  })
  pipe.onClose((reason) => {
    closed = reason
    for (const entry of waiting.values()) entry.reject(new UserError(reason))
    waiting.clear()
  })

  return {
    call(name, input) {
      if (closed !== null) return Promise.reject(new UserError(closed))
      return new Promise((resolve, reject) => {
        const id = nextId++
        waiting.set(id, { resolve, reject })
        try {
          pipe.send({ kind: 'call', id, name, input })
        } catch (error) {
          waiting.delete(id)
          throw error
        }
      })
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }
  }
}

/**
 * The answering end of a pipe: `dispatch` looks the name up and validates; whatever it throws goes back as a sentence.
 */
export function serve(pipe: Pipe, dispatch: (name: string, input: unknown) => Promise<unknown>): void {
  pipe.onFrame((frame) => {
    if (frame.kind !== 'call') return
    void answer(frame.id, frame.name, frame.input)
  })

  // A handler may throw before it returns its promise; inside an async function that is a rejection like any other.
  async function answer(id: number, name: string, input: unknown): Promise<void> {
    try {
      pipe.send({ kind: 'answer', id, output: await dispatch(name, input) })
    } catch (error) {
      pipe.send({ kind: 'failure', id, error: toWireError(error) })
    }
  }
}
