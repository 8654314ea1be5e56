import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CachedModel, HubFile, HubLookup } from '@shared/hub'
import { isUserError } from '@shared/userError'
import { hasKnownExtension } from '../datasets/readers/fileFormat'
import { filesIn, findCached } from './cached'
import { convertedRevision } from './dataFiles'
import { mayPass, type HubClient } from './hubClient'
import { bytesOf, namesIn, repoFolders, isCommit, isDataset } from '../files/hubCache'
import { listModel, type Listing } from './listing'
import { describe, planOf, type Plan } from './plan'
import { defaultRevision, type HubReference } from './reference'
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
    const { listing, plan } = await listed(client, reference, settings, signal)
    const { repo, revision, part = '', commit, licence, gated, notes } = listing
    const { wanted, model, refusal } = plan
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
      ...(part !== '' && { part }),
      commit,
      host: client.host,
      files: files.sort(byUse),
      neededBytes,
      missingBytes,
      licence,
      gated,
      model,
      refusal,
      folder: complete ? join(folder, part) : null,
      notes
    }
  } catch (error) {
    if (!(error instanceof Error) || !mayPass(error)) throw error
    const fromCache = lookUpCached(client.host, reference, settings, error.message)
    if (!fromCache) throw error
    return fromCache
  }
}

/** A listing with what to download of it; of a data set without files that are read, of its conversion to Parquet. */
async function listed(
  client: HubClient,
  reference: HubReference,
  settings: HubSettings,
  signal?: AbortSignal
): Promise<{ listing: Listing; plan: Plan }> {
  const listing = await listModel(client, reference, signal)
  const plan = await planOf(client, listing, settings, signal)
  const wantsConversion =
    isDataset(reference.repo) &&
    reference.revision === defaultRevision &&
    !plan.wanted.some(({ use }) => use === 'data')
  if (!wantsConversion) return { listing, plan }
  try {
    const converted = await listModel(client, { ...reference, revision: convertedRevision }, signal)
    const note = `${reference.repo} has no files that are read; these are the hub's conversion of it to Parquet.`
    const licensed = { ...converted, licence: listing.licence, notes: [...converted.notes, note] }
    return { listing: licensed, plan: await planOf(client, licensed, settings, signal) }
  } catch (error) {
    // Without a conversion, the answer is about the data set itself.
    if (!isUserError(error) || mayPass(error)) throw error
    return { listing, plan }
  }
}

/** The same answer out of the cache alone; null where it holds no complete snapshot. */
function lookUpCached(host: string, reference: HubReference, settings: HubSettings, reason: string): HubLookup | null {
  const cached = findCached(settings.cacheFolder, reference)
  if (!cached || cached.lacks) return null
  if (isDataset(reference.repo)) return cachedData(host, reference, cached, reason)
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
    notes: [cachedNote(reason, reference, cached)]
  }
}

/** A data set that was downloaded before. */
function cachedData(host: string, reference: HubReference, cached: CachedModel, reason: string): HubLookup | null {
  const { repo, revision, part = '' } = reference
  const files = filesIn(join(cached.folder, part)).map(([path, bytes]): HubFile => {
    const use = hasKnownExtension(path) ? 'data' : 'card'
    return { path: part === '' ? path : `${part}/${path}`, bytes, use, cachedBytes: bytes }
  })
  if (!files.some(({ use }) => use === 'data')) return null
  return {
    repo,
    revision,
    ...(part !== '' && { part }),
    commit: cached.commit,
    host,
    files: files.sort(byUse),
    neededBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    missingBytes: 0,
    licence: null,
    gated: false,
    model: null,
    refusal: null,
    folder: join(cached.folder, part),
    notes: [cachedNote(reason, reference, cached)]
  }
}

function cachedNote(reason: string, reference: HubReference, { commit }: CachedModel): string {
  return (
    `${reason} This is ${named(reference)} as it was downloaded before (commit ${commit.slice(0, 12)})` +
    `${isCommit(reference.revision) ? '.' : '; there may be a newer one.'}`
  )
}

const shownFirst: readonly HubFile['use'][] = ['data', 'weights', 'config', 'tokenizer', 'card', null]

function byUse(a: HubFile, b: HubFile): number {
  return shownFirst.indexOf(a.use) - shownFirst.indexOf(b.use) || b.bytes - a.bytes || (a.path < b.path ? -1 : 1)
}
