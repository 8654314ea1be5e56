import { UserError } from '@shared/userError'
import { isDataset, isRepo, safeParts } from '../files/hubCache'

/** A model or a data set by name, as people write it. */
export interface HubReference {
  /** `name` or `org/name`; of a data set `datasets/org/name`. */
  repo: string
  /** Branch, tag or commit; 'main' where none was given. */
  revision: string
  /** Of a data set, the folder that is meant; left out for all of it. */
  part?: string
}

export const defaultRevision = 'main'

/**
 * Reads `name`, `org/name`, either with `@revision`, `datasets/org/name@revision:folder`, and the address of a page
 * copied from a browser.
 * @param hosts hosts whose pages are understood
 * @throws UserError saying what is wrong with it and how a name looks
 */
export function parseReference(text: string, hosts: readonly string[]): HubReference {
  const trimmed = text.trim()
  if (trimmed === '')
    throw new UserError('Type the name of a model, for example bert-base-uncased or org/name@revision.')
  const { repo, revision, part } = /^[a-z]+:\/\//i.test(trimmed) ? fromAddress(trimmed, hosts) : fromName(trimmed)
  if (!isRepo(repo)) {
    throw new UserError(
      `'${shown(repo)}' is not the name of a model. A name is bert-base-uncased or org/name, with letters, ` +
        "digits, '-', '_' and '.'."
    )
  }
  if (!isRevision(revision)) {
    throw new UserError(
      `'${shown(revision)}' is not a revision; it is a branch, a tag or a commit, for example ${shown(repo)}@main.`
    )
  }
  if (part !== undefined && safeParts(part) === null)
    throw new UserError(`'${shown(part)}' is not a folder of a data set, for example ${shown(repo)}:data/en.`)
  return { repo, revision, ...(part !== undefined && { part }) }
}

/** The same, with null for what is not the name of a model. */
export function readReference(text: string): HubReference | null {
  const reference = fromName(text.trim())
  const { repo, revision, part = 'all' } = reference
  return isRepo(repo) && isRevision(revision) && safeParts(part) !== null ? reference : null
}

/**
 * What git allows as a name of a branch or tag (git-check-ref-format), and no part of it that leads elsewhere in a
 * folder.
 */
export function isRevision(revision: string): boolean {
  const parts = revision.split('/')
  return (
    revision.length <= 200 &&
    /^[A-Za-z0-9_][\w./+-]*$/.test(revision) &&
    parts.every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock')) &&
    !revision.includes('..')
  )
}

function fromName(text: string): HubReference {
  const colon = isDataset(text) ? text.indexOf(':') : -1
  const name = colon < 0 ? text : text.slice(0, colon)
  const at = name.indexOf('@')
  return {
    ...(at < 0 ? { repo: name, revision: defaultRevision } : { repo: name.slice(0, at), revision: name.slice(at + 1) }),
    ...(colon >= 0 && { part: text.slice(colon + 1).replace(/\/$/, '') })
  }
}

/** `https://HOST/org/name`, also with `/tree/REVISION`, `/blob/REVISION/FILE` or `/resolve/REVISION/FILE` after it. */
function fromAddress(text: string, hosts: readonly string[]): HubReference {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !hosts.includes(url.host)) {
    throw new UserError(
      `'${shown(text)}' is not an address at ${hosts[0]!}. Type the model's name, org/name; HF_ENDPOINT ` +
        'sets another hub.'
    )
  }
  const parts = decode(url.pathname)
    .split('/')
    .filter((part) => part !== '')
  if (parts[0] === 'spaces') throw new UserError(`'${shown(text)}' is a space, not a model. Type the name of a model.`)
  if (parts[0] === 'models') parts.shift()
  const verb = parts.findIndex((part, index) => index > 0 && /^(tree|blob|resolve|raw|commit)$/.test(part))
  const name = verb < 0 ? parts : parts.slice(0, verb)
  if (verb < 0) return { repo: name.join('/'), revision: defaultRevision }
  // An address does not show where a branch with slashes ends and a file's path begins; `refs/pr/1` is the one the hub
  // makes itself.
  const after = parts.slice(verb + 1)
  const revision = after[0] === 'refs' ? after.slice(0, 3).join('/') : after[0]
  const part = after.slice(after[0] === 'refs' ? 3 : 1).join('/')
  return {
    repo: name.join('/'),
    revision: revision ?? defaultRevision,
    ...(parts[verb] === 'tree' && part !== '' && isDataset(name.join('/')) && { part })
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function shown(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
