import { spawn, type ChildProcess } from 'node:child_process'
import { legible } from '@shared/userError'
import type { Frame } from '@shared/rpc/frames'
import { log } from '../../engine/log/log'
import { appVersion } from '../../engine/paths'
import {
  engineReadyEvent,
  engineWaitsEvent,
  keepTail,
  type EngineChild,
  type EngineExit,
  type Tail
} from '../engineChild'
import { openChannel, usualTimes, type Channel, type ChannelTimes } from './channel'
import { contractHash } from './contractHash'
import { Link } from './link'
import { backInto, destinationOf } from './place'
import { greeting, type FarEngine, type Message } from './wire'

export interface RemoteOptions {
  times?: ChannelTimes
  /** Pauses before attempts to come back, in milliseconds; the last one repeats. */
  pauses?: readonly number[]
  contract?: string
}

/** How long the far side may take to end its engine, in milliseconds. */
export const remoteEndMs = 10_000

/** No shell greets with more. */
const longestGreeting = 1 << 20

/** What Slurm says of a job that is over. */
const jobIsOver = /invalid job id|already complet|job .*expired/i

/**
 * The engine of another machine, started by a command such as `ssh HOST layerscope engine --stdio`. A connection that
 * breaks is made again for as long as the far side keeps the engine; open calls go on meanwhile.
 * @param command one program with its arguments, as typed in a shell
 * @param environment variables of the engine
 */
export function remoteEngine(
  command: string,
  environment: Readonly<Record<string, string>> = {},
  options: RemoteOptions = {}
): EngineChild {
  return new RemoteEngine(command, environment, options)
}

class RemoteEngine implements EngineChild {
  readonly #command: string
  readonly #environment: Readonly<Record<string, string>>
  readonly #options: Required<RemoteOptions>
  readonly #link = new Link((frame) => this.#deliver(frame))
  readonly #frames: ((frame: Frame) => void)[] = []
  readonly #ended: Promise<EngineExit>
  #end: (exit: EngineExit) => void = () => undefined
  #over = false
  #process: ChildProcess | null = null
  #channel: Channel | null = null
  #far: FarEngine | null = null
  #ready = false
  #attempts = 0
  #brokeAt = 0
  #timer: NodeJS.Timeout | undefined

  constructor(command: string, environment: Readonly<Record<string, string>>, options: RemoteOptions) {
    this.#command = command
    this.#environment = environment
    this.#options = { times: usualTimes, pauses: [500, 1000, 2000, 5000, 10_000], contract: contractHash, ...options }
    this.#ended = new Promise((resolve) => (this.#end = resolve))
    this.#connect()
  }

  get pid(): number | undefined {
    return this.#far?.pid
  }

  get host(): string {
    return this.#far?.host ?? destinationOf(this.#command)
  }

  send(frame: Frame): void {
    this.#link.send(frame)
  }

  onFrame(listener: (frame: Frame) => void): void {
    this.#frames.push(listener)
  }

  onExit(listener: (exit: EngineExit) => void): void {
    void this.#ended.then(listener)
  }

  kill(how: 'soft' | 'hard'): void {
    if (how === 'soft' && this.#channel && this.#far) this.#channel.say({ say: 'end' })
    else this.#exit({})
  }

  /** Starts the command, and greets the far side as soon as it does. */
  #connect(): void {
    const child = start(backInto(this.#command, this.#far?.job ?? null))
    this.#process = child
    const lastWords = keepTail(child.stderr)
    child.stderr?.on('data', () => this.#tellWaiting(lastWords))
    let gone = false
    const end = (reason: string): void => {
      if (gone || this.#process !== child) return
      gone = true
      this.#lost(reason, lastWords)
    }
    child.once('error', (error) => end(error.message))
    child.once('close', (code, signal) => end(signal ? `it was ended by ${signal}` : `it ended with code ${code}`))
    // What is written to a command that has ended is lost; its end is noticed anyway.
    child.stdin?.on('error', () => undefined)
    afterGreeting(child, () => {
      if (gone || this.#process !== child) return
      const channel = openChannel(child.stdout!, child.stdin!, this.#link.beat, this.#options.times)
      this.#channel = channel
      channel.onMessage((message) => {
        if (this.#channel === channel) this.#hear(channel, message)
      })
      channel.onClose((reason) => {
        // An ended command says why by its code, a silent one has to be ended.
        if (this.#channel === channel && child.exitCode === null) setTimeout(end, 1000, reason).unref()
      })
      channel.say({
        say: 'hello',
        version: appVersion(),
        contract: this.#options.contract,
        attach: this.#far?.id ?? null,
        seen: this.#link.received,
        environment: this.#environment
      })
    })
  }

  #hear(channel: Channel, message: Message): void {
    if ('frame' in message) {
      this.#link.take(message.frame)
      return
    }
    const { control } = message
    switch (control.say) {
      case 'welcome':
        this.#far = control.engine
        this.#attempts = 0
        log.info('remote.connected', { engine: this.pid, job: this.#far.job, ready: this.#ready })
        // What was sent before comes after the news that it can be answered.
        if (this.#ready) this.#emit(engineReadyEvent, null)
        this.#link.attach(channel, control.seen)
        return
      case 'seen':
        this.#link.seen(control.count)
        return
      case 'refused':
        this.#exit({ final: otherVersion(control, this.#options.contract) })
        return
      case 'gone':
        // Machines that share a name, as the login nodes of a cluster: the next attempt may reach the right one.
        if (control.host === this.#far?.host) this.#exit({ why: `it is no longer there on ${this.host}` })
        else this.#process?.kill()
        return
      case 'exit':
        this.#exit(control.exit)
    }
  }

  #deliver(frame: Frame): void {
    if (frame.kind === 'event' && frame.name === engineReadyEvent) this.#ready = true
    for (const listener of this.#frames) listener(frame)
  }

  #emit(name: string, payload: unknown): void {
    for (const listener of this.#frames) listener({ kind: 'event', name, payload })
  }

  /** A queue of Slurm and a question of ssh are answered by waiting, and should be seen. */
  #tellWaiting(lastWords: Tail): void {
    const line = lastLine(lastWords)
    if (line && !this.#channel && !this.#over) this.#emit(engineWaitsEvent, `${destinationOf(this.#command)}: ${line}`)
  }

  /** The connection is gone. */
  #lost(reason: string, lastWords: Tail): void {
    this.#process?.kill()
    this.#process = null
    this.#channel?.close()
    this.#channel = null
    this.#link.detach()
    const far = this.#far
    const line = lastLine(lastWords)
    const said = line ? `it said "${line}"` : reason
    log.warn('remote.lost', { engine: this.pid, reason, attempts: this.#attempts })
    if (!far) {
      const final =
        `The engine could not be started by '${legible(this.#command)}': ${said}. Type the command in a terminal to ` +
        'see more, and restart the engine when it works.'
      this.#exit({ lastWords: lastWords(), final })
      return
    }
    if (this.#attempts === 0) this.#brokeAt = Date.now()
    const away = Date.now() - this.#brokeAt
    if (far.job !== null && jobIsOver.test(lastWords()))
      this.#exit({ why: `its job ${far.job} on ${far.host} is over` })
    else if (away >= far.keepMs) this.#exit({ why: `the connection to ${far.host} was broken for too long (${said})` })
    else {
      const { pauses } = this.#options
      const pause = pauses[Math.min(this.#attempts, pauses.length - 1)]!
      this.#attempts += 1
      const minutes = Math.ceil((far.keepMs - away) / 60_000)
      this.#emit(
        engineWaitsEvent,
        `The connection to ${far.host} broke (${said}). It is being made again; the engine there goes on, and waits ` +
          `for ${minutes} more ${minutes === 1 ? 'minute' : 'minutes'}.`
      )
      this.#timer = setTimeout(() => this.#connect(), pause)
    }
  }

  #exit(exit: Partial<EngineExit>): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    const child = this.#process
    this.#process = null
    this.#channel?.close()
    this.#channel = null
    child?.kill()
    this.#end({ code: null, signal: null, lastWords: '', ...exit })
  }
}

/** Without the terminal's Ctrl-C, which ends the host: it has something to say to the far side before. */
function start(command: string): ChildProcess {
  const stdio = ['pipe', 'pipe', 'pipe'] as const
  if (process.platform === 'win32') return spawn(command, { shell: true, stdio: [...stdio], windowsHide: true })
  return spawn('/bin/sh', ['-c', `trap '' INT HUP; exec ${command}`], { stdio: [...stdio] })
}

/** Calls when the far side has greeted, with standard output at what follows. */
function afterGreeting({ stdout }: ChildProcess, greeted: () => void): void {
  let text = Buffer.alloc(0)
  const take = (chunk: Buffer): void => {
    text = Buffer.concat([text, chunk]).subarray(-longestGreeting)
    const at = text.indexOf(greeting)
    if (at < 0) return
    stdout!.off('data', take)
    stdout!.pause()
    const rest = text.subarray(at + greeting.length)
    if (rest.length > 0) stdout!.unshift(rest)
    greeted()
  }
  stdout!.on('data', take)
}

function lastLine(tail: Tail): string {
  return legible(
    tail()
      .split('\n')
      .map((line) => line.trim())
      .findLast((line) => line !== '') ?? '',
    300
  )
}

function otherVersion(far: { host: string; version: string; contract: string }, contract: string): string {
  const same = far.version === appVersion()
  const which = same
    ? `Another build of Layerscope ${far.version} is on ${far.host} (${far.contract}; here ${contract})`
    : `Layerscope ${far.version} is on ${far.host}, and this is ${appVersion()}`
  return `${which}. A window and its engine must be the same: install the same package there, then restart the engine.`
}
