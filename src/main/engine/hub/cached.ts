import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CachedModel } from '@shared/hub'
import { isUserError } from '@shared/userError'
import { hasKnownExtension } from '../datasets/readers/fileFormat'
import {
  bytesOf,
  entriesIn,
  infoOf,
  namesIn,
  refsIn,
  repoFolders,
  reposIn,
  isCommit,
  isDataset,
  snapshotFolder
} from '../files/hubCache'
import type { HubReference } from './reference'
import { chooseWeights, piecesOf } from './weights'

/**
 * Every snapshot of a model in the cache, whoever downloaded it; the latest first. Asks nobody. A snapshot that cannot
 * be read is listed with what it lacks, and hides no other.
 */
export function cachedModels(cacheFolder: string): CachedModel[] {
  return cachedOf(cacheFolder, 'model', lacksOf)
}

/** The same of data sets. */
export function cachedDatasets(cacheFolder: string): CachedModel[] {
  return cachedOf(cacheFolder, 'dataset', (folder) =>
    filesIn(folder).some(([path]) => hasKnownExtension(path)) ? null : 'the data'
  )
}

function cachedOf(
  cacheFolder: string,
  kind: 'model' | 'dataset',
  lacksIn: (folder: string) => string | null
): CachedModel[] {
  const snapshots = reposIn(cacheFolder, kind).flatMap((repo) => {
    const folders = repoFolders(cacheFolder, repo)
    const refs = refsIn(folders)
    return namesIn(folders.snapshots)
      .filter(isCommit)
      .map((commit) => {
        const folder = join(folders.snapshots, commit)
        const revisions = [...refs].filter(([, stands]) => stands === commit).map(([name]) => name)
        return {
          changed: infoOf(folder)?.mtimeMs ?? 0,
          model: { repo, commit, revisions, folder, bytes: bytesIn(folder), lacks: lacksIn(folder) }
        }
      })
  })
  return snapshots.sort((a, b) => b.changed - a.changed).map(({ model }) => model)
}

/** The snapshot for a name, complete or not; null if there is none. */
export function findCached(cacheFolder: string, { repo, revision }: HubReference): CachedModel | null {
  const folder = snapshotFolder(cacheFolder, repo, revision)
  const snapshots = isDataset(repo) ? cachedDatasets(cacheFolder) : cachedModels(cacheFolder)
  return folder === null ? null : (snapshots.find((snapshot) => snapshot.folder === folder) ?? null)
}

/** What a folder lacks to be opened as a checkpoint, in a few words; null for nothing. */
export function lacksOf(folder: string): string | null {
  if (!infoOf(folder)?.isDirectory()) return 'its folder: the link to it leads nowhere'
  const names = namesIn(folder)
  const there = (name: string): boolean => bytesOf(join(folder, name)) !== null
  const weights = chooseWeights(names)
  if (!there('config.json') && !(weights.kind === 'files' && weights.released)) return 'config.json'
  if (weights.kind === 'none') return 'the weights'
  try {
    if (weights.kind !== 'files' && !there(weights.index)) return 'the weights'
    const files =
      weights.kind === 'files'
        ? weights.files
        : piecesOf(weights.index, readFileSync(join(folder, weights.index), 'utf8'))
    const missing = files.filter((name) => !there(name))
    if (missing.length === 0) return null
    return files.length === 1 ? missing[0]! : `${missing.length} of the ${files.length} files of weights`
  } catch (error) {
    if (!isUserError(error) && (error as NodeJS.ErrnoException).code === undefined) throw error
    return 'the weights'
  }
}

function bytesIn(folder: string): number {
  return filesIn(folder).reduce((sum, [, bytes]) => sum + bytes, 0)
}

/** Every file of a folder and of those in it: its path in the folder, with `/`, and its bytes. */
export function filesIn(folder: string): [path: string, bytes: number][] {
  // Links to folders are not followed: the layout has none, and they may lead in a circle.
  return entriesIn(folder).flatMap((entry): [string, number][] =>
    entry.isDirectory()
      ? filesIn(join(folder, entry.name)).map(([path, bytes]) => [`${entry.name}/${path}`, bytes])
      : [[entry.name, bytesOf(join(folder, entry.name)) ?? 0]]
  )
}
