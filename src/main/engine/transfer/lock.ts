import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { log } from '../log/log'
import { isAlive } from '../processes/isAlive'
import { processSpace } from '../processes/processSpace'

/** What a lock says of its holder: the number of the process, and where that number has a meaning. */
const self = `${process.pid} ${processSpace()}`

/**
 * Locks that this process holds or is about to take: a number in the file alone would not distinguish an earlier
 * process that had the same one.
 */
const ours = new Set<string>()

/** A holder shows this often that it is alive, in milliseconds: its number says nothing on another machine. */
const heartbeat = 20_000
/** Without a sign for this long, a holder on another machine is dead, in milliseconds. */
const silence = 5 * 60_000

export interface LockOptions {
  onWait?: () => void
  signal?: AbortSignal
  /** Time between two attempts. */
  pauseMs?: number
  /** No work takes so long: an older lock was left by a process that died, even if its number is used again. */
  longestMs?: number
}

/**
 * Runs `work` while holding a lock file, so that two programs do not do it at once, also on two machines that share a
 * disk. Waits for another holder that is alive; takes the lock from one that has died.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  let reported = false
  while (!(await take(path, options.longestMs ?? Infinity))) {
    if (!reported) options.onWait?.()
    reported = true
    await pause(options.pauseMs ?? 300, undefined, { signal: options.signal })
  }
  const alive = setInterval(() => void showAlive(path), heartbeat).unref()
  try {
    return await work()
  } finally {
    clearInterval(alive)
    // After a long silence, another process may have it.
    if ((await readFile(path, 'utf8').catch(() => null)) === self) await rm(path, { force: true })
    ours.delete(path)
  }
}

async function showAlive(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch((error: unknown) => log.debug('lock.gone', { path, error: String(error) }))
}

async function take(path: string, longestMs: number): Promise<boolean> {
  if (ours.has(path)) return false
  ours.add(path)
  for (;;) {
    try {
      await writeFile(path, self, { flag: 'wx' })
      return true
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const holder = code === 'EEXIST' ? await holderOf(path, longestMs) : 'unknown'
      // On a full disk a file is made, but nothing can be written to it.
      if (code === 'ENOSPC' || code === 'EDQUOT') await rm(path, { force: true })
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
  const [holder, space = processSpace()] = text.split(' ')
  if (space !== processSpace()) return age < silence ? 'alive' : 'dead'
  if (Number(holder) === process.pid) return 'dead'
  return isAlive(Number(holder)) ? 'alive' : 'dead'
}
