import { open, type FileHandle } from 'node:fs/promises'
import { UserError } from '@shared/userError'

/** What the loader reads in a shared library of Linux. */
export interface ElfDynamic {
  soname: string | null
  /** Names of the libraries it is linked with. */
  needed: string[]
  /** Folders to look in, as they are written (`$ORIGIN` is the library's own folder). */
  searchPaths: string[]
}

// System V ABI, gABI 4.1: chapters 4 (ELF header) and 5 (program header, dynamic section).
const segment = { load: 1, dynamic: 2 }
const tag = { end: 0n, needed: 1n, stringTable: 5n, stringSize: 10n, soname: 14n, rpath: 15n, runpath: 29n }

/**
 * Reads the dynamic section of a 64-bit little-endian ELF file.
 * @throws UserError for anything else, and for one that is cut off
 */
export async function readElf(path: string): Promise<ElfDynamic> {
  const file = await open(path, 'r')
  try {
    const header = await readAt(file, path, 0, 64)
    if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1)
      throw new UserError(`${path} is not a library for 64-bit Linux.`)
    const segments = await readSegments(file, path, header)
    const dynamic = segments.find(({ type }) => type === segment.dynamic)
    if (!dynamic) return { soname: null, needed: [], searchPaths: [] }
    const entries = readEntries(await readAt(file, path, dynamic.offset, dynamic.size))
    const strings = await readStrings(file, path, segments, entries)
    const all = (wanted: bigint): string[] =>
      entries.filter(([name]) => name === wanted).map(([, at]) => strings(Number(at)))
    const paths = all(tag.runpath)
    return {
      soname: all(tag.soname)[0] ?? null,
      needed: all(tag.needed),
      // A run path replaces the older kind.
      searchPaths: (paths.length > 0 ? paths : all(tag.rpath)).flatMap((list) => list.split(':')).filter(Boolean)
    }
  } finally {
    await file.close()
  }
}

interface Segment {
  type: number
  offset: number
  address: bigint
  size: number
}

async function readSegments(file: FileHandle, path: string, header: Buffer): Promise<Segment[]> {
  const [start, size, count] = [Number(header.readBigUInt64LE(32)), header.readUInt16LE(54), header.readUInt16LE(56)]
  const table = await readAt(file, path, start, size * count)
  return Array.from({ length: count }, (_, i) => {
    const entry = table.subarray(i * size, (i + 1) * size)
    return {
      type: entry.readUInt32LE(0),
      offset: Number(entry.readBigUInt64LE(8)),
      address: entry.readBigUInt64LE(16),
      size: Number(entry.readBigUInt64LE(32))
    }
  })
}

type Entry = readonly [tag: bigint, value: bigint]

function readEntries(section: Buffer): Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at + 16 <= section.length; at += 16) {
    const name = section.readBigUInt64LE(at)
    if (name === tag.end) break
    entries.push([name, section.readBigUInt64LE(at + 8)])
  }
  return entries
}

/** Strings are few and the table of TensorFlow has 80 MB: each is read by itself. */
async function readStrings(
  file: FileHandle,
  path: string,
  segments: readonly Segment[],
  entries: readonly Entry[]
): Promise<(at: number) => string> {
  const value = (wanted: bigint): bigint => entries.find(([name]) => name === wanted)?.[1] ?? 0n
  const address = value(tag.stringTable)
  const size = Number(value(tag.stringSize))
  const holder = segments.find(
    (part) => part.type === segment.load && address >= part.address && address < part.address + BigInt(part.size)
  )
  if (!holder) throw new UserError(`${path} is damaged: its table of names is in no part of it.`)
  const start = holder.offset + Number(address - holder.address)
  // The run path of TensorFlow with CUDA has 30 kB: it repeats itself.
  const longest = 1 << 20
  const texts = new Map<number, string>()
  for (const [name, at] of entries) {
    if (name !== tag.needed && name !== tag.soname && name !== tag.rpath && name !== tag.runpath) continue
    const offset = Number(at)
    if (offset >= size) throw new UserError(`${path} is damaged: a name lies outside its table.`)
    const bytes = await readAt(file, path, start + offset, Math.min(longest, size - offset))
    const end = bytes.indexOf(0)
    texts.set(offset, bytes.toString('utf8', 0, end < 0 ? bytes.length : end))
  }
  return (at) => texts.get(at) ?? ''
}

async function readAt(file: FileHandle, path: string, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await file.read(bytes, 0, length, offset)
  if (bytesRead < length) throw new UserError(`${path} is damaged: it ends too early.`)
  return bytes
}
