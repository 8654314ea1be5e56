/** One file inside an archive. */
export interface ZipMember {
  name: string
  /** 0 stored, 8 deflated. */
  method: number
  encrypted: boolean
  compressedSize: number
  size: number
  headerOffset: number
}

/** Where an archive's directory is. */
export interface ZipDirectory {
  count: number
  size: number
  offset: number
}

const endSignature = 0x06054b50
const entrySignature = 0x02014b50
const locatorSignature = 0x07064b50
const end64Signature = 0x06064b50
const endSize = 22
const entrySize = 46

/** Bytes before a member's name in its own header, and the number that header begins with. */
export const localHeader = { size: 30, signature: 0x04034b50 } as const
/** Bytes of the record that `zip64DirectoryAt` points to. */
export const end64Size = 56
/** The end of an archive lies within its last bytes: a record, and a comment of at most 65,535 bytes. */
export const largestTail = endSize + 0xffff + 20

/**
 * The directory as the end of an archive gives it (PKWARE APPNOTE 6.3.3, section 4.3.16).
 * @param tail the archive's last bytes, `largestTail` of them or all
 * @returns null if there is none; `zip64At` is where the record of a larger archive lies, null in a plain one
 */
export function findZipDirectory(tail: Buffer): { directory: ZipDirectory; zip64At: number | null } | null {
  let at = tail.length - endSize
  while (at >= 0 && tail.readUInt32LE(at) !== endSignature) at--
  if (at < 0) return null
  const directory = {
    count: tail.readUInt16LE(at + 10),
    size: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16)
  }
  const locator = at - 20
  const hasLocator = locator >= 0 && tail.readUInt32LE(locator) === locatorSignature
  return { directory, zip64At: hasLocator ? Number(tail.readBigUInt64LE(locator + 8)) : null }
}

/** A plain end record that says its numbers did not fit. */
export function needsZip64({ count, size, offset }: ZipDirectory): boolean {
  return count === 0xffff || size === 0xffffffff || offset === 0xffffffff
}

/**
 * The directory as the record of a zip64 archive gives it (section 4.3.14); null where the bytes are no such record.
 */
export function readZip64End(record: Buffer): ZipDirectory | null {
  if (record.length < end64Size || record.readUInt32LE(0) !== end64Signature) return null
  return {
    count: Number(record.readBigUInt64LE(32)),
    size: Number(record.readBigUInt64LE(40)),
    offset: Number(record.readBigUInt64LE(48))
  }
}

/** Entries of a directory in their order (section 4.3.12); null where it is damaged. */
export function readZipEntries(directory: Buffer, count: number): ZipMember[] | null {
  const members: ZipMember[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + entrySize > directory.length || directory.readUInt32LE(at) !== entrySignature) return null
    const nameLength = directory.readUInt16LE(at + 28)
    const extraLength = directory.readUInt16LE(at + 30)
    const extraAt = at + entrySize + nameLength
    const next = extraAt + extraLength + directory.readUInt16LE(at + 32)
    if (next > directory.length) return null
    const member = {
      name: directory.toString('utf8', at + entrySize, extraAt),
      method: directory.readUInt16LE(at + 10),
      encrypted: (directory.readUInt16LE(at + 8) & 1) === 1,
      compressedSize: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      headerOffset: directory.readUInt32LE(at + 42)
    }
    if (!widen(member, directory.subarray(extraAt, extraAt + extraLength))) return null
    members.push(member)
    at = next
  }
  return members
}

/** Numbers that did not fit are in an extra field, in this order and only those (section 4.5.3). */
function widen(member: ZipMember, extra: Buffer): boolean {
  const wide = (['size', 'compressedSize', 'headerOffset'] as const).filter((field) => member[field] === 0xffffffff)
  if (!wide.length) return true
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    if (extra.readUInt16LE(at + 2) < 8 * wide.length || at + 4 + 8 * wide.length > extra.length) return false
    wide.forEach((field, i) => (member[field] = Number(extra.readBigUInt64LE(at + 4 + 8 * i))))
    return true
  }
  return false
}
