import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** Hash of a file's bytes after `prefix`, in lower-case hexadecimal. */
export async function fileHash(
  path: string,
  algorithm: 'sha256' | 'sha1',
  options: { prefix?: string; signal?: AbortSignal } = {}
): Promise<string> {
  const hash = createHash(algorithm).update(options.prefix ?? '')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal: options.signal }))
    hash.update(chunk as Buffer)
  return hash.digest('hex')
}
