import { decodeFrame, encodeFrame } from '@shared/rpc/codec'
import type { Frame } from '@shared/rpc/frames'
import { maxMessageBytes, megabytes } from '@shared/rpc/messageLimit'
import { UserError } from '@shared/userError'
import type { Channel } from './channel'
import { encodeMessage, type Control } from './wire'

/** What may wait for a connection to come back, in bytes. */
const patienceBytes = 4 * maxMessageBytes

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Frames in order and each once over one connection after another: what the other side has not yet said to have seen
 * is sent again over the next.
 */
export class Link {
  /** Messages that the other side may not have. */
  #unseen: Uint8Array[] = []
  #unseenBytes = 0
  /** Frames that were sent before the first of those. */
  #seenThere = 0
  #received = 0
  #channel: Channel | null = null
  readonly #deliver: (frame: Frame) => void

  constructor(deliver: (frame: Frame) => void) {
    this.#deliver = deliver
  }

  /** How many frames have arrived. */
  get received(): number {
    return this.#received
  }

  /** Says how many frames have arrived, also as a sign of life. */
  readonly beat = (): Control => ({ say: 'seen', count: this.#received })

  get connected(): boolean {
    return this.#channel !== null
  }

  /** @throws UserError for a frame that is too large, now or while so much else waits for the connection */
  send(frame: Frame): void {
    const bytes = encodeFrame(frame, (text) => encoder.encode(text))
    if (bytes.byteLength > maxMessageBytes)
      throw new UserError(
        `It has ${megabytes(bytes.byteLength)}, and up to ${megabytes(maxMessageBytes)} travel between ` +
          'machines at once.'
      )
    if (!this.#channel && this.#unseenBytes + bytes.byteLength > patienceBytes)
      throw new UserError(`${megabytes(this.#unseenBytes)} wait for the connection already.`)
    const message = encodeMessage({ frame: bytes })
    this.#unseen.push(message)
    this.#unseenBytes += message.byteLength
    this.#channel?.write(message)
  }

  /** Takes a frame that arrived over the current channel. */
  take(frame: Uint8Array): void {
    this.#received += 1
    this.#channel?.say(this.beat())
    this.#deliver(decodeFrame(frame, (text) => decoder.decode(text)))
  }

  /** The other side has seen so many frames in all. */
  seen(count: number): void {
    const gone = this.#unseen.splice(0, Math.max(0, count - this.#seenThere))
    this.#seenThere += gone.length
    for (const { byteLength } of gone) this.#unseenBytes -= byteLength
  }

  /** @param seen how many frames the other side has, of all that were sent */
  attach(channel: Channel, seen: number): void {
    this.seen(seen)
    this.#channel = channel
    for (const message of this.#unseen) channel.write(message)
  }

  detach(): void {
    this.#channel = null
  }
}
