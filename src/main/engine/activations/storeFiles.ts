import { readSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { UserError } from '@shared/userError'
import { cacheNotes } from '../files/cacheNotes'
import { notWritten, readableBytes } from '../files/notWritten'
import { log } from '../log/log'

/** @throws UserError where the disk has too little room; nothing is left of the new folder */
export function refuseWithoutRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  if (bytes > free * 0.95) {
    rmSync(folder, { recursive: true, force: true })
    throw new UserError(
      `The activations need ${readableBytes(bytes)} on disk, and ${folder} has ${readableBytes(free)} free. Free ` +
        'some space, take fewer words, or set LAYERSCOPE_CACHE to another disk.'
    )
  }
}

/** @throws UserError naming the folder where the file system refuses `work` */
export function sayWhere(folder: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    const reason = notWritten(error)
    if (reason === null) throw error
    throw new UserError(
      `The activations could not be written to ${folder}: ${reason}. Make room there, or set LAYERSCOPE_CACHE to ` +
        'another folder.',
      { cause: error }
    )
  }
}

/** @param path of the file that is damaged, or of the set where all of it is */
export function noteDamage(path: string): void {
  log.warn('activations.damaged', { path })
  cacheNotes.set(path, `The word vectors stored in ${path} were damaged. They were computed again.`)
}

export function changedMeanwhile(folder: string, cause?: unknown): UserError {
  return new UserError(
    `The activations in ${folder} were deleted or changed while they were read. Run this again: what is missing is ` +
      'computed again.',
    { cause }
  )
}

export function writeFully(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done)
}

export function readFully(descriptor: number, bytes: Uint8Array, position: number, folder: string): void {
  for (let done = 0; done < bytes.length;) {
    const got = readSync(descriptor, bytes, done, Math.min(bytes.length - done, 1 << 30), position + done)
    if (got === 0) throw changedMeanwhile(folder)
    done += got
  }
}
