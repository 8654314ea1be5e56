import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { ColumnChoice } from '@shared/dataset'
import { isUserError, quoted, UserError } from '@shared/userError'
import { readManifest } from './manifest'
import type { Manifest } from './manifest'
import { hasKnownExtension, readFileHead } from './readers/fileFormat'
import { count, refuse } from './readers/refuse'
import { guessSplitName, shardOf, splitNames, splitOfFolder } from './splitNames'

/** A file to read, and the split that it is, or is a shard of. */
export interface SplitFile {
  path: string
  split: string
}

export interface Expanded {
  files: SplitFile[]
  /** Of a folder that is opened as a whole. */
  manifest: Manifest | null
  /** How a dataset.json beside the files says they are read. */
  choice: ColumnChoice
}

/** Folders within a folder in which its files are looked for: a data set of the hub is two deep. */
const deepestFolder = 2

/** The split of commands that take all that a folder has. */
const wholeFolder = 'all'

/**
 * Files to read: those given, or those of the folders given.
 * @param given names of the splits. One a path: of a folder that has a split of this name, only its files are read. Or
 * one a split that would be read without them, in their order
 * @throws UserError where a folder holds nothing that can be read, or several splits and none of that name
 */
export async function expandPaths(paths: readonly string[], given?: readonly string[]): Promise<Expanded> {
  if (given && given.length !== paths.length) return renamed(await expandPaths(paths), given)
  const places = paths.map((path) => resolve(path))
  const [first] = places
  if (first === undefined) throw new UserError('No file was given.')
  const folders = await Promise.all(places.map(isFolder))
  if (!folders.includes(true)) {
    const names = given ?? splitNames(places)
    return {
      files: places.map((path, index) => ({ path, split: names[index] ?? '' })),
      manifest: null,
      choice: await choiceBeside(places)
    }
  }
  if (!given) {
    if (places.length > 1) refuse({ file: basename(first) }, 'open either one folder or files, not both together.')
    return folderFiles(first)
  }
  const parts = await Promise.all(
    places.map(async (path, index) => {
      const split = given[index] ?? ''
      if (!folders[index]) return { files: [{ path, split }], choice: {} }
      const { files, choice } = await folderFiles(path)
      return { files: filesOf(files, split, path), choice }
    })
  )
  return { files: parts.flatMap(({ files }) => files), manifest: null, choice: parts[0]?.choice ?? {} }
}

function renamed(expanded: Expanded, names: readonly string[]): Expanded {
  const splits = [...new Set(expanded.files.map(({ split }) => split))]
  if (splits.length !== names.length)
    throw new UserError(
      `${count(splits.length, 'file')} and ${count(names.length, 'split name')} were given; each file needs one ` +
        'split name.'
    )
  const files = expanded.files.map(({ path, split }) => ({ path, split: names[splits.indexOf(split)] ?? '' }))
  return { ...expanded, files }
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false
  )
}

/** The files of a folder that are the split of that name. */
function filesOf(files: readonly SplitFile[], split: string, folder: string): SplitFile[] {
  const named = files.filter((file) => file.split === split)
  const splits = [...new Set(files.map((file) => file.split))]
  if (named.length === 0 && splits.length > 1 && split !== wholeFolder)
    refuse(
      { file: basename(folder) },
      `the folder has the splits ${splits.join(', ')}, and none is called ${quoted(split)}; name the file of one.`
    )
  return (named.length > 0 ? named : files).map(({ path }) => ({ path, split }))
}

/** All that is read of a folder, by split. */
async function folderFiles(folder: string): Promise<Expanded> {
  const manifest = await readManifest(folder)
  if (manifest)
    return {
      files: manifest.splits.map(({ file, name }) => ({ path: join(folder, file), split: name })),
      manifest,
      choice: manifest.choice ?? {}
    }
  const files = (await savedSplits(folder)) ?? (await dataFiles(folder))
  if (files.length === 0)
    refuse({ file: basename(folder) }, 'the folder holds no file that can be opened; choose the files themselves.')
  refuseMissingShards(files)
  return { files, manifest: null, choice: {} }
}

function named(paths: readonly string[]): SplitFile[] {
  const names = splitNames(paths)
  return paths.map((path, index) => ({ path, split: names[index] ?? '' }))
}

/** Refuses a folder that lacks a shard of those that their names announce: it was not copied whole. */
function refuseMissingShards(files: readonly SplitFile[]): void {
  const sets = new Map<string, { of: number; numbers: Set<number> }>()
  for (const { path } of files) {
    const shard = shardOf(path)
    if (!shard) continue
    const set = sets.get(shard.base) ?? { of: shard.of, numbers: new Set() }
    set.numbers.add(shard.number)
    sets.set(shard.base, set)
  }
  for (const [base, { of, numbers }] of sets)
    if (numbers.size < of)
      refuse(
        { file: basename(base) },
        `${numbers.size} of ${of} shards are in the folder; copy or download the rest, or name the files themselves.`
      )
}

/** The folders that `save_to_disk` of Hugging Face's library writes for the splits of a data set; null for none. */
async function savedSplits(folder: string): Promise<SplitFile[] | null> {
  const text = await readFile(join(folder, 'dataset_dict.json'), 'utf8').catch(() => null)
  if (text === null) return null
  let splits: unknown
  try {
    splits = (JSON.parse(text) as { splits?: unknown } | null)?.splits
  } catch {
    splits = null
  }
  if (!Array.isArray(splits) || !splits.every((name): name is string => typeof name === 'string'))
    refuse({ file: 'dataset_dict.json' }, 'this does not list the splits of a data set; save the data set again.')
  const files = await Promise.all(
    splits.map(async (name) => {
      const [split = name] = splitNames([name])
      return (await knownFiles(join(folder, basename(name)))).map((path) => ({ path, split }))
    })
  )
  return files.flat()
}

/**
 * The files of a folder by name. Where it has none itself, as on the hub: those of its folders that are named like
 * splits, or those of the only folder with files in it.
 */
async function dataFiles(folder: string, depth = 0): Promise<SplitFile[]> {
  const here = await knownFiles(folder)
  const splits = here.filter((path) => guessSplitName(path) !== null)
  if (here.length > 0) return named(splits.length > 0 ? splits : await alike(here))
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const folders = names.filter((name) => !name.startsWith('.')).sort()
  const bySplit = await Promise.all(
    folders.map(async (name) => {
      const split = splitOfFolder(name)
      return split === null ? [] : (await knownFiles(join(folder, name))).map((path) => ({ path, split }))
    })
  )
  if (bySplit.flat().length > 0) return bySplit.flat()
  if (depth === deepestFolder) return []
  const inside = await Promise.all(folders.map((name) => dataFiles(join(folder, name), depth + 1)))
  const filled = folders.filter((_, index) => inside[index]!.length > 0)
  if (filled.length > 1)
    refuse(
      { file: basename(folder) },
      `the folder holds several data sets (${filled.slice(0, 12).join(', ')}); open the folder of one.`
    )
  return inside.flat()
}

/** Without what Hugging Face's library keeps of its computations beside a data set. */
async function knownFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => [])
  return names
    .filter((name) => hasKnownExtension(name) && !/^cache-.*\.arrow$/.test(name))
    .sort()
    .map((name) => join(folder, name))
}

function notRead(error: unknown): null {
  if (isUserError(error)) return null
  throw error
}

/** What the dataset.json of their folder says about files that it lists; nothing for others. */
async function choiceBeside(files: readonly string[]): Promise<ColumnChoice> {
  const [folder, ...others] = new Set(files.map((path) => dirname(path)))
  // A file can be opened beside a dataset.json that is not Layerscope's.
  const manifest = folder !== undefined && others.length === 0 ? await readManifest(folder).catch(notRead) : null
  const listed = new Set(manifest?.splits.map(({ file }) => file))
  return files.every((path) => listed.has(basename(path))) ? (manifest?.choice ?? {}) : {}
}

/**
 * The files of a folder in the format that fits one of them best: a corpus may be stored beside tables about it.
 */
async function alike(files: readonly string[]): Promise<string[]> {
  const known = await Promise.all(
    files.map((path) =>
      readFileHead(path, {}).then(
        ({ reader, head }) => ({ path, reader, fit: reader.sniff(head) }),
        () => null
      )
    )
  )
  const fitting = known.flatMap((one) => one ?? []).sort((a, b) => b.fit - a.fit)
  const best = fitting[0]
  return best
    ? files.filter((path) => fitting.some((one) => one.path === path && one.reader === best.reader))
    : [...files]
}
