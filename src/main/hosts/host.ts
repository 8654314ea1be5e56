import type { AppInfo } from '@shared/app'
import type { CallInput, CallName, EventName, Events, Handlers, HostCallName } from '@shared/contract'
import { calls, type FileKind } from '@shared/contract'
import type { EnginePlace } from '@shared/enginePlace'
import { parseCall } from '@shared/rpc/dispatch'
import { UserError } from '@shared/userError'
import { join } from 'node:path'
import { errorFields, log } from '../engine/log/log'
import { loggedCalls } from '../engine/log/loggedCalls'
import type { EngineSupervisor } from './engineSupervisor'
import { openReportFolder } from './services/reportFolder'
import type { StateFile } from './services/stateFile'
import { fileHandlers, isFileCall } from './fileCalls'

export interface HostParts {
  /** Called once by each window; later files arrive as an event. */
  info: AppInfo | (() => AppInfo)
  engine: EngineSupervisor
  state: StateFile
  cacheDir: string
  /** For what a person keeps: the report. */
  dataDir: string
  /** The operating system's dialog, where there is one. */
  pick?: (kind: FileKind) => Promise<string[] | null>
  /** Shows a notification of the operating system, where there is one. */
  notify?: (message: CallInput<'app.notify'>) => boolean
  /** Called for every model and data set that was opened from disk. */
  onOpened?: (paths: readonly string[]) => void
  /** Whether the engine is on another machine, whose files it opens. */
  remote?: boolean
  /** The choice of that machine, where the host has one. */
  place?: { current: EnginePlace | null; use(place: EnginePlace | null): Promise<void> }
}

/** The host's side of a window, over any pipe. */
export interface Host {
  dispatch(name: string, input: unknown): Promise<unknown>
  subscribe(listener: (name: string, payload: unknown) => void): () => void
  emit<E extends EventName>(name: E, payload: Events[E]): void
}

/**
 * Answers the host's own calls and forwards the others to the engine. All input is validated here, whoever
 * sends it.
 */
export function createHost(parts: HostParts): Host {
  const { engine, state } = parts
  const listeners = new Set<(name: string, payload: unknown) => void>()
  const report = openReportFolder(join(parts.dataDir, 'report'))

  const handlers: Handlers<HostCallName> = {
    'app.info': async () => {
      await state.load()
      const notice = state.notice()
      const info = typeof parts.info === 'function' ? parts.info() : parts.info
      return notice ? { ...info, notices: [notice] } : info
    },
    'state.load': () => state.load(),
    'state.save': async ({ key, value }) => {
      await state.save(key, value)
      return null
    },
    'files.pick': ({ kind }) => parts.pick?.(kind) ?? Promise.resolve(null),
    ...fileHandlers(parts.cacheDir),
    'app.notify': async (message) => parts.notify?.(message) ?? false,
    'report.load': () => report.load(),
    'report.save': async (cell) => {
      await report.save(cell)
      return null
    },
    'report.delete': async ({ id }) => {
      await report.remove(id)
      return null
    },
    'engine.state': () => Promise.resolve(engine.state()),
    'engine.restart': () => engine.restart(),
    'engine.place': () => Promise.resolve(parts.place?.current ?? null),
    'engine.use': async ({ place }) => {
      if (!parts.place) throw new UserError('Stop this server and start it with `layerscope serve --engine COMMAND`.')
      await parts.place.use(place)
      return null
    }
  }

  // The engine logs the calls that it answers.
  const answer = loggedCalls((name, input) =>
    (handlers[name as HostCallName] as (input: unknown) => Promise<unknown>)(input)
  )

  function emit(name: string, payload: unknown): void {
    for (const listener of listeners) listener(name, payload)
  }
  engine.subscribe(emit)

  return {
    async dispatch(name, input) {
      const call = parse(name, input)
      if (isHostCall(call.name) && !(parts.remote && isFileCall(call.name))) return answer(call.name, call.input)
      const output = await engine.call(call.name, call.input)
      reportOpened(call.name, call.input, parts.onOpened)
      return output
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    emit
  }
}

function parse(name: string, input: unknown): ReturnType<typeof parseCall> {
  try {
    return parseCall(name, input)
  } catch (error) {
    log.warn('call.refused', { call: String(name).slice(0, 80), ...errorFields(error) })
    throw error
  }
}

function isHostCall(name: CallName): name is HostCallName {
  return calls[name].where === 'host'
}

function reportOpened(name: CallName, input: unknown, onOpened: HostParts['onOpened']): void {
  if (name === 'model.open') onOpened?.([(input as { path: string }).path])
  else if (name === 'dataset.open') onOpened?.((input as { paths: string[] }).paths)
}
