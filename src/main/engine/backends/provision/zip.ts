import { open, mkdir, type FileHandle } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { dirname } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw, inflateRawSync } from 'node:zlib'
import { UserError } from '@shared/userError'
import {
  findZipDirectory,
  largestTail,
  localHeader,
  needsZip64,
  readZipEntries,
  type ZipMember
} from '../../files/zipDirectory'

/**
 * Reads members of a zip file one by one without holding the archive in memory (PKWARE APPNOTE 6.3.3, section 4.3.7).
 * Wheels stay under 4 GiB, so zip64 is refused rather than supported.
 */
export class ZipReader {
  private constructor(
    private readonly file: FileHandle,
    readonly path: string,
    readonly members: ReadonlyMap<string, ZipMember>
  ) {}

  static async open(path: string): Promise<ZipReader> {
    const file = await open(path, 'r')
    try {
      return new ZipReader(file, path, await readDirectory(file, path))
    } catch (error) {
      await file.close()
      throw error
    }
  }

  close(): Promise<void> {
    return this.file.close()
  }

  /** Reads the whole of a small member. */
  async read(name: string): Promise<Buffer> {
    const member = this.member(name)
    const bytes = await readExactly(this.file, await this.dataOffset(member), member.compressedSize, this.path)
    return member.method === 0 ? bytes : inflateRawSync(bytes)
  }

  /** Writes a member to a file, reporting bytes written as they come. */
  async extract(name: string, target: string, onBytes: (bytes: number) => void, signal?: AbortSignal): Promise<void> {
    const member = this.member(name)
    await mkdir(dirname(target), { recursive: true })
    const start = await this.dataOffset(member)
    const source = Readable.from(chunks(this.file, start, member.compressedSize, this.path))
    let written = 0
    const counter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        written += chunk.length
        onBytes(chunk.length)
        done(null, chunk)
      }
    })
    const sink = createWriteStream(target, { mode: 0o644 })
    if (member.method === 0) await pipeline(source, counter, sink, { signal })
    else await pipeline(source, createInflateRaw({ chunkSize: 1 << 18 }), counter, sink, { signal })
    if (written !== member.size)
      throw broken(this.path, `'${name}' unpacks to ${written} bytes instead of ${member.size}`)
  }

  private member(name: string): ZipMember {
    const member = this.members.get(name)
    if (!member) throw broken(this.path, `it holds no '${name}'`)
    if (member.method !== 0 && member.method !== 8)
      throw broken(this.path, `'${name}' is packed by method ${member.method}`)
    return member
  }

  private async dataOffset(member: ZipMember): Promise<number> {
    const header = await readExactly(this.file, member.headerOffset, localHeader.size, this.path)
    if (header.readUInt32LE(0) !== localHeader.signature)
      throw broken(this.path, `the entry of '${member.name}' is damaged`)
    return member.headerOffset + localHeader.size + header.readUInt16LE(26) + header.readUInt16LE(28)
  }
}

async function readDirectory(file: FileHandle, path: string): Promise<Map<string, ZipMember>> {
  const { size } = await file.stat()
  const tailSize = Math.min(size, largestTail)
  const end = findZipDirectory(await readExactly(file, size - tailSize, tailSize, path))
  if (!end) throw broken(path, 'it has no directory')
  const { directory } = end
  if (needsZip64(directory)) throw broken(path, 'it is larger than the plain zip format allows')
  const members = readZipEntries(await readExactly(file, directory.offset, directory.size, path), directory.count)
  if (!members) throw broken(path, 'its directory is damaged')
  return new Map(members.map((member) => [member.name, member]))
}

async function readExactly(file: FileHandle, offset: number, length: number, path: string): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done)
    if (bytesRead === 0) throw broken(path, 'it ends too early')
    done += bytesRead
  }
  return bytes
}

async function* chunks(file: FileHandle, start: number, length: number, path: string): AsyncGenerator<Buffer> {
  const step = 1 << 20
  for (let done = 0; done < length; done += step) {
    yield await readExactly(file, start + done, Math.min(step, length - done), path)
  }
}

function broken(path: string, what: string): UserError {
  return new UserError(`The archive ${path} cannot be read: ${what}. Delete it and run the setup again.`)
}
