import { copyFile, link, mkdir, open, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { UserError } from '@shared/userError'
import { fileHash } from '../files/fileHash'
import { resume, sizeOf, WrongSize, type Answer } from '../transfer/resume'
import { Unreachable, type HubClient } from './hubClient'
import { bytesOf, repoFolders, safeParts } from '../files/hubCache'
import type { ListedFile, Listing } from './listing'
import { connectionReason, RateLimited, refusal, ServerTrouble } from './sentences'
import type { HubSettings } from './settings'

export interface FileOptions {
  settings: HubSettings
  onProgress?: (done: number) => void
  /** Called when a file is complete and its hash is being computed. */
  onCheck?: () => void
  signal?: AbortSignal
  /** See `Transfer`; tests shorten them. */
  attempts?: number
  pauseMilliseconds?: number
  stallMilliseconds?: number
}

/** Longest wait that a server may ask for in the middle of a download. */
const patientSeconds = 60

/** A file's paths in the cache, during and after the download. */
export function placesOf(
  { repo, commit }: Listing,
  file: ListedFile,
  settings: HubSettings
): { blob: string; part: string; pointer: string } {
  const { blobs, snapshots } = repoFolders(settings.cacheFolder, repo)
  const blob = join(blobs, file.hash)
  return { blob, part: `${blob}.incomplete`, pointer: join(snapshots, commit, ...safeParts(file.path)!) }
}

/** Bytes of a file in the cache: all of it, or those of an interrupted download. */
export async function bytesHere(listing: Listing, file: ListedFile, settings: HubSettings): Promise<number> {
  const { blob, part, pointer } = placesOf(listing, file, settings)
  if (bytesOf(pointer) === file.bytes || bytesOf(blob) === file.bytes) return file.bytes
  return Math.min(file.bytes, await sizeOf(part))
}

/**
 * Downloads one file into the cache: resumes a partial file, checks size and hash, and only then gives it its name. A
 * complete file is used, whichever program downloaded it.
 * @throws UserError for everything that can go wrong
 */
export async function cacheFile(
  client: HubClient,
  listing: Listing,
  file: ListedFile,
  options: FileOptions
): Promise<void> {
  const { settings } = options
  const { blob, part, pointer } = placesOf(listing, file, settings)
  if (bytesOf(pointer) === file.bytes) return
  try {
    await mkdir(dirname(blob), { recursive: true })
    await mkdir(dirname(pointer), { recursive: true })
    const fresh = bytesOf(blob) !== file.bytes
    if (fresh) {
      await fetchPart(client, listing, file, part, options)
      options.onCheck?.()
      await check(client, listing, file, part, options)
      await finish(part, blob, file.bytes)
    }
    await point(blob, pointer, fresh, settings.symlinks)
  } catch (error) {
    throw diskSentence(error, file, settings) ?? error
  }
}

async function fetchPart(
  client: HubClient,
  listing: Listing,
  file: ListedFile,
  part: string,
  options: FileOptions
): Promise<void> {
  const { repo, revision, commit } = listing
  const request = { host: client.host, repo, revision, withToken: client.hasToken, file: file.path }
  const url = `${client.endpoint}/${repo}/resolve/${commit}/${file.path.split('/').map(encodeURIComponent).join('/')}`
  const { onProgress, signal, attempts, pauseMilliseconds, stallMilliseconds } = options
  // An empty file has nothing to resume.
  if (file.bytes === 0) await (await open(part, 'w')).close()
  else {
    await resume({
      part,
      size: file.bytes,
      request: (have, etag, connection) =>
        client
          .ask(url, {
            headers: {
              'Accept-Encoding': 'identity',
              ...(have > 0 && { Range: `bytes=${have}-` }),
              ...(have > 0 && etag && { 'If-Range': etag })
            },
            signal: connection,
            onRedirect: (answer) => checkAnnounced(client, listing, file, answer)
          })
          .catch((error: unknown) => {
            // A failed connection is retried; being offline by setting is final.
            throw error instanceof Unreachable && error.cause ? new Error(error.message, { cause: error.cause }) : error
          }),
      refuse: (answer) => patience(refusal(answer, request), signal),
      onProgress: (done) => onProgress?.(done),
      signal,
      attempts,
      pauseMilliseconds,
      stallMilliseconds
    }).catch(async (error: unknown) => {
      if (signal?.aborted) throw error
      if (error instanceof WrongSize) {
        await rm(part, { force: true })
        throw wrongSize(client, listing, file, error.came)
      }
      if (error instanceof MayPass) throw error.cause
      if (error instanceof UserError || isDiskError(error)) throw error
      const reason = connectionReason(error instanceof Error ? (error.cause ?? error) : error)
      throw new UserError(
        `'${file.path}' of ${repo} could not be downloaded from ${client.host}: ${reason}. What was downloaded ` +
          'is kept; download it again to resume.'
      )
    })
  }
}

/** A fault that another attempt may not meet, with the sentence for when it does. */
class MayPass extends Error {
  constructor(override readonly cause: UserError) {
    super(cause.message)
  }
}

/** Temporary faults are retried: at the hub's pace, if the wait it names is not too long. */
async function patience(error: Error, signal: AbortSignal | undefined): Promise<Error> {
  if (error instanceof ServerTrouble) return new MayPass(error)
  if (!(error instanceof RateLimited) || error.seconds === null || error.seconds > patientSeconds) return error
  await pause(error.seconds * 1000, undefined, { signal })
  return new MayPass(error)
}

/** Before it leads on to a file, the hub says which one: by `X-Linked-Etag` and `X-Linked-Size`. */
function checkAnnounced(client: HubClient, listing: Listing, file: ListedFile, answer: Answer): void {
  const etag = answer.headers.get('x-linked-etag')?.replace(/^W\//, '').replaceAll('"', '')
  const size = answer.headers.get('x-linked-size')
  if (size !== null && Number(size) !== file.bytes) throw wrongSize(client, listing, file, Number(size))
  if (etag !== undefined && etag !== file.hash) throw wrongHash(client, listing, file, etag)
}

async function check(
  client: HubClient,
  listing: Listing,
  file: ListedFile,
  part: string,
  { signal }: FileOptions
): Promise<void> {
  const came = await sizeOf(part)
  if (came !== file.bytes) {
    await rm(part, { force: true })
    throw wrongSize(client, listing, file, came)
  }
  // Git hashes a file with its length before it: gitformat-pack(5), "blob SIZE\0".
  const actual =
    file.algorithm === 'sha256'
      ? await fileHash(part, 'sha256', { signal })
      : await fileHash(part, 'sha1', { prefix: `blob ${file.bytes}\0`, signal })
  if (actual === file.hash) return
  await rm(part, { force: true })
  throw wrongHash(client, listing, file, actual)
}

function wrongSize(client: HubClient, { repo }: Listing, file: ListedFile, came: number): UserError {
  const bytes = (count: number): string => `${count.toLocaleString('en')} bytes`
  return new UserError(
    `${client.host} lists '${file.path}' of ${repo} with ${bytes(file.bytes)} and sends ${bytes(came)}. ` +
      'The file was discarded; look the model up again, and if that does not help, a proxy in between changes ' +
      'files.'
  )
}

function wrongHash(client: HubClient, { repo }: Listing, file: ListedFile, actual: string): UserError {
  return new UserError(
    `'${file.path}' of ${repo} came from ${client.host} with the hash ${actual} instead of ${file.hash}: it ` +
      'was damaged or changed in transit and has been deleted. Download it again; if that does not help, a ' +
      'proxy in between changes files.'
  )
}

async function finish(part: string, blob: string, bytes: number): Promise<void> {
  const file = await open(part, 'r+')
  // After a power cut there must be no name without its content.
  await file.sync().finally(() => file.close())
  await rename(part, blob).catch((error: unknown) => {
    // Another program may have finished the same file meanwhile.
    if (bytesOf(blob) !== bytes) throw error
  })
}

/** Makes the snapshot's entry: a relative link, or the file itself where links are not possible or not wanted. */
async function point(blob: string, pointer: string, fresh: boolean, symlinks: boolean): Promise<void> {
  await rm(pointer, { force: true })
  if (symlinks) {
    try {
      await symlink(relative(dirname(pointer), blob), pointer)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
      // Windows without the privilege, and some mounted disks: below.
    }
  }
  // A blob that others may point to stays; one fetched just now is moved, as huggingface_hub does.
  if (fresh) await rename(blob, pointer)
  else await link(blob, pointer).catch(() => copyFile(blob, pointer))
}

const diskCodes = ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS']

function isDiskError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && diskCodes.includes((error as NodeJS.ErrnoException).code ?? '')
}

function diskSentence(error: unknown, file: ListedFile, { cacheFolder }: HubSettings): UserError | null {
  if (!isDiskError(error)) return null
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new UserError(
      `'${file.path}' does not fit in ${cacheFolder}: the disk is full. What was downloaded is kept; ` +
        'free some space and download it again.'
    )
  }
  return new UserError(
    `'${file.path}' could not be written to ${cacheFolder}: the folder is not writable. Set HF_HUB_CACHE to ` +
      'another one.'
  )
}
