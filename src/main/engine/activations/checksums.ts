import { closeSync, openSync, readSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { isSettled, stampOf } from '../files/contentHash'
import { changedMeanwhile } from './storeFiles'

/** The rows of one chunk of words, and the CRC-32 of their bytes in the file of every layer. */
export interface ChunkSums {
  /** Sentences [first, last) and words [row, row + words) of the chunk. */
  first: number
  last: number
  row: number
  words: number
  /** CRC-32 per layer, of the bytes as they are stored. */
  crc: readonly number[]
}

/** Where in a file a chunk's rows are, and the sum that they have to have. */
export interface StoredPart {
  position: number
  bytes: number
  crc: number
}

/** Bytes read at a time: they stay in the processor's cache between reading and summing. */
const pieceBytes = 1 << 18

/**
 * Files whose parts all had their sums, by the stamp that they had then: whoever writes to a file changes its stamp, so
 * a file is read only once more per process.
 */
const intact = new Map<string, string>()

/**
 * The first part of a file that does not have its sum; -1 where all do.
 * @param parts in the order in which they are in the file
 * @param between called after each part, so that other work gets its turn
 * @throws UserError where the file is gone
 */
export async function firstDamaged(
  path: string,
  parts: readonly StoredPart[],
  between: () => Promise<void>
): Promise<number> {
  const { stamp, descriptor } = opened(path)
  const state = `${stamp} ${parts.length}`
  try {
    if (intact.get(path) === state) return -1
    for (const [index, { position, bytes, crc }] of parts.entries()) {
      if (sumOf(descriptor, position, bytes) !== crc) return index
      await between()
    }
  } finally {
    closeSync(descriptor)
  }
  if (isSettled(stamp)) intact.set(path, state)
  return -1
}

function opened(path: string): { stamp: string; descriptor: number } {
  try {
    return { stamp: stampOf(path), descriptor: openSync(path, 'r') }
  } catch (error) {
    throw changedMeanwhile(dirname(path), error)
  }
}

/** Sum of bytes of an open file; what is behind its end counts as missing. */
function sumOf(descriptor: number, position: number, bytes: number): number {
  const buffer = Buffer.allocUnsafe(Math.min(bytes, pieceBytes))
  let sum = 0
  for (let done = 0; done < bytes;) {
    const got = readSync(descriptor, buffer, 0, Math.min(buffer.length, bytes - done), position + done)
    if (got === 0) break
    sum = crc32(buffer.subarray(0, got), sum)
    done += got
  }
  return sum
}
