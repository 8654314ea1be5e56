import { maxMessageBytes, megabytes } from '@shared/rpc/messageLimit'
import { UserError } from '@shared/userError'
import type { EngineExit } from '../engineChild'

/**
 * Messages between a host and the engine of another machine, on a pipe of bytes:
 *
 *     u32 length of what follows | u8 kind | body | line end
 *
 * The line end is there because Slurm's srun passes on whole lines alone. Kind 0 is a `Control` as JSON, kind 1 a frame
 * (`shared/rpc/codec.ts`). The far side begins with `greeting`; whatever its shell prints before is skipped.
 */
export const greeting = '\nLAYERSCOPE ENGINE 1\n'

/** What is said beside the frames. `seen` counts the frames that have arrived, and is a sign of life. */
export type Control =
  | Hello
  | { say: 'welcome'; engine: FarEngine; seen: number }
  /** Another version. */
  | { say: 'refused'; host: string; version: string; contract: string }
  /** The engine that was to be attached to is not on this machine. */
  | { say: 'gone'; host: string }
  | { say: 'seen'; count: number }
  /** The engine has ended by itself. */
  | { say: 'exit'; exit: EngineExit }
  /** The host closes: the engine is to end. */
  | { say: 'end' }

export interface Hello {
  say: 'hello'
  version: string
  contract: string
  /** The engine of an earlier connection; null starts one. */
  attach: string | null
  seen: number
  /** Variables of a new engine. */
  environment: Readonly<Record<string, string>>
}

/** Where the engine is, as it says when it is started or found again. */
export interface FarEngine {
  id: string
  host: string
  pid: number | undefined
  /** The job of Slurm that it runs in. */
  job: string | null
  /** How long it waits for a connection that broke, in milliseconds; 0 if it does not. */
  keepMs: number
}

export type Message = { control: Control } | { frame: Uint8Array }

const headerBytes = 5
const lineEnd = 10

/** @throws UserError for a frame that is too large */
export function encodeMessage(message: Message): Uint8Array {
  const body = 'frame' in message ? message.frame : Buffer.from(JSON.stringify(message.control))
  if (body.byteLength > maxMessageBytes) throw new UserError(tooLarge(body.byteLength))
  const bytes = Buffer.allocUnsafe(headerBytes + body.byteLength + 1)
  bytes.writeUInt32LE(2 + body.byteLength)
  bytes[4] = 'frame' in message ? 1 : 0
  bytes.set(body, headerBytes)
  bytes[bytes.length - 1] = lineEnd
  return bytes
}

function tooLarge(bytes: number): string {
  return `A message of ${megabytes(bytes)} was to be sent; up to ${megabytes(maxMessageBytes)} travel at once.`
}

/**
 * Puts messages together from the chunks of a stream. Sizes are checked before memory is taken.
 * @returns takes a chunk and gives the messages that it completes
 * @throws UserError for what is not a message
 */
export function messageReader(): (chunk: Uint8Array) => Message[] {
  let waiting: Uint8Array[] = []
  let bytes = 0
  /** What the message under way needs, with its header; the header alone until that is known. */
  let wanted = headerBytes

  /** All that waits. A single chunk is not copied: it may hold many messages. */
  function join(): Buffer {
    const [first] = waiting
    const all =
      first && waiting.length === 1
        ? Buffer.from(first.buffer, first.byteOffset, first.byteLength)
        : Buffer.concat(waiting, bytes)
    waiting = [all]
    return all
  }
  function take(count: number): Buffer {
    const all = join()
    waiting = [all.subarray(count)]
    bytes -= count
    return all.subarray(0, count)
  }

  return (chunk) => {
    waiting.push(chunk)
    bytes += chunk.byteLength
    const messages: Message[] = []
    while (bytes >= wanted) {
      if (wanted === headerBytes) {
        const length = join().readUInt32LE()
        if (length < 2 || length > 2 + maxMessageBytes) throw new UserError(tooLarge(length))
        wanted = 4 + length
        if (bytes < wanted) break
      }
      const message = take(wanted)
      wanted = headerBytes
      const body = message.subarray(headerBytes, -1)
      if (message[message.length - 1] !== lineEnd) throw new UserError('A message without its end arrived.')
      if (message[4] === 1) messages.push({ frame: body })
      else if (message[4] === 0) messages.push({ control: JSON.parse(body.toString()) as Control })
      else throw new UserError('A message of an unknown kind arrived.')
    }
    return messages
  }
}
