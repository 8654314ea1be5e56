import type { EngineState } from '@shared/app'
import type { WireError } from '@shared/rpc/frames'
import { fromWireError } from '@shared/rpc/errors'
import type { Caller } from '@shared/rpc/peer'
import { UserError } from '@shared/userError'
import { crashedEngineVariable } from '../engine/backends/addonGuard'
import { log } from '../engine/log/log'
import { engineFailedEvent, engineReadyEvent, engineWaitsEvent, type EngineChild, type EngineExit } from './engineChild'
import { describeCall, describeExit } from './engineSentences'

export interface SupervisorOptions {
  /** @param environment variables of the engine beside those of this process */
  fork(environment: Readonly<Record<string, string>>): EngineChild
  /**
   * Pause in milliseconds before the 1st, 2nd, ... restart after consecutive crashes; after the last one
   * the engine is not restarted.
   */
  restartDelays?: readonly number[]
  /** After an engine has been ready for this long, the next crash counts as the first. */
  stableMs?: number
  /** How long a process may take to end by itself. */
  endMs?: number
}

export interface EngineSupervisor extends Caller {
  state(): EngineState
  /** Ends the engine and starts another; resolves once that one is ready or has failed. */
  restart(): Promise<EngineState>
  /** Calls the engine has not answered yet. */
  openCalls(): number
  /** Resolves when the process is gone. */
  close(): Promise<void>
}

interface OpenCall {
  name: string
  input: unknown
  sent: boolean
  resolve: (output: unknown) => void
  reject: (error: Error) => void
}

/** Signals of a person or the system, not of a crash. */
const endedFromOutside: ReadonlySet<string> = new Set(['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP'])

/** Starts the engine, holds calls until it is ready, and survives its death. */
export function superviseEngine(options: SupervisorOptions): EngineSupervisor {
  return new Supervisor(options)
}

class Supervisor implements EngineSupervisor {
  readonly #options: Required<SupervisorOptions>
  readonly #calls = new Map<number, OpenCall>()
  readonly #listeners = new Set<(name: string, payload: unknown) => void>()
  #state: EngineState = { state: 'starting', message: 'The engine is starting.', restarts: 0 }
  #child: EngineChild | null = null
  #nextId = 1
  #crashes = 0
  #closed = false
  #failure = ''
  /** The engine that crashed last, for the next one to know what not to load. */
  #crashedPid: number | undefined
  #startedAt = 0
  #readyAt = 0
  #restartTimer: NodeJS.Timeout | undefined
  #settled: (() => void)[] = []

  constructor(options: SupervisorOptions) {
    this.#options = { restartDelays: [0, 1000, 5000], stableMs: 60_000, endMs: 2000, ...options }
    this.#start()
  }

  state(): EngineState {
    return this.#state
  }

  openCalls(): number {
    return this.#calls.size
  }

  subscribe(listener: (name: string, payload: unknown) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  call(name: string, input: unknown): Promise<unknown> {
    if (this.#closed || this.#state.state === 'stopped') return Promise.reject(new UserError(this.#state.message))
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      const call: OpenCall = { name, input, sent: false, resolve, reject }
      this.#calls.set(id, call)
      if (this.#state.state === 'ready') this.#send(id, call)
    })
  }

  async restart(): Promise<EngineState> {
    if (this.#closed) return this.#state
    this.#crashes = 0
    const old = this.#child
    this.#child = null
    this.#rejectSent((call) => `The engine was restarted while it was ${describeCall(call.name)}; run it again.`)
    if (old) await this.#end(old)
    if (this.#child === null && !this.#closed) this.#start(this.#state.restarts + 1)
    if (this.#state.state === 'starting') await new Promise<void>((resolve) => this.#settled.push(resolve))
    return this.#state
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#restartTimer)
    const child = this.#child
    this.#child = null
    this.#enter('stopped', 'Layerscope is closing.')
    this.#rejectAll(() => 'Layerscope is closing.')
    if (child) await this.#end(child)
  }

  #start(restarts = this.#state.restarts): void {
    clearTimeout(this.#restartTimer)
    this.#failure = ''
    this.#readyAt = 0
    const pid = this.#crashedPid
    const child = this.#options.fork(pid === undefined ? {} : { [crashedEngineVariable]: String(pid) })
    this.#child = child
    const where = child.host === undefined ? '' : ` on ${child.host}`
    this.#enter('starting', `The engine${where} is starting.`, restarts)
    this.#startedAt = Date.now()
    log.info('engine.fork', { engine: child.pid, restarts })
    child.onFrame((frame) => {
      if (this.#child !== child) return
      if (frame.kind === 'answer' || frame.kind === 'failure') this.#settle(frame)
      else if (frame.kind === 'event') this.#hear(frame.name, frame.payload)
    })
    child.onExit((exit) => {
      if (this.#child === child) this.#crashed(exit)
    })
  }

  #send(id: number, call: OpenCall): void {
    call.sent = true
    try {
      this.#child?.send({ kind: 'call', id, name: call.name, input: call.input })
    } catch (error) {
      this.#calls.delete(id)
      call.reject(error as Error)
    }
  }

  #settle(
    frame: { kind: 'answer'; id: number; output: unknown } | { kind: 'failure'; id: number; error: WireError }
  ): void {
    const call = this.#calls.get(frame.id)
    if (!call) return
    this.#calls.delete(frame.id)
    if (frame.kind === 'answer') call.resolve(frame.output)
    else call.reject(fromWireError(frame.error))
  }

  #hear(name: string, payload: unknown): void {
    if (name === engineReadyEvent) {
      this.#readyAt = Date.now()
      log.info('engine.ready', { engine: this.#child?.pid, ms: this.#readyAt - this.#startedAt })
      this.#enter('ready', 'The engine is ready.')
      for (const [id, call] of this.#calls) if (!call.sent) this.#send(id, call)
    } else if (name === engineFailedEvent) {
      this.#failure = String(payload)
      this.#child?.kill('soft')
    } else if (name === engineWaitsEvent) {
      this.#enter('starting', String(payload))
    } else {
      this.#emit(name, payload)
    }
  }

  #crashed(exit: EngineExit): void {
    log.error('engine.exit', {
      engine: this.#child?.pid,
      ...exit,
      failure: this.#failure || undefined,
      ms: Date.now() - this.#startedAt,
      calls: [...this.#calls.values()].filter(({ sent }) => sent).map(({ name }) => name)
    })
    if (!endedFromOutside.has(exit.signal ?? '')) this.#crashedPid = this.#child?.pid
    this.#child = null
    if (exit.final) {
      this.#stop(exit.final)
      return
    }
    if (this.#readyAt > 0 && Date.now() - this.#readyAt > this.#options.stableMs) this.#crashes = 0
    const why = this.#failure || describeExit(exit)
    const delay = this.#options.restartDelays[this.#crashes]
    this.#crashes += 1
    if (delay === undefined) {
      this.#giveUp(why)
      return
    }
    const restarts = this.#state.restarts + 1
    const next = delay === 0 ? 'it has been started again' : `it is started again in ${Math.round(delay / 1000)} s`
    const sentence = (doing: string): string =>
      `The engine stopped${doing}: ${why}; ${next}; everything on disk is kept.`
    this.#enter('crashed', sentence(''), restarts)
    this.#rejectSent((call) => sentence(` while it was ${describeCall(call.name)}`))
    if (delay === 0) this.#start()
    else this.#restartTimer = setTimeout(() => this.#start(), delay)
  }

  #giveUp(why: string): void {
    const message =
      `The engine stopped ${this.#crashes} times in a row and is not started again: ${why}. Restart the ` +
      'engine; if it stops again, close Layerscope and start it with LAYERSCOPE_BACKEND=wasm.'
    this.#stop(message)
  }

  #stop(message: string): void {
    log.error('engine.stopped', { crashes: this.#crashes })
    this.#enter('stopped', message)
    this.#rejectAll(() => message)
  }

  /** Calls that still wait for the engine to be ready are not affected. */
  #rejectSent(sentence: (call: OpenCall) => string): void {
    for (const [id, call] of this.#calls) {
      if (!call.sent) continue
      this.#calls.delete(id)
      call.reject(new UserError(sentence(call)))
    }
  }

  #rejectAll(sentence: (call: OpenCall) => string): void {
    for (const call of this.#calls.values()) call.reject(new UserError(sentence(call)))
    this.#calls.clear()
  }

  #enter(state: EngineState['state'], message: string, restarts = this.#state.restarts): void {
    const host = this.#child?.host
    this.#state = { state, message, restarts, ...(host !== undefined && { host }) }
    this.#emit('engine.state', this.#state)
    if (state !== 'ready' && state !== 'stopped') return
    for (const resolve of this.#settled.splice(0)) resolve()
  }

  #emit(name: string, payload: unknown): void {
    for (const listener of this.#listeners) listener(name, payload)
  }

  #end(child: EngineChild): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => child.kill('hard'), this.#options.endMs)
      child.onExit(({ code, signal }) => {
        log.info('engine.end', { engine: child.pid, code, signal })
        clearTimeout(timer)
        resolve()
      })
      child.kill('soft')
    })
  }
}
