import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { atomicWrite } from '../files/atomicWrite'

/** One field of a small JSON file, which the engine reads when it starts; null where there is none. */
export function keptSetting(path: string, field: string): string | null {
  try {
    const value = (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)[field]
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}

/** Null forgets it. */
export function keepSetting(path: string, field: string, value: string | null): void {
  if (value === null) {
    rmSync(path, { force: true })
    return
  }
  mkdirSync(dirname(path), { recursive: true })
  atomicWrite(path, JSON.stringify({ [field]: value }))
}
