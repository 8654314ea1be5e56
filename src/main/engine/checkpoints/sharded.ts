import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { legible, quoted, UserError } from '@shared/userError'
import { jsonFault } from '../files/pythonJson'
import type { Checkpoint } from './checkpoint'
import { openFlax } from './flaxCheckpoint'
import { openSafetensors } from './safetensors'
import { openTorch } from './torchCheckpoint'

/** What opens a piece, by the ending of its name. */
const openers: Readonly<Record<string, (path: string) => Checkpoint>> = {
  '.safetensors': openSafetensors,
  '.bin': openTorch,
  '.msgpack': openFlax
}

/**
 * Opens a checkpoint in several pieces by its index (`weight_map`: name of a tensor -> file in the same folder). To
 * its readers it is one checkpoint.
 * @throws UserError naming a piece that is missing, a tensor that is not where the index says, or what is wrong with
 * the index
 */
export function openSharded(indexPath: string): Checkpoint {
  const folder = dirname(indexPath)
  const ending = Object.keys(openers).find((name) => indexPath.endsWith(`${name}.index.json`)) ?? '.safetensors'
  const openPiece = openers[ending]!
  const fileOf = readIndex(indexPath, ending)
  const pieces = new Map<string, Checkpoint>()
  const close = (): void => {
    for (const piece of pieces.values()) piece.close()
  }
  try {
    const files = [...new Set(fileOf.values())].sort()
    const missing = files.filter((file) => !statSync(join(folder, file), { throwIfNoEntry: false })?.isFile())
    if (missing.length)
      throw new UserError(
        `${folder} lacks ${missing.length} of the ${files.length} pieces of this checkpoint, among them ` +
          `${missing[0]!}; download ${missing.length === 1 ? 'it' : 'them'} too.`
      )
    for (const file of files) pieces.set(file, openPiece(join(folder, file)))
    for (const [name, file] of fileOf) {
      if (!pieces.get(file)!.has(name))
        throw new UserError(
          `${basename(indexPath)} says that '${name}' is in ${file}, but it is not. Index and pieces ` +
            'belong to different checkpoints.'
        )
    }
  } catch (error) {
    close()
    throw error
  }
  const pieceOf = (name: string): Checkpoint => {
    const file = fileOf.get(name)
    if (file === undefined) throw new UserError(`${basename(indexPath)} has no tensor '${name}'.`)
    return pieces.get(file)!
  }
  const all = [...pieces.values()]
  return {
    path: indexPath,
    files: all.map(({ path }) => path),
    bytes: all.reduce((sum, piece) => sum + piece.bytes, 0),
    metadata: all[0]!.metadata,
    notes: [],
    names: () => [...fileOf.keys()],
    has: (name) => fileOf.has(name),
    describe: (name) => pieceOf(name).describe(name),
    read: (name) => pieceOf(name).read(name),
    readInto: (name, target, first) => pieceOf(name).readInto(name, target, first),
    halves: (name) => pieceOf(name).halves?.(name) ?? null,
    close
  }
}

function readIndex(path: string, ending: string): Map<string, string> {
  const file = basename(path)
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UserError(`${file} is not valid JSON: ${jsonFault(error)}.`)
  }
  const map = typeof json === 'object' && json !== null ? (json as { weight_map?: unknown }).weight_map : null
  if (typeof map !== 'object' || map === null || Array.isArray(map) || !Object.keys(map).length)
    throw new UserError(`${file} has no 'weight_map' that says which tensor is in which file.`)
  const entries = Object.entries(map)
  for (const [name, target] of entries) {
    // A name with a folder in it could lead anywhere on the disk.
    if (typeof target !== 'string' || !target.endsWith(ending) || /[\\/]/.test(target)) {
      throw new UserError(
        `${file} names ${typeof target === 'string' ? quoted(target, 80) : legible(JSON.stringify(target))} ` +
          `as the file of '${legible(name)}'; it must be a ${ending} file beside the index.`
      )
    }
  }
  return new Map(entries as [string, string][])
}
