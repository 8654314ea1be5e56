import { mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { UserError } from '@shared/userError'

const maxFileBytes = 64 * 2 ** 30

export interface ImportPiece {
  importId: string
  /** The file's name, with its folders when a folder was dropped: 'my-model/config.json'. */
  name: string
  offset: number
  /** Size of the whole file. */
  total: number
  bytes: Uint8Array
}

/**
 * Writes files that a browser sends in pieces under `root`, one folder per import. Pieces come in order; a file gets
 * its name when its last byte is there.
 * @throws UserError for names that lead elsewhere and for pieces that do not fit.
 */
export function fileImports(
  root: string
): (piece: ImportPiece) => Promise<{ received: number; folder: string; path: string | null }> {
  return async ({ importId, name, offset, total, bytes }) => {
    const folder = join(root, importId)
    const path = join(folder, ...safeParts(name))
    if (!path.startsWith(folder + sep)) throw new UserError(`'${name}' is not a valid name for an imported file.`)
    const end = offset + bytes.byteLength
    if (total > maxFileBytes)
      throw new UserError(
        `'${name}' has ${(total / 2 ** 30).toFixed(0)} GB; files up to 64 GB can be imported. Open it from ` +
          'its folder instead.'
      )
    if (end > total) throw new UserError(`'${name}' should have ${total} bytes, but ${end} arrived. Import it again.`)
    const partial = `${path}.partial`
    try {
      await mkdir(dirname(path), { recursive: true })
      await writePiece(partial, name, offset, bytes)
      if (end < total) return { received: end, folder, path: null }
      await rename(partial, path)
      return { received: end, folder, path }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
        throw new UserError(
          `'${name}' could not be written to ${root}: the disk is full. Free some space and import it again.`
        )
      throw error
    }
  }
}

async function writePiece(partial: string, name: string, offset: number, bytes: Uint8Array): Promise<void> {
  const there =
    offset === 0
      ? 0
      : await stat(partial).then(
          (info) => info.size,
          () => 0
        )
  if (there !== offset)
    throw new UserError(`A piece of '${name}' begins at byte ${offset}, and ${there} bytes are there. Import it again.`)
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
  if (wrong) throw new UserError(`'${name}' is not a valid name for an imported file.`)
  return parts.map((part) => part.replace(/[^\p{L}\p{N}._ ()+@=-]/gu, '_').slice(0, 200))
}
