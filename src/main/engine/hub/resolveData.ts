import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UserError } from '@shared/userError'
import { isDataset, snapshotFolder } from '../files/hubCache'
import { convertedRevision } from './dataFiles'
import { defaultRevision, readReference } from './reference'
import { shownReference } from './sentences'
import { readSettings } from './settings'

/**
 * The path of data given by path or name: a path as it is, otherwise the folder in the cache that a name
 * (`datasets/org/name`, `datasets/org/name@revision:folder`) refers to. Does not use the network: downloads are started
 * by `layerscope fetch` and in the window.
 * @throws UserError for a name that is not in the cache, saying how to get it
 */
export function resolveData(given: string, settings = readSettings()): string {
  if (existsSync(given)) return given
  const reference = readReference(given)
  // Only a path: the reader reports that it does not exist.
  if (!reference || !isDataset(reference.repo)) return given
  const { repo, revision, part = '' } = reference
  const revisions = revision === defaultRevision ? [revision, convertedRevision] : [revision]
  const folders = revisions.flatMap((name) => snapshotFolder(settings.cacheFolder, repo, name) ?? [])
  const folder = folders.map((snapshot) => join(snapshot, part)).find((path) => existsSync(path))
  if (folder !== undefined) return folder
  const name = shownReference(reference)
  throw new UserError(
    `There is nothing at ${resolve(given)}, and no data set '${name}' in the cache (${settings.cacheFolder}). ` +
      `\`layerscope fetch ${name}\` downloads it.`
  )
}
