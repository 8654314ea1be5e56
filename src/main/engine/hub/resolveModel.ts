import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '@shared/userError'
import { findCached } from './cached'
import { readReference } from './reference'
import { named } from './sentences'
import { readSettings } from './settings'

/**
 * The path behind what someone named as a model: a path as it stands, otherwise the snapshot in the cache that a name
 * (`org/name`, `org/name@revision`) stands for. Asks nobody: downloading is asked for by `layerscope fetch` and in the
 * window.
 * @throws UserError for a name that is not in the cache, saying how to get it
 */
export function resolveModel(given: string, settings = readSettings()): string {
  if (existsSync(resolve(given))) return given
  const reference = readReference(given)
  // Nothing but a path: whoever opens it says that there is nothing.
  if (!reference) return given
  const cached = findCached(settings.cacheFolder, reference)
  const name = named(reference)
  if (!cached)
    throw new UserError(
      `There is nothing at ${resolve(given)}, and no model '${name}' in the cache (${settings.cacheFolder}). ` +
        `\`layerscope fetch ${name}\` downloads it.`
    )
  if (cached.lacks)
    throw new UserError(
      `The cache has '${name}' without ${cached.lacks} (${cached.folder}). \`layerscope fetch ${name}\` ` +
        'downloads the rest.'
    )
  return cached.folder
}
