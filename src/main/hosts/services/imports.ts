import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { legible, UserError } from '@shared/userError'
import { notWritten, readableBytes } from '../../engine/files/notWritten'

const maxFileBytes = 64 * 2 ** 30

/** Bytes of a name that file systems take, less the ending of a file that is not whole yet. */
const maxNameBytes = 255 - '.partial'.length

const maxFilesAnImport = 10_000

export interface ImportLimits {
  /** All imports together. */
  totalBytes: number
  /** Imports that were last written longer ago are removed when the next begins. */
  keptMs: number
}

const usualLimits: ImportLimits = { totalBytes: 256 * 2 ** 30, keptMs: 30 * 24 * 60 * 60 * 1000 }

export interface ImportPiece {
  importId: string
  /** The file's name, with its folders when a folder was dropped: 'my-model/config.json'. */
  name: string
  offset: number
  /** Size of the whole file. */
  total: number
  bytes: Uint8Array
}

interface Received {
  received: number
  folder: string
  path: string | null
}

/** An import of this process: its pieces are taken one after the other. */
interface OpenImport {
  queue: Promise<unknown>
  /** The names that were sent, by the names that they are kept under. */
  names: Map<string, string>
}

/**
 * Puts files that a browser sends in pieces under `root`, one folder an import. Pieces come in order; a file gets its
 * name when its last byte is there. Imports that were not touched for 30 days are removed when another begins.
 * @throws UserError for names that lead elsewhere, are too long or meet another, for pieces that do not fit, and where
 * there is no room
 */
export function fileImports(
  root: string,
  limits: ImportLimits = usualLimits
): (piece: ImportPiece) => Promise<Received> {
  const imports = new Map<string, OpenImport>()
  /** Bytes of all imports, with what was announced since they were counted. */
  let taken: Promise<number> | null = null

  async function begin(importId: string): Promise<void> {
    await removeOld(root, limits.keptMs, (name) => imports.has(name) || name === importId)
    taken = bytesIn(root)
    await taken
  }

  async function receive({ importId, name, offset, total, bytes }: ImportPiece, entry: OpenImport): Promise<Received> {
    const folder = join(root, importId)
    const shown = legible(name)
    const path = join(folder, ...safeParts(name))
    if (!path.startsWith(folder + sep)) throw new UserError(`'${shown}' is not a valid name for an imported file.`)
    const end = offset + bytes.byteLength
    if (total > maxFileBytes)
      throw new UserError(
        `'${shown}' has ${(total / 2 ** 30).toFixed(0)} GB; files up to 64 GB can be imported. Open it from ` +
          'its folder instead.'
      )
    if (end > total) throw new UserError(`'${shown}' should have ${total} bytes, but ${end} arrived. Import it again.`)
    if (offset === 0) {
      claimName(entry, path, name)
      const sum = (await (taken ?? bytesIn(root))) + total
      if (sum > limits.totalBytes)
        throw new UserError(
          `With '${shown}' the imported files would take ${readableBytes(sum)}; ` +
            `${readableBytes(limits.totalBytes)} are kept. Delete folders in ${root}, or open the file from ` +
            'its folder instead.'
        )
      taken = Promise.resolve(sum)
    }
    const partial = `${path}.partial`
    try {
      await mkdir(dirname(path), { recursive: true })
      await writePiece(partial, shown, offset, bytes)
      if (end < total) return { received: end, folder, path: null }
      await rename(partial, path)
      return { received: end, folder, path }
    } catch (error) {
      throw refusal(error, shown, root)
    }
  }

  return async (piece) => {
    const { importId } = piece
    let entry = imports.get(importId)
    if (!entry) {
      entry = { queue: begin(importId), names: new Map() }
      imports.set(importId, entry)
    }
    const open = entry
    const result = open.queue.then(() => receive(piece, open))
    open.queue = result.catch(() => undefined)
    return result
  }
}

/** Two names may be the same after cleaning, also where the file system does not tell capitals apart. */
function claimName({ names }: OpenImport, path: string, name: string): void {
  const key = path.normalize('NFC').toLowerCase()
  const before = names.get(key)
  if (before !== undefined && before !== name)
    throw new UserError(
      `'${legible(before)}' and '${legible(name)}' would be kept under the same name. Rename one and import both again.`
    )
  if (before === undefined && names.size >= maxFilesAnImport)
    throw new UserError(
      `An import has up to ${maxFilesAnImport.toLocaleString('en')} files. Open the folder by its path instead.`
    )
  names.set(key, name)
}

function refusal(error: unknown, shown: string, root: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY'].includes(code))
    return new UserError(`'${shown}' is the name of a file and of a folder in this import. Rename one of the two.`)
  const reason = notWritten(error)
  return reason === null ? error : new UserError(`'${shown}' could not be imported to ${root}: ${reason}.`)
}

/** Removes imports that nobody has written to for a while, and those of which nothing can be read. */
async function removeOld(root: string, keptMs: number, isOpen: (name: string) => boolean): Promise<void> {
  const names = await readdir(root).catch(() => [])
  for (const name of names.filter((entry) => !isOpen(entry))) {
    const path = join(root, name)
    const info = await stat(path).catch(() => null)
    // A folder of the cache that cannot be removed stays; it counts against the limit.
    if (info && Date.now() - info.mtimeMs > keptMs)
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  let sum = 0
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) sum += await bytesIn(path)
    else if (entry.isFile()) sum += (await stat(path).catch(() => ({ size: 0 }))).size
  }
  return sum
}

async function writePiece(partial: string, shown: string, offset: number, bytes: Uint8Array): Promise<void> {
  const there =
    offset === 0
      ? 0
      : await stat(partial).then(
          (info) => info.size,
          () => 0
        )
  if (there !== offset)
    throw new UserError(
      `A piece of '${shown}' begins at byte ${offset}, and ${there} bytes are there. Import it again.`
    )
  const file = await open(partial, offset === 0 ? 'w' : 'r+', 0o600)
  try {
    await file.write(bytes, 0, bytes.byteLength, offset)
  } finally {
    await file.close()
  }
}

/**
 * Keeps characters that all supported file systems allow; the rest become underscores. A path that points upwards or
 * elsewhere is refused, not repaired.
 */
function safeParts(name: string): string[] {
  const parts = name.split('/')
  const wrong =
    parts.length > 8 ||
    name.includes('\\') ||
    name.includes('\0') ||
    parts.some((part) => part === '' || part === '.' || part === '..')
  if (wrong) throw new UserError(`'${legible(name)}' is not a valid name for an imported file.`)
  const kept = parts.map((part) => part.replace(/[^\p{L}\p{N}._ ()+@=-]/gu, '_'))
  const long = kept.find((part) => Buffer.byteLength(part) > maxNameBytes)
  if (long !== undefined)
    throw new UserError(
      `'${legible(long)}' has ${Buffer.byteLength(long)} bytes; names up to ${maxNameBytes} bytes can be imported. ` +
        'Rename it.'
    )
  return kept
}
