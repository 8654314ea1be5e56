import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, open, rename, rm, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { UserError } from '@shared/userError'

export interface DownloadOptions {
  url: string
  /** Lower-case hexadecimal. */
  sha256: string
  /** Where the finished file lies; `target + '.part'` holds what has come so far and survives a kill. */
  target: string
  onProgress: (done: number, total: number) => void
  signal?: AbortSignal
  /** Attempts without a single new byte before giving up. */
  attempts?: number
  /** Milliseconds before the first new attempt; doubled by each one. */
  pauseMilliseconds?: number
}

/**
 * Fetches one file, continuing where an earlier attempt or an earlier run stopped, and accepts it only with the right hash.
 * A wrong hash deletes the file, so that the next run starts afresh.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { url, target, sha256, signal, attempts = 4, pauseMilliseconds = 500 } = options
  const part = `${target}.part`
  if (await sizeOf(target) > 0) {
    // Finished by an earlier run that was ended before it could use it.
    await verify(target, sha256, url)
    return
  }
  if (url.startsWith('file:')) {
    await copyFile(fileURLToPath(url), part)
  } else {
    let failures = 0
    for (;;) {
      const before = await sizeOf(part)
      try {
        await fetchRest(options, part, before)
        break
      } catch (error) {
        if (signal?.aborted) throw error
        const after = await sizeOf(part)
        failures = after > before ? 0 : failures + 1
        if (failures >= attempts || error instanceof RefusedByServer) throw error
        await pause(pauseMilliseconds * 2 ** failures, undefined, { signal })
      }
    }
  }
  await verify(part, sha256, url)
  await rm(target, { force: true })
  await rename(part, target)
}

/** The server answered, and the answer will not change by asking again. */
class RefusedByServer extends Error {}

async function fetchRest(options: DownloadOptions, part: string, have: number): Promise<void> {
  const { url, onProgress, signal } = options
  const response = await fetch(url, { headers: have > 0 ? { Range: `bytes=${have}-` } : {}, signal: signal ?? null })
  // 416: everything is here already; the hash decides whether it is right.
  if (response.status === 416 && have > 0) return
  if (response.status >= 400 && response.status < 500 && response.status !== 408 && response.status !== 429) {
    throw new RefusedByServer(`the server answered ${response.status} ${response.statusText}`.trim())
  }
  if (!response.ok || !response.body) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim())

  const resumed = response.status === 206
  const start = resumed ? have : 0
  const length = Number(response.headers.get('content-length') ?? 0)
  const total = length > 0 ? start + length : 0
  let done = start
  const file = await open(part, resumed ? 'a' : 'w')
  try {
    for await (const chunk of response.body) {
      await file.write(chunk)
      done += chunk.length
      onProgress(done, total)
      signal?.throwIfAborted()
    }
  } finally {
    await file.close()
  }
  if (total > 0 && done < total) throw new Error('the connection was cut')
}

/** Refuses a file whose SHA-256 is not the expected one, and deletes it. */
export async function verify(path: string, sha256: string, source: string): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  const actual = hash.digest('hex')
  if (actual === sha256) return
  await rm(path, { force: true })
  throw new UserError(
    `The file from ${source} has the SHA-256 ${actual} instead of ${sha256}: it was damaged or changed on its way and has been deleted. ` +
    'Run the setup again.'
  )
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then((info) => info.size, () => 0)
}
