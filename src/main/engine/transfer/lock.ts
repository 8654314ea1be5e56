import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Locks that this process holds or is about to take: a number in the file alone would not tell an earlier process that
 * had the same one.
 */
const ours = new Set<string>()

/**
 * Runs `work` while holding a lock file, so that two programs do not do it at once. Waits for another holder that is
 * alive; takes the lock from one that has died.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { onWait?: () => void; signal?: AbortSignal } = {}
): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  let told = false
  while (!(await take(path))) {
    if (!told) options.onWait?.()
    told = true
    await pause(300, undefined, { signal: options.signal })
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
    ours.delete(path)
  }
}

async function take(path: string): Promise<boolean> {
  if (ours.has(path)) return false
  ours.add(path)
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' })
      return true
    } catch (error) {
      const holder = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await holderOf(path) : 'unknown'
      if (holder === 'dead') await rm(path, { force: true })
      else if (holder !== 'gone') {
        ours.delete(path)
        if (holder === 'unknown') throw error
        return false
      }
    }
  }
}

async function holderOf(path: string): Promise<'alive' | 'dead' | 'gone'> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return 'gone'
  if (text === '') {
    // Made, but not yet written: alive unless it has stayed so.
    const made = await stat(path).then(
      (info) => info.mtimeMs,
      () => 0
    )
    return Date.now() - made < 10_000 ? 'alive' : 'dead'
  }
  const holder = Number(text)
  if (holder === process.pid) return 'dead'
  try {
    process.kill(holder, 0)
    return 'alive'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : 'dead'
  }
}
