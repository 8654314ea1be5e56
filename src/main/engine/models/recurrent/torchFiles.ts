import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isUserError } from '@shared/userError'
import type { Checkpoint } from '../../checkpoints/checkpoint'
import type { PickleGlobal } from '../../checkpoints/pickle'
import { openTorchObject, type TorchObject } from '../../checkpoints/torchCheckpoint'
import { beginningOf } from '../../files/fileKind'

/** Names under which PyTorch's files of these systems were published; `.h5` of 2018 is not HDF5 but PyTorch's. */
const extension = /\.(pth|pt|h5|pkl|pickle|bin)$/i

/** The magic number of `torch.save` before PyTorch 1.6, as a pickle has it. */
const magic = '\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19'

/** Whether a file begins as PyTorch's do: a zip archive, or a pickled magic number. */
function isTorch(path: string): boolean {
  const start = beginningOf(path)
  if (start.toString('latin1', 0, 4) === 'PK\x03\x04') return true
  return start[0] === 0x80 && start.toString('latin1', 2, 14) === magic
}

/**
 * Files that PyTorch saved at a path: the file itself, or those in the folder, by name. None where a config is beside
 * them: such a folder is one of a transformer.
 */
export function torchFilesAt(path: string): string[] {
  if (existsSync(join(folderOf(path), 'config.json'))) return []
  if (!statSync(path).isDirectory()) return extension.test(path) && isTorch(path) ? [path] : []
  return readdirSync(path)
    .filter((name) => extension.test(name))
    .sort()
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile() && isTorch(file))
}

/** The folder of a path. */
export function folderOf(path: string): string {
  return statSync(path).isDirectory() ? path : dirname(path)
}

/** What a model is called that was opened at a path: as its folder, or as its file without the ending. */
export function nameAt(path: string, checkpoint: Checkpoint): string {
  return folderOf(path) === path ? basename(path) : basename(checkpoint.path).replace(/\.\w+$/, '')
}

/**
 * The first file at a path that is of a system, opened. A file that cannot be read belongs to no system here; who opens
 * it as a checkpoint gets the reason.
 */
export function findTorch(path: string, fits: (checkpoint: Checkpoint) => boolean): TorchObject | null {
  for (const file of torchFilesAt(path)) {
    const opened = openIfTorch(file)
    if (opened && fits(opened.checkpoint)) return opened
    opened?.checkpoint.close()
  }
  return null
}

/** A file of PyTorch; null for one that cannot be read. */
export function openIfTorch(
  file: string,
  globals?: (file: string) => ReadonlyMap<string, PickleGlobal>
): TorchObject | null {
  try {
    return openTorchObject(file, globals)
  } catch (error) {
    if (isUserError(error)) return null
    throw error
  }
}
