import { UserError } from '@shared/userError'
import type { HubClient } from './hubClient'
import { bareName, isCommit, isDataset, safeParts } from '../files/hubCache'
import type { HubReference } from './reference'

/** A file as the hub lists it, with the one hash its bytes are checked by. */
export interface ListedFile {
  path: string
  bytes: number
  /** Lower-case hexadecimal; names the blob in the cache. */
  hash: string
  /** SHA-256 of the content where git LFS stores it; git's own hash of a blob otherwise. */
  algorithm: 'sha256' | 'git-sha1'
}

/** A commit of a model or a data set with everything in it. */
export interface Listing {
  repo: string
  revision: string
  /** Of a data set, the folder that is meant. */
  part?: string
  commit: string
  files: ListedFile[]
  licence: string | null
  gated: boolean
  notes: string[]
}

/**
 * A repository of one model or data set has some dozens of files; what lists more than this is not one that is
 * looked through file by file.
 */
const mostFiles = 20_000

/**
 * Asks which commit a reference means and which files it has.
 * @throws UserError for every failure, see `sentences.ts`
 */
export async function listModel(
  client: HubClient,
  { repo, revision, part }: HubReference,
  signal?: AbortSignal
): Promise<Listing> {
  const { datasetInfo, listFiles, modelInfo } = await import('@huggingface/hub')
  const type = isDataset(repo) ? 'dataset' : 'model'
  const fetchJson = client.fetchFor({ repo, revision }, signal)
  const foreign = new UserError(
    `${client.host} does not answer like a hub of models. Is HF_ENDPOINT the address of one?`
  )
  const common = { hubUrl: client.endpoint, fetch: fetchJson, revision }
  const wanted = { ...common, name: bareName(repo) }
  const info = await (
    type === 'dataset'
      ? datasetInfo({ ...wanted, additionalFields: ['sha', 'cardData', 'tags'] })
      : modelInfo({ ...wanted, additionalFields: ['sha', 'cardData', 'tags'] })
  ).catch(jsonErrors(foreign))
  const commit: unknown = info.sha
  if (typeof commit !== 'string' || !isCommit(commit)) throw foreign
  const files: ListedFile[] = []
  let odd = 0
  try {
    for await (const { type: entry, path, size, oid, lfs } of listFiles({
      ...common,
      repo: { type, name: bareName(repo) },
      revision: commit,
      recursive: true
    })) {
      if (entry !== 'file') continue
      const file = lfs
        ? { path, bytes: lfs.size, hash: lfs.oid, algorithm: 'sha256' as const }
        : { path, bytes: size, hash: oid ?? '', algorithm: 'git-sha1' as const }
      if (isSound(file)) files.push(file)
      else odd++
      if (files.length + odd > mostFiles)
        throw new UserError(
          `${repo} has more than ${mostFiles.toLocaleString('en')} files; download what you need of it by ` +
            'hand and open the folder.'
        )
    }
  } catch (error) {
    return jsonErrors(foreign)(error)
  }
  const licence = licenceOf(info.cardData, info.tags)
  const notes = [...client.notes]
  if (odd > 0)
    notes.push(
      `${odd === 1 ? '1 file has a name' : `${odd} files have names`} or a hash that is not valid and ` +
        `${odd === 1 ? 'is' : 'are'} left out.`
    )
  return {
    repo,
    revision,
    ...(part !== undefined && { part }),
    commit,
    files,
    licence,
    gated: info.gated === 'auto' || info.gated === 'manual',
    notes
  }
}

/** What is listed comes from outside: a path must stay in its folder, and a hash becomes a file's name. */
function isSound({ path, bytes, hash, algorithm }: ListedFile): boolean {
  return (
    typeof path === 'string' &&
    safeParts(path) !== null &&
    Number.isSafeInteger(bytes) &&
    bytes >= 0 &&
    typeof hash === 'string' &&
    new RegExp(algorithm === 'sha256' ? '^[0-9a-f]{64}$' : '^[0-9a-f]{40}$').test(hash)
  )
}

/** An answer that is not JSON, or JSON of another shape, is not a defect of Layerscope. */
function jsonErrors(foreign: UserError): (error: unknown) => never {
  return (error) => {
    throw error instanceof SyntaxError || error instanceof TypeError ? foreign : error
  }
}

function licenceOf(card: unknown, tags: unknown): string | null {
  const fields = (card ?? {}) as { license?: unknown; license_name?: unknown }
  const name =
    fields.license === 'other' && typeof fields.license_name === 'string' ? fields.license_name : fields.license
  if (typeof name === 'string') return name.slice(0, 80)
  const tag = Array.isArray(tags)
    ? tags.find((one): one is string => typeof one === 'string' && one.startsWith('license:'))
    : undefined
  return tag ? tag.slice('license:'.length, 80) : null
}
