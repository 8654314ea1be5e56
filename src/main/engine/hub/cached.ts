import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CachedModel } from '@shared/hub'
import { isUserError } from '@shared/userError'
import {
  bytesOf,
  entriesIn,
  infoOf,
  namesIn,
  refsIn,
  repoFolders,
  reposIn,
  isCommit,
  snapshotFolder
} from '../files/hubCache'
import type { HubReference } from './reference'
import { chooseWeights, piecesOf } from './weights'

/**
 * Every snapshot of a model in the cache, whoever downloaded it; the latest first. Asks nobody. A snapshot that cannot
 * be read is listed with what it lacks, and hides no other.
 */
export function cachedModels(cacheFolder: string): CachedModel[] {
  const snapshots = reposIn(cacheFolder).flatMap((repo) => {
    const folders = repoFolders(cacheFolder, repo)
    const refs = refsIn(folders)
    return namesIn(folders.snapshots)
      .filter(isCommit)
      .map((commit) => {
        const folder = join(folders.snapshots, commit)
        const revisions = [...refs].filter(([, stands]) => stands === commit).map(([name]) => name)
        return {
          changed: infoOf(folder)?.mtimeMs ?? 0,
          model: { repo, commit, revisions, folder, bytes: bytesIn(folder), lacks: lacksOf(folder) }
        }
      })
  })
  return snapshots.sort((a, b) => b.changed - a.changed).map(({ model }) => model)
}

/** The snapshot for a name, complete or not; null if there is none. */
export function findCached(cacheFolder: string, { repo, revision }: HubReference): CachedModel | null {
  const folder = snapshotFolder(cacheFolder, repo, revision)
  return folder === null ? null : (cachedModels(cacheFolder).find((model) => model.folder === folder) ?? null)
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
  // Links to folders are not followed: the layout has none, and they may lead in a circle.
  return entriesIn(folder).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? bytesIn(path) : (bytesOf(path) ?? 0))
  }, 0)
}
