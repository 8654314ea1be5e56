import { readdirSync, readFileSync, statSync, type Dirent, type Stats } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { log } from '../log/log'

/**
 * The cache that Hugging Face's tools share, as huggingface_hub lays it out (its guide "Understand caching"):
 *
 *     models--org--name/blobs/HASH                    a file by its hash: SHA-256 where it is stored by git LFS, git's
 *     SHA-1 otherwise models--org--name/blobs/HASH.incomplete         the bytes so far
 *     models--org--name/snapshots/COMMIT/config.json  -> ../../blobs/HASH models--org--name/refs/main
 *       holds COMMIT
 */
export interface RepoFolders {
  root: string
  blobs: string
  snapshots: string
  refs: string
}

const prefix = 'models--'

/** In front of the name of a data set, as in its address on the hub. */
const datasets = 'datasets/'

/** Whether a name is that of a data set, `datasets/org/name`. */
export function isDataset(repo: string): boolean {
  return repo.startsWith(datasets)
}

/** The name without what says that it is a data set. */
export function bareName(repo: string): string {
  return isDataset(repo) ? repo.slice(datasets.length) : repo
}

export function repoFolders(cacheFolder: string, repo: string): RepoFolders {
  const root = join(cacheFolder, (isDataset(repo) ? 'datasets--' : prefix) + bareName(repo).replace('/', '--'))
  return { root, blobs: join(root, 'blobs'), snapshots: join(root, 'snapshots'), refs: join(root, 'refs') }
}

/** Names of the models, or of the data sets, that have a folder in the cache. */
export function reposIn(cacheFolder: string, kind: 'model' | 'dataset' = 'model'): string[] {
  const [start, name] = kind === 'model' ? [prefix, ''] : ['datasets--', datasets]
  return namesIn(cacheFolder)
    .filter((folder) => folder.startsWith(start))
    .map((folder) => name + folder.slice(start.length).split('--').join('/'))
    .filter(isRepo)
}

/** Bytes that the file of a branch or tag may have; it holds 40 characters. */
const longestRef = 1000

/**
 * Branches and tags with the commit that each referred to when last looked up. A file that cannot be read (a broken
 * link, a pipe) is skipped, with a line in the log.
 */
export function refsIn({ refs }: RepoFolders): Map<string, string> {
  const commits = new Map<string, string>()
  const walk = (folder: string, before: string): void => {
    for (const entry of entriesIn(folder)) {
      const name = before + entry.name
      if (entry.isDirectory()) walk(join(folder, entry.name), `${name}/`)
      else {
        const commit = readRef(join(folder, entry.name))
        if (commit !== null && isCommit(commit)) commits.set(name, commit)
      }
    }
  }
  walk(refs, '')
  return commits
}

/**
 * Folder of the snapshot that a branch, a tag or a commit refers to, whether or not it is complete; null for none. A
 * commit may be shortened where one alone begins like that.
 */
export function snapshotFolder(cacheFolder: string, repo: string, revision: string): string | null {
  const folders = repoFolders(cacheFolder, repo)
  const commits = namesIn(folders.snapshots).filter(isCommit)
  const short = /^[0-9a-f]{5,40}$/.test(revision) ? commits.filter((commit) => commit.startsWith(revision)) : []
  const commit =
    refsIn(folders).get(revision) ??
    commits.find((whole) => whole === revision) ??
    (short.length === 1 ? short[0] : undefined)
  return commit !== undefined && commits.includes(commit) ? join(folders.snapshots, commit) : null
}

function readRef(path: string): string | null {
  // Checked first: reading a pipe would wait for its writer.
  const bytes = bytesOf(path)
  try {
    if (bytes !== null && bytes <= longestRef) return readFileSync(path, 'utf8').trim()
  } catch {
    // Not readable by this user: left out like the others.
  }
  log.warn('hub.ref.skipped', { path })
  return null
}

/** The model, commit and revisions behind a folder of the cache; null for any other folder. */
export function snapshotOf(folder: string): { repo: string; commit: string; revisions: string[] } | null {
  const commit = basename(folder)
  const root = dirname(dirname(folder))
  if (!isCommit(commit) || basename(dirname(folder)) !== 'snapshots' || !basename(root).startsWith(prefix)) return null
  const repo = basename(root).slice(prefix.length).split('--').join('/')
  if (!isRepo(repo)) return null
  const refs = refsIn(repoFolders(dirname(root), repo))
  return { repo, commit, revisions: [...refs].filter(([, stands]) => stands === commit).map(([name]) => name) }
}

/**
 * The parts of a file's path inside a repository; null for one that could lead out of its folder on any system. The
 * listing comes from the repository's author.
 */
export function safeParts(path: string): string[] | null {
  const parts = path.split('/')
  const wrong = (part: string): boolean =>
    part === '' || part === '.' || part === '..' || part.length > 255 || /[\\:\0-\x1f]/.test(part)
  return path.length > 1000 || parts.some(wrong) ? null : parts
}

/** Bytes of a file, through links; null where there is none. */
export function bytesOf(path: string): number | null {
  const info = infoOf(path)
  return info?.isFile() ? info.size : null
}

/** What is at a path, through links; null where there is nothing that can be reached. */
export function infoOf(path: string): Stats | null {
  try {
    return statSync(path)
  } catch {
    return null
  }
}

export function namesIn(folder: string): string[] {
  return entriesIn(folder).map((entry) => entry.name)
}

/** Entries of a folder; none where it cannot be read. */
export function entriesIn(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/**
 * The characters that Hugging Face allows in `org/name` (`validate_repo_id` of huggingface_hub). '--' separates the two
 * in the cache's folder names, so no part may hold it.
 */
const repoPattern = /^(?:[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?\/)?[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?$/

/** Whether a text has the form of a model's name, for example 'org/name', or of a data set's, 'datasets/org/name'. */
export function isRepo(repo: string): boolean {
  return repoPattern.test(bareName(repo)) && !repo.includes('--') && !repo.includes('..') && !repo.endsWith('.git')
}

/** Whether a text has the form of a commit's hash. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision)
}
