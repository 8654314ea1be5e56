import { log } from '../log/log'
import { cacheNotes } from './cacheNotes'

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EROFS: 'it is on a read-only file system',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  ENOTDIR: 'a file is where a folder has to be',
  EEXIST: 'a file is where a folder has to be',
  ELOOP: 'its links lead in a circle',
  EIO: 'the disk reports an error',
  ENAMETOOLONG: 'the name is too long for the file system'
}

/**
 * Why a folder or file could not be written, as the end of a sentence; null where the error is not of the file system.
 */
export function notWritten(error: unknown): string | null {
  const { code } = error as NodeJS.ErrnoException
  return (typeof code === 'string' && reasons[code]) || null
}

/** 1,536 is '1.54 kB': enough digits that no number that is not 0 is shown as 0. */
export function readableBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`
}

/**
 * Keeps what only saves time later. A folder that cannot be written loses no work: there is a line in the log and a
 * note, and the work goes on.
 * @throws whatever is not the file system's fault
 */
export function keepIfPossible(folder: string, work: () => void): void {
  try {
    work()
    cacheNotes.delete(folder)
  } catch (error) {
    const reason = notWritten(error)
    if (reason === null) throw error
    log.warn('cache.unwritable', { folder, reason })
    cacheNotes.set(
      folder,
      `What saves time later could not be kept in ${folder}: ${reason}. No result is lost; make room there, or set ` +
        'LAYERSCOPE_CACHE to another folder.'
    )
  }
}
