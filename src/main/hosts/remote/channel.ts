import type { Readable, Writable } from 'node:stream'
import { encodeMessage, messageReader, type Control, type Message } from './wire'

/** One connection between a host and the engine of another machine, for as long as it holds. */
export interface Channel {
  say(control: Control): void
  /** @param message made by `encodeMessage` */
  write(message: Uint8Array): void
  onMessage(listener: (message: Message) => void): void
  /** Called once, when the other side is gone, silent, or sends what is not a message. */
  onClose(listener: (reason: string) => void): void
  /** What is said before reaches the other side. */
  close(): void
}

export interface ChannelTimes {
  /** How often a sign of life is sent, in milliseconds. */
  beatMs: number
  /** After so long without one the other side counts as gone: a laptop that sleeps closes no connection. */
  silenceMs: number
}

export const usualTimes: ChannelTimes = { beatMs: 10_000, silenceMs: 45_000 }

/**
 * @param beat what is said as a sign of life
 */
export function openChannel(
  input: Readable,
  output: Writable,
  beat: () => Control,
  { beatMs, silenceMs }: ChannelTimes = usualTimes
): Channel {
  const messages: ((message: Message) => void)[] = []
  const closes: ((reason: string) => void)[] = []
  const read = messageReader()
  let open = true
  let heardAt = Date.now()

  const write = (message: Uint8Array): void => {
    if (open) output.write(message)
  }
  const say = (control: Control): void => write(encodeMessage({ control }))
  const timer = setInterval(() => {
    if (Date.now() - heardAt > silenceMs) end('nothing was heard from the other side')
    else say(beat())
  }, beatMs)
  timer.unref()

  function end(reason: string): void {
    if (!open) return
    open = false
    clearInterval(timer)
    output.end()
    for (const listener of closes) listener(reason)
  }

  input.on('data', (chunk: Uint8Array) => {
    if (!open) return
    heardAt = Date.now()
    try {
      for (const message of read(chunk)) for (const listener of messages) listener(message)
    } catch (error) {
      end((error as Error).message)
    }
  })
  // It may have been paused after its first message.
  input.resume()
  input.once('end', () => end('the connection ended'))
  input.once('close', () => end('the connection ended'))
  for (const stream of [input, output]) stream.on('error', (error: Error) => end(error.message))

  return {
    say,
    write,
    onMessage: (listener) => void messages.push(listener),
    onClose: (listener) => void closes.push(listener),
    close: () => end('it was closed')
  }
}
