import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isAlive } from '../processes/isAlive'

/**
 * Locks that this process holds or is about to take: a number in the file alone would not distinguish an earlier
 * process that had the same one.
 */
const ours = new Set<string>()

export interface LockOptions {
  onWait?: () => void
  signal?: AbortSignal
  /** Time between two attempts. */
  pauseMs?: number
  /** No work takes so long: an older lock was left by a process that died, even if its number is used again. */
  longestMs?: number
}

/**
 * Runs `work` while holding a lock file, so that two programs do not do it at once. Waits for another holder that is
 * alive; takes the lock from one that has died.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  let reported = false
  while (!(await take(path, options.longestMs ?? Infinity))) {
    if (!reported) options.onWait?.()
    reported = true
    await pause(options.pauseMs ?? 300, undefined, { signal: options.signal })
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
    ours.delete(path)
  }
}

async function take(path: string, longestMs: number): Promise<boolean> {
  if (ours.has(path)) return false
  ours.add(path)
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' })
      return true
    } catch (error) {
      const holder = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await holderOf(path, longestMs) : 'unknown'
      if (holder === 'dead') await rm(path, { force: true })
      else if (holder !== 'gone') {
        ours.delete(path)
        if (holder === 'unknown') throw error
        return false
      }
    }
  }
}

async function holderOf(path: string, longestMs: number): Promise<'alive' | 'dead' | 'gone'> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return 'gone'
  const made = await stat(path).then(
    (info) => info.mtimeMs,
    () => null
  )
  if (made === null) return 'gone'
  const age = Date.now() - made
  if (age > longestMs) return 'dead'
  // Made, but not yet written: alive unless it has stayed so.
  if (text === '') return age < 10_000 ? 'alive' : 'dead'
  const holder = Number(text)
  if (holder === process.pid) return 'dead'
  return isAlive(holder) ? 'alive' : 'dead'
}
