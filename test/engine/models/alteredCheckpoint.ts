import { closeSync, cpSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Byte ranges of a safetensors file's tensors, counted from the beginning of the file. */
export function tensorRanges(path: string): Map<string, readonly [number, number]> {
  const bytes = readFileSync(path)
  const length = Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, { data_offsets: [number, number] }>
  return new Map(
    Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(([name, { data_offsets: offsets }]) => [name, [offsets[0] + 8 + length, offsets[1] + 8 + length]])
  )
}

/** Flips bits of one byte in place. */
export function flip(path: string, position: number, bits = 1): void {
  const file = openSync(path, 'r+')
  try {
    const byte = Buffer.alloc(1)
    readSync(file, byte, 0, 1, position)
    byte[0]! ^= bits
    writeSync(file, byte, 0, 1, position)
  } finally {
    closeSync(file)
  }
}

/**
 * A copy of a checkpoint as a partial fine-tuning leaves it: the values of some tensors are others, everything else is
 * as it was. Every value of 32 bits (or 16, by `valueBytes`) in them changes its sign.
 */
export function alteredCopy(from: string, to: string, tensors: readonly string[], valueBytes = 4): void {
  cpSync(from, to, { recursive: true })
  const path = join(to, 'model.safetensors')
  const ranges = tensorRanges(path)
  const bytes = readFileSync(path)
  for (const name of tensors) {
    const [begin, end] = ranges.get(name)!
    for (let at = begin + valueBytes - 1; at < end; at += valueBytes) bytes[at]! ^= 0x80
  }
  const file = openSync(path, 'r+')
  try {
    writeSync(file, bytes)
  } finally {
    closeSync(file)
  }
}
