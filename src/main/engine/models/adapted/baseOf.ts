import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { quoted, UserError } from '@shared/userError'
import { atomicWrite } from '../../files/atomicWrite'
import { isRepo, snapshotFolder } from '../../files/hubCache'
import { hubCacheFolder } from '../../files/hubPlace'
import { dataDir, resourcePath } from '../../paths'
import { baseNameOf, isAdapterFolder, type AdapterConfig } from './adapterConfig'

/**
 * The folder of the model that an adapter was trained on: the one that was given for it (`rememberBase`), otherwise
 * what its config names, as a path, in the cache that Hugging Face's tools share, among the bundled models, or beside
 * it.
 * @throws UserError saying what to give where it is in none of these
 */
export function baseOf(folder: string, config: AdapterConfig): string {
  const given = rememberedBases()[realpathSync(folder)]
  const name = baseNameOf(config)
  const candidates = [given, ...(name === null ? [dirname(folder)] : namedFolders(folder, name, config['revision']))]
  const found = candidates.find((candidate) => candidate !== undefined && isModelFolder(candidate))
  if (found !== undefined) return resolve(found)
  const isName = name !== null && isRepo(name)
  throw new UserError(
    `${folder} holds an adapter${name === null ? '' : ` for ${quoted(name, 120)}`}, not a model, and its base is ` +
      'neither in the cache nor beside it. Give the folder of its base (--base FOLDER, or Base in the window)' +
      `${isName ? `, or download it (layerscope fetch ${name})` : ''}.`
  )
}

function namedFolders(folder: string, name: string, revision: unknown): string[] {
  // A path of another machine's: looking there would give Windows' credentials to whoever wrote the config.
  if (/^[\\/]{2}/.test(name)) return [join(dirname(folder), basename(name)), dirname(folder)]
  if (isAbsolute(name)) return [name, join(dirname(folder), basename(name)), dirname(folder)]
  const snapshot = isRepo(name)
    ? snapshotFolder(hubCacheFolder(), name, typeof revision === 'string' ? revision : 'main')
    : null
  const last = basename(name)
  return [
    resolve(folder, name),
    resolve(dirname(folder), name),
    ...(snapshot === null ? [] : [snapshot]),
    join(dirname(folder), last),
    dirname(folder),
    resourcePath('models', last)
  ]
}

function isModelFolder(folder: string): boolean {
  return existsSync(join(folder, 'config.json'))
}

/** By the real path of an adapter's folder: the folder of its base, where a person gave one. */
function basesFile(): string {
  return join(dataDir(), 'adapter-bases.json')
}

function rememberedBases(): Readonly<Record<string, string>> {
  try {
    const json: unknown = JSON.parse(readFileSync(basesFile(), 'utf8'))
    const entries = typeof json === 'object' && json !== null ? Object.entries(json as Record<string, unknown>) : []
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    // Not written yet, or damaged: the base is asked for again.
    return {}
  }
}

/**
 * Remembers which base an adapter opens on, for this and every later opening, in any process.
 * @throws UserError where the folder is not an adapter's, or the base's not a model's
 */
export function rememberBase(folder: string, base: string): void {
  const full = resolve(folder)
  if (!existsSync(full) || !isAdapterFolder(full))
    throw new UserError(`${full} holds no adapter, so it needs no base. Leave the base out.`)
  if (!isModelFolder(resolve(base)))
    throw new UserError(`${resolve(base)} has no config.json; give the folder of the model that the adapter is for.`)
  mkdirSync(dataDir(), { recursive: true })
  const bases = { ...rememberedBases(), [realpathSync(full)]: resolve(base) }
  atomicWrite(basesFile(), JSON.stringify(bases, null, 1))
}
