import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Writes a folder complete or not at all: it is written beside its place, and gets its name last. Nothing is left where
 * it fails.
 * @param write is given the unfinished folder
 * @throws what `write` and the file system throw; where there is something at the path already
 */
export function atomicFolder(path: string, write: (unfinished: string) => void): void {
  const unfinished = `${path}.${process.pid}-${randomUUID().slice(0, 8)}.new`
  try {
    mkdirSync(dirname(path), { recursive: true })
    mkdirSync(unfinished)
    write(unfinished)
    renameSync(unfinished, path)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    throw error
  }
}
