import { isCallName, parseCall } from '@shared/rpc/dispatch'
import { toWireError } from '@shared/rpc/errors'
import type { Frame } from '@shared/rpc/frames'
import { sentence } from '@shared/userError'
import { errorFields, log } from '../../engine/log/log'
import type { EngineChild, EngineExit } from '../engineChild'
import { isFileCall, type FileCallName } from '../fileCalls'
import type { Channel } from './channel'
import { Link } from './link'
import type { Control, FarEngine, Hello } from './wire'

export interface KeeperParts {
  engine: EngineChild
  about: FarEngine
  files: { [N in FileCallName]: (input: never) => Promise<unknown> }
  /** Called once, when the engine has ended and the host knows, or no host came back in time. */
  onEnd: () => void
}

/** How long an engine may take to end by itself, in milliseconds. */
const endMs = 10_000

/**
 * Keeps an engine for the host of another machine: through connections that break and come back, and for a while
 * without any.
 */
export class Keeper {
  readonly #parts: KeeperParts
  readonly #link: Link
  /** Names of calls that are not answered yet, by their ids. */
  readonly #open = new Map<number, string>()
  #channel: Channel | null = null
  #exit: EngineExit | null = null
  #timer: NodeJS.Timeout | undefined
  #ending = false
  #over = false

  constructor(parts: KeeperParts) {
    this.#parts = parts
    this.#link = new Link((frame) => this.#forward(frame))
    parts.engine.onFrame((frame) => this.#send(frame))
    parts.engine.onExit((exit) => this.#ended(exit))
  }

  /** What is said to the host as a sign of life. */
  get beat(): () => Control {
    return this.#link.beat
  }

  /** Takes the place of an earlier connection, which may be one that nobody has noticed to be broken. */
  adopt(channel: Channel, { seen }: Pick<Hello, 'seen'>): void {
    clearTimeout(this.#timer)
    this.#channel?.close()
    this.#channel = channel
    channel.onMessage((message) => {
      if (this.#channel !== channel) return
      if ('frame' in message) this.#link.take(message.frame)
      else if (message.control.say === 'seen') this.#link.seen(message.control.count)
      else if (message.control.say === 'end') this.end()
    })
    channel.onClose((reason) => {
      if (this.#channel === channel && !this.#over) this.#away(reason)
    })
    channel.say({ say: 'welcome', engine: this.#parts.about, seen: this.#link.received })
    this.#link.attach(channel, seen)
    log.info('remote.attached', { engine: this.#parts.about.pid })
    if (this.#exit) this.#ended(this.#exit)
  }

  /** Ends the engine, and then itself. */
  end(): void {
    if (this.#exit) {
      this.#finish()
      return
    }
    this.#ending = true
    this.#parts.engine.kill('soft')
    setTimeout(() => this.#parts.engine.kill('hard'), endMs).unref()
  }

  #away(reason: string): void {
    this.#channel = null
    this.#link.detach()
    log.info('remote.away', { reason, keptMs: this.#parts.about.keepMs })
    this.#timer = setTimeout(() => this.end(), this.#parts.about.keepMs)
  }

  #forward(frame: Frame): void {
    if (frame.kind !== 'call') return
    this.#open.set(frame.id, frame.name)
    if (isCallName(frame.name) && isFileCall(frame.name)) void this.#answer(frame.id, frame.name, frame.input)
    else this.#parts.engine.send(frame)
  }

  async #answer(id: number, name: FileCallName, input: unknown): Promise<void> {
    try {
      const output = await this.#parts.files[name](parseCall(name, input).input as never)
      this.#send({ kind: 'answer', id, output })
    } catch (error) {
      this.#send({ kind: 'failure', id, error: toWireError(error) })
    }
  }

  #send(frame: Frame): void {
    const name = 'id' in frame ? this.#open.get(frame.id) : undefined
    if ('id' in frame) this.#open.delete(frame.id)
    try {
      this.#link.send(frame)
    } catch (error) {
      log.warn('remote.tooLarge', { call: name, ...errorFields(error) })
      if (frame.kind !== 'answer') return
      const message = sentence(
        `The answer to '${name}' cannot be sent from ${this.#parts.about.host}. ${(error as Error).message} Choose ` +
          'less: a shorter sentence, fewer words or one layer.'
      )
      this.#link.send({ kind: 'failure', id: frame.id, error: { name: 'UserError', message, user: true } })
    }
  }

  #ended(exit: EngineExit): void {
    this.#exit = exit
    this.#channel?.say({ say: 'exit', exit })
    // A host that is away hears of it when it comes back.
    if (this.#channel || this.#ending) this.#finish()
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.#channel?.close()
    this.#parts.onEnd()
  }
}
