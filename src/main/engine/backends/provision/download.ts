import { copyFile, rename, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { UserError } from '@shared/userError'
import { fileHash } from '../../files/fileHash'
import { resume, sizeOf } from '../../transfer/resume'

export interface DownloadOptions {
  url: string
  /** Lower-case hexadecimal. */
  sha256: string
  /** Bytes, where they are known beforehand. */
  size?: number
  /** Path of the finished file; `target + '.part'` holds the bytes so far and survives a kill. */
  target: string
  onProgress: (done: number, total: number) => void
  signal?: AbortSignal
  /** Attempts without a single new byte before giving up. */
  attempts?: number
  /** Milliseconds before the first new attempt; doubled by each one. */
  pauseMilliseconds?: number
}

/**
 * Fetches one file, continuing where an earlier attempt or an earlier run stopped, and accepts it only with the right
 * hash. A wrong hash deletes the file, so that the next run starts afresh.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { url, target, sha256, onProgress, signal, attempts, pauseMilliseconds } = options
  const part = `${target}.part`
  if ((await sizeOf(target)) > 0) {
    // Finished by an earlier run that ended before it could use it.
    await verify(target, sha256, url)
    return
  }
  if (url.startsWith('file:')) {
    await copyFile(fileURLToPath(url), part)
  } else {
    const request = (have: number, etag: string | null, connection: AbortSignal): Promise<Response> =>
      fetch(url, {
        headers: have > 0 ? { Range: `bytes=${have}-`, ...(etag && { 'If-Range': etag }) } : {},
        signal: connection
      })
    await resume({ part, request, onProgress, signal, attempts, pauseMilliseconds })
  }
  if (options.size !== undefined) await verifySize(part, options.size, url)
  await verify(part, sha256, url)
  await rm(target, { force: true })
  await rename(part, target)
}

async function verifySize(path: string, expected: number, source: string): Promise<void> {
  const size = await sizeOf(path)
  if (size === expected) return
  await rm(path, { force: true })
  throw new UserError(
    `${source} has ${size} bytes instead of ${expected}: most likely another file or an error page was sent in its ` +
      'place. It has been deleted.'
  )
}

/** Refuses a file whose SHA-256 is not the expected one, and deletes it. */
export async function verify(path: string, sha256: string, source: string): Promise<void> {
  const actual = await fileHash(path, 'sha256')
  if (actual === sha256) return
  await rm(path, { force: true })
  throw new UserError(
    `The file from ${source} has the SHA-256 ${actual} instead of ${sha256}: it was damaged or changed in ` +
      'transit and has been deleted. Run the setup again.'
  )
}
