import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '@shared/userError'
import { log } from '../../engine/log/log'

const maxValueBytes = 1 << 20

/** Settings and the state of the window, one JSON file; small, so every change writes all of it. */
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

  async function read(): Promise<Map<string, unknown>> {
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
    const aside = `${path}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`
    await rename(path, aside)
    log.warn('settings.damaged', { path, aside })
    notice = `The settings file was damaged. Layerscope starts with its defaults; the damaged file is kept as ${aside}.`
    return new Map()
  }

  // Another Layerscope may have written since: the file is read again, and replaced in one step so that no reader sees
  // half of it.
  async function write(key: string, value: unknown): Promise<void> {
    const state = await read()
    state.set(key, value)
    await mkdir(dirname(path), { recursive: true })
    const partial = `${path}.${process.pid}.partial`
    await writeFile(partial, JSON.stringify(Object.fromEntries(state), null, 2), { mode: 0o600 })
    await rename(partial, path)
  }

  function afterOthers<T>(work: () => Promise<T>): Promise<T> {
    const result = queue.then(work, work)
    queue = result.catch(() => undefined)
    return result
  }

  return {
    load: () => afterOthers(async () => Object.fromEntries(await read())),
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
