import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { atomicWrite } from '../files/atomicWrite'
import { log } from '../log/log'
import { readJson } from './runFolder'

/**
 * Folders of runs that were started or looked at by commands on this machine, a small file each. Only these are shown
 * in the window and resumed from it, since a plan says which programs are started.
 */
export class KnownRuns {
  constructor(private readonly folder: string) {}

  /** A folder that cannot be written only leaves the run out of the window. */
  add(path: string): void {
    try {
      mkdirSync(this.folder, { recursive: true })
      atomicWrite(this.place(path), JSON.stringify({ path: resolve(path) }))
    } catch (error) {
      log.warn('run.notRemembered', { path, message: (error as Error).message })
    }
  }

  forget(path: string): void {
    rmSync(this.place(path), { force: true })
  }

  has(path: string): boolean {
    return readJson(this.place(path)) !== null
  }

  list(): string[] {
    let names: string[]
    try {
      names = readdirSync(this.folder)
    } catch {
      return []
    }
    return names.flatMap((name) => {
      const kept = name.endsWith('.json') ? (readJson(join(this.folder, name)) as { path?: unknown } | null) : null
      return typeof kept?.path === 'string' ? [kept.path] : []
    })
  }

  private place(path: string): string {
    const hash = createHash('sha256').update(resolve(path)).digest('hex')
    return join(this.folder, `${hash.slice(0, 16)}.json`)
  }
}
