import { randomUUID } from 'node:crypto'
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isAlive } from '../processes/isAlive'
import { processSpace } from '../processes/processSpace'

/** Folders that this process writes to now. */
const written = new Set<string>()

/** A process on another machine that wrote nothing for so long is taken for dead, in milliseconds. */
const silence = 60 * 60_000

/**
 * Where a set is written before it is complete: beside its place, under a name that says by whom. No two processes
 * write to one folder, so no one reads what another is writing.
 */
export function newBuildFolder(place: string): string {
  const folder = `${place}.${process.pid}-${processSpace()}-${randomUUID().slice(0, 8)}.building`
  written.add(folder)
  return folder
}

/**
 * Takes over what a process that has ended left unfinished, under a name of this process: of several that try, one
 * succeeds.
 * @returns the folder; null where there is none to take over
 */
export function takeOver(place: string): string | null {
  for (const left of buildFolders(place).filter(isLeft)) {
    const folder = newBuildFolder(place)
    if (moved(left, folder)) return folder
    written.delete(folder)
  }
  return null
}

/** Another run, of this or another process, may go on with the folder. */
export function release(folder: string): void {
  written.delete(folder)
}

/** Removes what ended processes left unfinished of a set that is complete now. */
export function clearLeft(place: string): void {
  for (const left of buildFolders(place).filter(isLeft)) rmSync(left, { recursive: true, force: true })
}

/** Renames a folder in one step. @returns false where it is gone, or something has the name */
export function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    // Windows reports a name that is taken as EPERM.
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

function buildFolders(place: string): string[] {
  try {
    const start = `${basename(place)}.`
    return readdirSync(dirname(place))
      .filter((name) => name.startsWith(start) && name.endsWith('.building'))
      .sort()
      .map((name) => join(dirname(place), name))
  } catch {
    return []
  }
}

/** Whether nobody writes to a folder any more. */
function isLeft(folder: string): boolean {
  const [pid, space] = folder.split('.').at(-2)!.split('-')
  if (space !== processSpace()) return Date.now() - lastWritten(folder) > silence
  return Number(pid) === process.pid ? !written.has(folder) : !isAlive(Number(pid))
}

function lastWritten(folder: string): number {
  try {
    return Math.max(0, ...readdirSync(folder).map((name) => statSync(join(folder, name)).mtimeMs))
  } catch {
    // Another process took it over meanwhile.
    return Date.now()
  }
}
