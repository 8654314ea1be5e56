import { readFile, rename } from 'node:fs/promises'
import { UserError } from '@shared/userError'
import { atomicWrite } from '../../engine/files/atomicWrite'
import { notWritten, readableBytes } from '../../engine/files/notWritten'
import { withLock } from '../../engine/transfer/lock'
import { log } from '../../engine/log/log'

const maxValueBytes = 1 << 20

/** All settings together: the file is read and written at each change. */
const maxTotalBytes = 16 << 20

/** Writing takes milliseconds; a lock that is older was left behind. */
const lock = { pauseMs: 5, longestMs: 10_000 }

/**
 * Settings and the state of the window, one JSON file; small, so every change writes all of it. Several hosts may share
 * it: each change is merged into what is there, under a lock.
 */
export interface StateFile {
  load(): Promise<Record<string, unknown>>
  save(key: string, value: unknown): Promise<void>
  /** Resolves when everything saved so far is on disk. */
  flush(): Promise<void>
  /** A notice for the user about the file; null if there is none. */
  notice(): string | null
}

export function openStateFile(path: string): StateFile {
  let notice: string | null = null
  let queue: Promise<unknown> = Promise.resolve()

  /** @param mayMove under the lock: a damaged file is put aside */
  async function read(mayMove: boolean): Promise<Map<string, unknown>> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw new UserError(`The settings could not be read from ${path}: ${error.message}.`)
    })
    if (text === null) return new Map()
    try {
      const value: unknown = JSON.parse(text)
      if (value !== null && typeof value === 'object' && !Array.isArray(value)) return new Map(Object.entries(value))
    } catch {
      // Put aside below, like JSON of another shape.
    }
    if (!mayMove) return withLock(`${path}.lock`, () => read(true), lock)
    const aside = `${path}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`
    try {
      await rename(path, aside)
    } catch {
      notice = `The settings file ${path} is damaged and could not be put aside. Layerscope starts with its defaults.`
      return new Map()
    }
    log.warn('settings.damaged', { path, aside })
    notice = `The settings file was damaged. Layerscope starts with its defaults; the damaged file is kept as ${aside}.`
    return new Map()
  }

  // Another Layerscope may write as well: the file is read again under the lock, and replaced in one step so that no
  // reader sees half of it.
  async function write(key: string, value: unknown): Promise<void> {
    const merge = async (): Promise<void> => {
      const state = await read(true)
      state.set(key, value)
      const text = JSON.stringify(Object.fromEntries(state), null, 2)
      if (text.length > maxTotalBytes)
        throw new UserError(
          `With '${key}' the settings would take ${readableBytes(text.length)}; ` +
            `${readableBytes(maxTotalBytes)} are kept in all. Forget saved views or delete ${path}.`
        )
      atomicWrite(path, text, { mode: 0o600 })
    }
    try {
      await withLock(`${path}.lock`, merge, lock)
    } catch (error) {
      const reason = notWritten(error)
      if (reason === null) throw error
      throw new UserError(`The setting '${key}' could not be kept in ${path}: ${reason}.`, { cause: error })
    }
  }

  function afterOthers<T>(work: () => Promise<T>): Promise<T> {
    const result = queue.then(work, work)
    queue = result.catch(() => undefined)
    return result
  }

  return {
    load: () => afterOthers(async () => Object.fromEntries(await read(false))),
    save(key, value) {
      if (key === '__proto__') return Promise.reject(new UserError("A setting cannot be named '__proto__'."))
      const size = JSON.stringify(value)?.length ?? 0
      if (size > maxValueBytes) {
        return Promise.reject(
          new UserError(
            `The setting '${key}' takes ${(size / 2 ** 20).toFixed(1)} MB; settings are kept up to 1 MB each.`
          )
        )
      }
      return afterOthers(() => write(key, value))
    },
    flush: () => afterOthers(() => Promise.resolve()),
    notice: () => notice
  }
}
