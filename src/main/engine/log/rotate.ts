import { closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs'

/** A lock this old, in milliseconds, was left by a process that was killed. */
const staleLockMs = 10_000

/**
 * Puts a full log file aside: it becomes the second, the second the third, the oldest is lost. Processes that append
 * reopen the file for each line, so none writes to a file that was put aside for longer than a line.
 * @param paths the files, the newest first
 * @param fileBytes nothing happens where another process put the file aside in the meantime
 */
export function rotate(paths: readonly string[], fileBytes: number): void {
  const lock = `${paths[0]}.lock`
  if (!take(lock)) return
  try {
    if (sizeOf(paths[0]!) <= fileBytes) return
    for (let age = paths.length - 1; age > 0; age--) {
      if (sizeOf(paths[age - 1]!) >= 0) renameSync(paths[age - 1]!, paths[age]!)
    }
  } finally {
    rmSync(lock, { force: true })
  }
}

/** False if another process is rotating; an old lock is removed for the next attempt. */
function take(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx', 0o600))
    return true
  } catch {
    const info = statSync(lock, { throwIfNoEntry: false })
    if (info && Date.now() - info.mtimeMs > staleLockMs) rmSync(lock, { force: true })
    return false
  }
}

/** In bytes; -1 where there is no file. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1
}
