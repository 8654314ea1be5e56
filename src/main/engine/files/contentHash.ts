import { realpathSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { UserError } from '@shared/userError'
import { cacheDir } from '../paths'
import { fileHash } from './fileHash'
import { HashTable } from './hashTable'

/** Smaller files are read every time: that is as fast as remembering them. */
const worthRemembering = 1 << 20

/**
 * A file that is written twice within the resolution of the disk's clock (2 s on FAT, 1 s on some network disks) keeps
 * its stamp: the hash of a file that was only just written is not remembered. git does the same with its index ("racy
 * git").
 */
const settledMilliseconds = 2000

/** How often a file that changes while it is read is read again. */
const attempts = 3

const tables = new Map<string, HashTable>()
const underWay = new Map<string, Promise<string>>()

/**
 * SHA-256 of a file's bytes, in lower-case hexadecimal. The hash of a large file is remembered on disk by its real path
 * and its stamp, so weights are hashed once per machine, not at every start.
 * @throws UserError for a file that keeps changing
 */
export function contentHash(path: string): Promise<string> {
  const file = realpathSync(path)
  const key = `${file} ${stampOf(file)}`
  const hash = underWay.get(key) ?? findOrRead(file).finally(() => underWay.delete(key))
  underWay.set(key, hash)
  return hash
}

/**
 * What differs when a file's content was changed, without reading it: inode, size, and the times of the last change of
 * content and of inode. The latter cannot be set by a program, so content that was replaced under a restored
 * modification time is noticed too.
 */
export function stampOf(path: string): string {
  const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
  return [ino, size, mtimeNs, ctimeNs].join(' ')
}

/** Whether a file's last change is so long ago that another would give it another stamp. */
export function isSettled(stamp: string): boolean {
  const [modified = 0, changed = 0] = stamp.split(' ').slice(2).map(Number)
  return Date.now() - Math.max(modified, changed) / 1e6 > settledMilliseconds
}

async function findOrRead(file: string): Promise<string> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const stamp = stampOf(file)
    const { size } = statSync(file)
    const remembered = size < worthRemembering ? undefined : table().find(file, stamp)
    if (remembered !== undefined) return remembered
    const settled = isSettled(stamp)
    const sha256 = await fileHash(file, 'sha256')
    if (stampOf(file) !== stamp) continue
    if (settled && size >= worthRemembering) table().add(file, { stamp, sha256 })
    return sha256
  }
  throw new UserError(`${basename(file)} changes while it is read (${file}); open it once it is complete.`)
}

/** The table of the cache folder, which a test may move. */
function table(): HashTable {
  const path = join(cacheDir(), 'hashes.json')
  const table = tables.get(path) ?? new HashTable(path)
  tables.set(path, table)
  return table
}
