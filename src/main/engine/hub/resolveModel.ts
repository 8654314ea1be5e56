import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '@shared/userError'
import { modelAddress } from '../models/address'
import { isDataset } from '../files/hubCache'
import { findCached } from './cached'
import { readReference } from './reference'
import { named } from './sentences'
import { readSettings } from './settings'

/**
 * The path of a model given by path or name: a path as it is, otherwise the snapshot in the cache that a name
 * (`org/name`, `org/name@revision`) refers to. Does not use the network: downloads are started by `layerscope fetch`
 * and in the window.
 * @throws UserError for a name that is not in the cache, saying how to get it
 */
export function resolveModel(given: string, settings = readSettings()): string {
  if (existsSync(modelAddress(given).path)) return given
  const reference = readReference(given)
  // Only a path: the opener reports that it does not exist.
  if (!reference) return given
  if (isDataset(reference.repo)) throw new UserError(`'${given}' is a data set, not a model.`)
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
