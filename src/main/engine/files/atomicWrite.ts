import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'

export interface AtomicWriteOptions {
  /** Permissions of the file; what the system sets when left out. */
  mode?: number
  /** Waits until the content is on the disk: for what cannot be made again and must survive a power cut. */
  durable?: boolean
}

/**
 * Writes a file whole or not at all: readers see the old content or the new. The name of the temporary file beside it
 * is unique, so processes that write the same file at once do not mix; the last one wins. Nothing is left where it
 * fails.
 * @param content what it holds, or what writes it to the open file
 * @throws what the file system throws
 */
export function atomicWrite(
  path: string,
  content: string | Uint8Array | ((file: number) => void),
  options: AtomicWriteOptions = {}
): void {
  const unfinished = `${path}.${process.pid}-${randomUUID().slice(0, 8)}.new`
  try {
    const file = openSync(unfinished, 'wx', options.mode)
    try {
      if (typeof content === 'function') content(file)
      else writeFileSync(file, content)
      if (options.durable) fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(unfinished, path)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
}
