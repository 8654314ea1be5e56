import { open, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { UserError } from '@shared/userError'

/** As much of an answer as a transfer needs; `fetch` of Node and of undici both give it. */
export interface Answer {
  status: number
  statusText: string
  headers: { get(name: string): string | null }
  body: AsyncIterable<Uint8Array> | null
}

export interface Transfer {
  /** Holds what has come so far, and survives a kill; what lies there is continued. */
  part: string
  /** Bytes of the whole file where they are known: an answer of another size is refused before it is read. */
  size?: number
  /**
   * Asks for the bytes from `have` on. `etag` is the entity that the bytes of this run belong to (RFC 9110, If-Range);
   * null at first. An error that asking again will not mend is thrown as `RefusedByServer` or `UserError`.
   */
  request: (have: number, etag: string | null, signal: AbortSignal) => Promise<Answer>
  onProgress: (done: number, total: number) => void
  signal?: AbortSignal
  /** Attempts without a single new byte before giving up. */
  attempts?: number
  /** Milliseconds before the first new attempt; doubled by each one. */
  pauseMilliseconds?: number
  /** Milliseconds without a byte after which a connection counts as dead. */
  stallMilliseconds?: number
  /** Makes the error of an answer with a status that says no. */
  refuse?: (answer: Answer) => Promise<Error> | Error
}

/** The server answered, and the answer will not change by asking again. */
export class RefusedByServer extends Error {}

/** Nothing came for longer than `stallMilliseconds`. */
export class Stalled extends Error {
  constructor(milliseconds: number) {
    super(`nothing came for ${Math.round(milliseconds / 1000)} s`)
  }
}

/** The answer is not of the announced size. */
export class WrongSize extends Error {
  constructor(
    readonly announced: number,
    readonly came: number
  ) {
    super(`${came} bytes instead of ${announced}`)
  }
}

const longestPause = 15_000

/**
 * Brings a file to its end over as many connections as it takes, continuing what is in `part`. The content is the
 * caller's to check.
 */
export async function resume(transfer: Transfer): Promise<void> {
  const { part, signal, attempts = 4, pauseMilliseconds = 500 } = transfer
  const state: State = { etag: null }
  let failures = 0
  for (;;) {
    const before = await sizeOf(part)
    try {
      await fetchRest(transfer, state, before)
      return
    } catch (error) {
      if (signal?.aborted) throw error
      const after = await sizeOf(part)
      failures = after > before ? 0 : failures + 1
      if (failures >= attempts || isFinal(error)) throw error
      await pause(Math.min(longestPause, pauseMilliseconds * 2 ** failures), undefined, { signal })
    }
  }
}

interface State {
  etag: string | null
}

function isFinal(error: unknown): boolean {
  const local =
    error instanceof Error && 'code' in error && /^(ENOSPC|EDQUOT|EACCES|EPERM|EROFS|EIO)$/.test(String(error.code))
  return local || error instanceof RefusedByServer || error instanceof WrongSize || error instanceof UserError
}

async function fetchRest(transfer: Transfer, state: State, have: number): Promise<void> {
  const { part, size, onProgress, signal, stallMilliseconds = 30_000 } = transfer
  // Everything is here; the hash decides whether it is right. Too much of it can only be wrong.
  if (size !== undefined && have === size && size > 0) return
  if (size !== undefined && have > size) have = 0
  const clock = new StallClock(stallMilliseconds)
  const either = signal ? AbortSignal.any([signal, clock.signal]) : clock.signal
  try {
    const answer = await transfer.request(have, state.etag, either)
    clock.tick()
    if (answer.status === 416 && have > 0) return
    if (answer.status >= 300 || answer.status < 200 || !answer.body) throw await (transfer.refuse ?? refuse)(answer)
    const etag = strongTag(answer)
    // Another entity than the one the bytes so far belong to: they are of no use.
    const continued =
      answer.status === 206 && beginsAt(answer, have) && (state.etag === null || etag === null || etag === state.etag)
    if (answer.status === 206 && !continued) {
      state.etag = null
      if (have === 0) throw new RefusedByServer('the server sent another part than was asked for')
      await truncate(part)
      throw new Error('the file changed on the server')
    }
    state.etag = etag
    const start = continued ? have : 0
    const total = totalOf(answer, start)
    if (size !== undefined && total !== null && total !== size) throw new WrongSize(size, total)
    await write(answer.body, part, start, { size, total, onProgress, signal: either, clock })
  } catch (error) {
    // A stall ends the connection; what is thrown then is the abort.
    if (clock.signal.aborted && !signal?.aborted) throw new Stalled(stallMilliseconds)
    throw error
  } finally {
    clock.stop()
  }
}

interface Writing {
  size: number | undefined
  total: number | null
  onProgress: (done: number, total: number) => void
  signal: AbortSignal
  clock: StallClock
}

async function write(
  body: AsyncIterable<Uint8Array>,
  part: string,
  start: number,
  { size, total, onProgress, signal, clock }: Writing
): Promise<void> {
  // Never in append mode: two programs that write the same file, each at its own place, write the same bytes.
  const file = await open(part, start > 0 ? 'r+' : 'w')
  let done = start
  try {
    for await (const chunk of body) {
      clock.tick()
      if (size !== undefined && done + chunk.length > size) throw new WrongSize(size, done + chunk.length)
      await file.write(chunk, 0, chunk.length, done)
      done += chunk.length
      onProgress(done, size ?? total ?? 0)
      signal.throwIfAborted()
    }
  } finally {
    await file.close()
  }
  const expected = size ?? total
  if (expected !== null && done < expected) throw new Error('the connection was cut')
}

/** Aborts when it is not ticked in time. */
class StallClock {
  private readonly controller = new AbortController()
  private readonly timer: NodeJS.Timeout

  constructor(milliseconds: number) {
    this.timer = setTimeout(() => this.controller.abort(), milliseconds)
  }
  get signal(): AbortSignal {
    return this.controller.signal
  }
  tick(): void {
    this.timer.refresh()
  }
  stop(): void {
    clearTimeout(this.timer)
  }
}

function refuse({ status, statusText }: Answer): Error {
  const text = `the server answered ${status} ${statusText}`.trim()
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? new RefusedByServer(text) : new Error(text)
}

/** A weak tag says that two answers mean the same, not that their bytes are the same. */
function strongTag(answer: Answer): string | null {
  const tag = answer.headers.get('etag')
  return tag?.startsWith('"') ? tag : null
}

function beginsAt(answer: Answer, have: number): boolean {
  const range = /^bytes (\d+)-/.exec(answer.headers.get('content-range') ?? '')
  return range === null || Number(range[1]) === have
}

/** Bytes of the whole file by the answer's headers; null if they do not say. */
function totalOf(answer: Answer, start: number): number | null {
  const whole = /^bytes \d+-\d+\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')
  if (whole) return Number(whole[1])
  const length = answer.headers.get('content-length')
  if (length === null || answer.headers.get('content-encoding')) return null
  return start + Number(length)
}

async function truncate(path: string): Promise<void> {
  const file = await open(path, 'w')
  await file.close()
}

/** Bytes of a file; 0 where there is none. */
export async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (info) => info.size,
    () => 0
  )
}
