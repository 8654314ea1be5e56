import type { Frame } from '@shared/rpc/frames'

export interface EngineExit {
  code: number | null
  signal: string | null
  /** The last lines it wrote to its error output. */
  lastWords: string
  /** Why, where the code and the last words do not say it; the middle of a sentence. */
  why?: string
  /** Why starting another is no use, as a sentence. */
  final?: string
}

/** A running engine process, however the host started it. */
export interface EngineChild {
  readonly pid: number | undefined
  /** The machine it is on, if that is another. */
  readonly host?: string
  /** @throws UserError for a frame that is too large for another machine */
  send(frame: Frame): void
  onFrame(listener: (frame: Frame) => void): void
  /** Called once. */
  onExit(listener: (exit: EngineExit) => void): void
  /** `soft` lets the process end by itself, `hard` kills it. */
  kill(how: 'soft' | 'hard'): void
}

/** Events that an engine process sends only to its host, in addition to those of the contract. */
export const engineReadyEvent = 'process.ready'
export const engineFailedEvent = 'process.failed'
/** It cannot answer for now; the payload says why, and the calls that were sent are still open. */
export const engineWaitsEvent = 'process.waits'

const tailBytes = 4096

/**
 * Copies a stream to our own error output and remembers its end. Standard output is left for the one line
 * with the address.
 */
export function keepTail(stream: NodeJS.ReadableStream | null): Tail {
  let tail = ''
  const keep = (chunk: Buffer): void => {
    process.stderr.write(chunk)
    tail = (tail + chunk.toString()).slice(-tailBytes)
  }
  const listen = (): void => {
    stream?.off('data', keep)
    stream?.on('data', keep)
  }
  stream?.on('error', () => undefined)
  listen()
  return Object.assign(() => tail, { listen })
}

/** The last text of a stream so far. */
export interface Tail {
  (): string
  /** Listens again, after the stream's listeners were removed. */
  listen(): void
}
