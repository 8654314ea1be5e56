import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HubFile, HubLookup } from '@shared/hub'
import { findCached } from './cached'
import { mayPass, type HubClient } from './hubClient'
import { bytesOf, namesIn, repoFolders, isCommit } from '../files/hubCache'
import { listModel } from './listing'
import { describe, planOf } from './plan'
import type { HubReference } from './reference'
import { named } from './sentences'
import type { HubSettings } from './settings'
import { useOf } from './weights'

/**
 * Looks up a name before anything is downloaded: the commit, every file with its size, which of them are
 * needed and which are here. Writes nothing. Where the hub does not answer, a complete snapshot in the cache does.
 * @throws UserError for every failure
 */
export async function lookUp(
  client: HubClient,
  reference: HubReference,
  settings: HubSettings,
  signal?: AbortSignal
): Promise<HubLookup> {
  try {
    const listing = await listModel(client, reference, signal)
    const { repo, revision, commit, licence, gated, notes } = listing
    const { wanted, model, refusal } = await planOf(client, listing, settings, signal)
    const uses = new Map(wanted.map(({ file, use, here }) => [file.path, { use, here }]))
    const files = listing.files.map(({ path, bytes }): HubFile => ({
      path,
      bytes,
      use: uses.get(path)?.use ?? null,
      cachedBytes: uses.get(path)?.here ?? 0
    }))
    const neededBytes = wanted.reduce((sum, { file }) => sum + file.bytes, 0)
    const missingBytes = wanted.reduce((sum, { file, here }) => sum + file.bytes - here, 0)
    const folder = join(repoFolders(settings.cacheFolder, repo).snapshots, commit)
    const complete =
      wanted.length > 0 && wanted.every(({ file }) => bytesOf(join(folder, ...file.path.split('/'))) === file.bytes)
    return {
      repo,
      revision,
      commit,
      host: client.host,
      files: files.sort(byUse),
      neededBytes,
      missingBytes,
      licence,
      gated,
      model,
      refusal,
      folder: complete ? folder : null,
      notes
    }
  } catch (error) {
    if (!(error instanceof Error) || !mayPass(error)) throw error
    const fromCache = lookUpCached(client.host, reference, settings, error.message)
    if (!fromCache) throw error
    return fromCache
  }
}

/** The same answer out of the cache alone; null where it holds no complete snapshot. */
function lookUpCached(host: string, reference: HubReference, settings: HubSettings, reason: string): HubLookup | null {
  const cached = findCached(settings.cacheFolder, reference)
  if (!cached || cached.lacks) return null
  const files = namesIn(cached.folder).flatMap((path): HubFile[] => {
    const bytes = bytesOf(join(cached.folder, path))
    return bytes === null
      ? []
      : [
          {
            path,
            bytes,
            use: useOf(path, bytes) ?? (/\.(safetensors|bin|index\.json)$/.test(path) ? 'weights' : null),
            cachedBytes: bytes
          }
        ]
  })
  const { model, refusal } = describe(readFileSync(join(cached.folder, 'config.json'), 'utf8'))
  return {
    repo: reference.repo,
    revision: reference.revision,
    commit: cached.commit,
    host,
    files: files.sort(byUse),
    neededBytes: cached.bytes,
    missingBytes: 0,
    licence: null,
    gated: false,
    model,
    refusal,
    folder: cached.folder,
    notes: [
      `${reason} This is ${named(reference)} as it was downloaded before (commit ${cached.commit.slice(0, 12)})` +
        `${isCommit(reference.revision) ? '.' : '; there may be a newer one.'}`
    ]
  }
}

const shownFirst: readonly HubFile['use'][] = ['weights', 'config', 'tokenizer', 'card', null]

function byUse(a: HubFile, b: HubFile): number {
  return shownFirst.indexOf(a.use) - shownFirst.indexOf(b.use) || b.bytes - a.bytes || (a.path < b.path ? -1 : 1)
}
