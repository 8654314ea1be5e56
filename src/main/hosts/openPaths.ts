import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '@shared/userError'
import { isDataset } from '../engine/files/hubCache'
import { findCached } from '../engine/hub/cached'
import { readReference } from '../engine/hub/reference'
import { resolveData } from '../engine/hub/resolveData'
import { readSettings } from '../engine/hub/settings'

/**
 * Model folders, models in the cache by their names, and data files named on a command line, as absolute paths. npm
 * changes into the project's folder and leaves the person's in INIT_CWD.
 * @throws UserError for a path that is not there.
 */
export function resolveOpenPaths(names: readonly string[]): string[] {
  const from = process.env.npm_lifecycle_event && process.env.INIT_CWD ? process.env.INIT_CWD : process.cwd()
  return names.map((name) => {
    const path = resolve(from, name)
    if (existsSync(path)) return path
    const cached = cachedFolder(name)
    if (cached === null) throw new UserError(`There is no file or folder '${path}'.`)
    return cached
  })
}

/** The snapshot for a name, if the cache has all of it. */
function cachedFolder(name: string): string | null {
  const reference = readReference(name)
  if (reference && isDataset(reference.repo)) return resolveData(name)
  const cached = reference && findCached(readSettings().cacheFolder, reference)
  return cached && !cached.lacks ? cached.folder : null
}
