import { mkdir, readFile, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { UserError } from '@shared/userError'
import { atomicWrite } from '../files/atomicWrite'
import { repoFolders } from '../files/hubCache'
import { readableBytes } from '../files/notWritten'
import { withLock } from '../transfer/lock'
import { cacheFile, type FileOptions } from './cacheFile'
import type { HubClient } from './hubClient'
import type { Listing } from './listing'
import { planOf } from './plan'
import type { HubSettings } from './settings'

export interface ModelDownload extends Omit<FileOptions, 'onProgress' | 'onCheck'> {
  /** Bytes of what was missing at the start, and what is happening now. */
  onProgress?: (done: number, total: number, message: string) => void
  /** Bytes that are free in a folder; asked of the disk where it is left out. */
  freeBytes?: (folder: string) => Promise<number>
}

/**
 * Downloads what opening a model or a data set needs into the cache and returns the folder to open. Complete
 * files are not downloaded again; interrupted downloads, of this run or an earlier one, are resumed.
 * @throws UserError for everything that can go wrong
 */
export async function downloadModel(client: HubClient, listing: Listing, options: ModelDownload): Promise<string> {
  const { settings, signal, onProgress } = options
  const { repo, commit, part = '' } = listing
  const report = onProgress ?? (() => undefined)
  // Beside huggingface_hub's own locks, which are of a kind that Node cannot take; its downloads have names of their
  // own.
  const lock = join(
    settings.cacheFolder,
    '.locks',
    basename(repoFolders(settings.cacheFolder, repo).root),
    'layerscope.lock'
  )
  return withCache(settings, () =>
    withLock(
      lock,
      async () => {
        const { wanted, refusal } = await planOf(client, listing, settings, signal)
        if (refusal !== null) throw new UserError(refusal)
        const total = wanted.reduce((sum, { file, here }) => sum + file.bytes - here, 0)
        await ensureRoom(total, repo, options)
        let before = 0
        for (const { file, here } of wanted) {
          const arrived = (done: number): number => before + Math.max(0, done - here)
          await cacheFile(client, listing, file, {
            ...options,
            onProgress: (done) => report(arrived(done), total, `Downloading ${file.path}`),
            onCheck: () => report(arrived(file.bytes), total, `Checking ${file.path}`)
          })
          before += file.bytes - here
        }
        await writeRef(listing, settings)
        return join(repoFolders(settings.cacheFolder, repo).snapshots, commit, part)
      },
      { signal, onWait: () => report(0, 0, `Another Layerscope is downloading ${repo}`) }
    )
  )
}

async function withCache<T>({ cacheFolder }: HubSettings, work: () => Promise<T>): Promise<T> {
  try {
    await mkdir(cacheFolder, { recursive: true })
    return await work()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM' && code !== 'ENOTDIR' && code !== 'EEXIST')
      throw error
    throw new UserError(`The cache of models, ${cacheFolder}, is not writable. Set HF_HUB_CACHE to another folder.`)
  }
}

/**
 * Notes which commit a branch or tag stands for. Written when all is there, so that a name that was complete stays so
 * while a newer commit is on its way.
 */
async function writeRef({ repo, revision, commit }: Listing, settings: HubSettings): Promise<void> {
  if (revision === commit) return
  const path = join(repoFolders(settings.cacheFolder, repo).refs, ...revision.split('/'))
  if ((await readFile(path, 'utf8').catch(() => '')) === commit) return
  await mkdir(dirname(path), { recursive: true })
  atomicWrite(path, commit)
}

async function ensureRoom(
  bytes: number,
  repo: string,
  { settings, freeBytes = freeOnDisk }: ModelDownload
): Promise<void> {
  const free = await freeBytes(settings.cacheFolder)
  if (free >= bytes) return
  throw new UserError(
    `${repo} needs ${readableBytes(bytes)} in ${settings.cacheFolder}, and ${readableBytes(free)} are free. Free ` +
      'some space, or set HF_HUB_CACHE to another disk.'
  )
}

async function freeOnDisk(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}
