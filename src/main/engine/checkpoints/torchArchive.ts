import { UserError } from '@shared/userError'
import {
  end64Size,
  findZipDirectory,
  largestTail,
  localHeader,
  needsZip64,
  readZip64End,
  readZipEntries,
  type ZipDirectory,
  type ZipMember
} from '../files/zipDirectory'
import { ByteCursor } from './byteCursor'
import { printable, readPickle, type MoreGlobals } from './pickle'
import type { RandomFile } from './randomFile'
import { storageOf, torchGlobals, type TorchStorage } from './torchGlobals'

/** Where the bytes of a storage are in the file. */
export interface StoredBytes {
  begin: number
  length: number
}

/** What `torch.save` wrote: the object, and where the numbers of its tensors are. */
export interface TorchFile {
  root: unknown
  bytesOf: (storage: TorchStorage) => StoredBytes
}

/** A directory of a large model in one file has some thousand entries of some hundred bytes. */
const largestDirectory = 64 << 20
/** The same bound as for the header of a safetensors file. */
export const largestPickle = 100_000_000

/**
 * Reads the directory and the pickle of a file that `torch.save` writes since PyTorch 1.6: a zip archive with
 * data.pkl, the object, and data/0, data/1, ..., the storages' bytes as they are (torch/serialization.py and
 * caffe2/serialize/inline_container.h).
 * @throws UserError naming what such an archive must not contain
 */
export function readTorchArchive(file: RandomFile, more?: MoreGlobals): TorchFile {
  const members = readMembers(file)
  const pickles = [...members.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name))
  if (pickles.length !== 1)
    throw broken(file, `it is a zip archive with ${pickles.length || 'no'} data.pkl, and torch.save writes one`)
  const root = pickles[0]!.slice(0, -'data.pkl'.length)
  if (members.has(`${root}constants.pkl`))
    throw new UserError(
      `${file.name} is a TorchScript program, which could only be run. Save the weights alone (in Python: ` +
        'model.save_pretrained(folder)).'
    )
  const place = (name: string): StoredBytes => {
    const member = members.get(name)
    if (!member) throw broken(file, `it holds no '${printable(name)}'`)
    return bytesOfMember(file, member)
  }
  checkByteOrder(file, members.has(`${root}byteorder`) ? place(`${root}byteorder`) : null)
  const pickle = place(pickles[0]!)
  if (pickle.length > largestPickle)
    throw broken(file, `its data.pkl has ${pickle.length} bytes, more than any checkpoint's`)
  const cursor = new ByteCursor(file, pickle.begin, pickle.begin + pickle.length, () =>
    broken(file, 'its data.pkl ends too early')
  )
  const object = readPickle(cursor, {
    file: file.name,
    globals: torchGlobals(file.name),
    more,
    persistent: (id) => storageOf(id, file.name)
  })
  return { root: object, bytesOf: ({ root: key }) => place(`${root}data/${key}`) }
}

function readMembers(file: RandomFile): Map<string, ZipMember> {
  const tailSize = Math.min(file.size, largestTail)
  const end = findZipDirectory(file.bytes(file.size - tailSize, tailSize, 'directory'))
  if (!end) throw broken(file, 'it is cut short: the directory at the end of its zip archive is missing')
  let directory: ZipDirectory | null = end.directory
  if (needsZip64(directory)) {
    const at = end.zip64At
    directory = at !== null && at + end64Size <= file.size ? readZip64End(file.bytes(at, end64Size, 'directory')) : null
  }
  if (!directory || directory.offset + directory.size > file.size || directory.size > largestDirectory)
    throw broken(file, 'the directory of its zip archive is damaged')
  const entries = readZipEntries(file.bytes(directory.offset, directory.size, 'directory'), directory.count)
  if (!entries) throw broken(file, 'the directory of its zip archive is damaged')
  const members = new Map<string, ZipMember>()
  for (const member of entries) {
    const { name } = member
    // No entry is written to a path of its name, but such a name shows bad intent.
    if (/^[\\/]|[\\\0]|(^|\/)\.\.(\/|$)|^[a-z]:/i.test(name))
      throw broken(file, `its entry '${printable(name)}' leads out of the archive`)
    if (members.has(name)) throw broken(file, `it holds '${printable(name)}' twice`)
    members.set(name, member)
  }
  return members
}

function bytesOfMember(file: RandomFile, member: ZipMember): StoredBytes {
  const name = printable(member.name)
  if (member.method !== 0 || member.encrypted)
    throw broken(
      file,
      `its entry '${name}' is ${member.encrypted ? 'encrypted' : 'compressed'}, and torch.save writes ` +
        'entries as they are'
    )
  const { headerOffset, size } = member
  if (member.compressedSize !== size || headerOffset + localHeader.size + size > file.size)
    throw broken(file, `its entry '${name}' is not within the file`)
  const header = file.bytes(headerOffset, localHeader.size, name)
  if (header.readUInt32LE(0) !== localHeader.signature) throw broken(file, `its entry '${name}' is damaged`)
  const begin = headerOffset + localHeader.size + header.readUInt16LE(26) + header.readUInt16LE(28)
  if (begin + size > file.size) throw broken(file, `its entry '${name}' is not within the file`)
  return { begin, length: size }
}

function checkByteOrder(file: RandomFile, place: StoredBytes | null): void {
  if (!place) return
  const order = file.bytes(place.begin, Math.min(place.length, 16), 'byteorder').toString('latin1')
  if (order !== 'little') throw bigEndian(file)
}

export function bigEndian(file: RandomFile): UserError {
  return new UserError(
    `${file.name} was saved on a big-endian machine, whose numbers Layerscope does not read. Load it there ` +
      'or with torch.load and save it again, as safetensors.'
  )
}

export function broken(file: RandomFile, what: string): UserError {
  return new UserError(`${file.name} is not a checkpoint that Layerscope can read: ${what}. Download or save it again.`)
}
