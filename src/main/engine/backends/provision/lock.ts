import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Runs `work` while holding a lock file, so that two starts do not provision at once. Waits for another holder that is alive; takes the
 * lock from one that has died.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, options: { onWait?: () => void; signal?: AbortSignal } = {}): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  let told = false
  while (!(await take(path))) {
    if (!(await holderAlive(path))) {
      await rm(path, { force: true })
      continue
    }
    if (!told) options.onWait?.()
    told = true
    await pause(300, undefined, { signal: options.signal })
  }
  held.add(path)
  try {
    return await work()
  } finally {
    held.delete(path)
    await rm(path, { force: true })
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Locks of this process: a number alone would not tell an earlier process that had the same one. */
const held = new Set<string>()

async function holderAlive(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return false
  if (text === '') {
    // Made, but not yet written: alive unless it has stayed so.
    const made = await stat(path).then((info) => info.mtimeMs, () => 0)
    return Date.now() - made < 10_000
  }
  const holder = Number(text)
  if (holder === process.pid) return held.has(path)
  try {
    process.kill(holder, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
