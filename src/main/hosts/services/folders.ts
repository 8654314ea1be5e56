import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { FolderEntry, FolderListing } from '@shared/app'
import { isRecurrentFolder, isRecurrentWeights } from '@shared/recurrentFiles'
import { releasedFiles } from '@shared/releasedFiles'
import { UserError } from '@shared/userError'
import { adapterConfigFile } from '../../engine/models/adapted/adapterConfig'
import { recogniseVectors } from '../../engine/wordVectors/format'

const datasetEndings = ['.conllu', '.tsv', '.csv', '.jsonl', '.json', '.gz', '.zst', '.parquet', '.arrow', '.feather']
const weightEndings = [
  '.safetensors',
  '.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
  'adapter_model.bin'
]
/**
 * Weights that can be chosen as a file: not their index, nor files that are not a model's (optimizer.bin,
 * expected.safetensors).
 */
const weightsFile = /^(?!expected\.).*\.safetensors$|^pytorch_model.*\.bin$/i
/** Files of a model folder whose extension looks like data. */
const modelFileEndings = [
  'config.json',
  'sizes.json',
  'encoder.json',
  'tokenizer.json',
  'inputs.json',
  'vocab.json',
  'modules.json',
  'special_tokens_map.json',
  '.index.json'
]
/** Extensions of published word vectors; the first bytes decide whether a file holds some. */
const vectorEndings = ['.txt', '.vec', '.bin', '.gz']
const concurrentStats = 32

const endsWithOne = (name: string, endings: readonly string[]): boolean =>
  endings.some((ending) => name.toLowerCase().endsWith(ending))

/**
 * One folder as the window's own file dialog shows it: folders first, hidden entries left out, and what each entry
 * could be opened as.
 * @throws UserError when there is no such folder or it may not be read.
 */
export async function listFolder(folder = homedir()): Promise<FolderListing> {
  const path = resolve(folder)
  const names = await namesIn(path)
  const inModelFolder = isModelFolder(names)
  const inRecurrentFolder = isRecurrentFolder(names)
  const entries: FolderEntry[] = []
  const shown = names.filter((name) => !name.startsWith('.'))
  for (let start = 0; start < shown.length; start += concurrentStats) {
    const some = shown.slice(start, start + concurrentStats)
    const described = await Promise.all(some.map((name) => describe(join(path, name), name, inModelFolder)))
    for (const entry of described)
      if (entry)
        entries.push(inRecurrentFolder && isRecurrentWeights(entry.name) ? { ...entry, opensAs: 'model' } : entry)
  }
  entries.sort((a, b) =>
    a.kind === b.kind ? a.name.localeCompare(b.name, undefined, { numeric: true }) : a.kind === 'folder' ? -1 : 1
  )
  const parent = dirname(path)
  return { folder: path, parent: parent === path ? null : parent, entries }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new UserError(`There is no folder '${path}'.`)
    if (code === 'ENOTDIR') throw new UserError(`'${path}' is a file, not a folder.`)
    if (code === 'EACCES' || code === 'EPERM') throw new UserError(`This user may not read the folder '${path}'.`)
    throw new UserError(`The folder '${path}' could not be read: ${message}.`)
  }
}

async function describe(path: string, name: string, inModelFolder: boolean): Promise<FolderEntry | null> {
  const info = await stat(path).catch(() => null)
  if (info?.isDirectory()) {
    const inside: readonly string[] = await readdir(path).catch(() => [])
    const isModel = isModelFolder(inside) || isRecurrentFolder(inside)
    const adapter = isModel && inside.includes(adapterConfigFile) && !inside.includes('config.json')
    return { name, path, kind: 'folder', bytes: 0, opensAs: isModel ? 'model' : null, ...(adapter && { adapter }) }
  }
  if (!info?.isFile()) return null
  return {
    name,
    path,
    kind: 'file',
    bytes: info.size,
    opensAs: (await holdsVectors(path, name, inModelFolder)) ? 'model' : fileOpensAs(name, inModelFolder)
  }
}

/** A checkpoint's own .bin and .txt files are not opened. */
async function holdsVectors(path: string, name: string, inModelFolder: boolean): Promise<boolean> {
  return !inModelFolder && endsWithOne(name, vectorEndings) && (await recogniseVectors(path)) !== null
}

function isModelFolder(names: readonly string[]): boolean {
  const released = releasedFiles(names)
  return (
    (released !== null && (!released.needsConfig || names.includes('config.json'))) ||
    // A SavedModel, or a module of TF Hub.
    (names.includes('variables') && ['saved_model.pb', 'tfhub_module.pb'].some((name) => names.includes(name))) ||
    ((names.includes('config.json') || names.includes(adapterConfigFile)) &&
      names.some((name) => endsWithOne(name, weightEndings)))
  )
}

function fileOpensAs(name: string, inModelFolder: boolean): FolderEntry['opensAs'] {
  if (inModelFolder && (weightsFile.test(name) || /^(?!.*\.json).+\.index$|^model\.pt$/.test(name))) return 'model'
  if (inModelFolder && endsWithOne(name, modelFileEndings)) return null
  return endsWithOne(name, datasetEndings) ? 'dataset' : null
}
