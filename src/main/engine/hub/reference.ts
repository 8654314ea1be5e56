import { UserError } from '@shared/userError'
import { isRepo } from '../files/hubCache'

/** A model by name, as people write it. */
export interface HubReference {
  /** `name` or `org/name`. */
  repo: string
  /** Branch, tag or commit; 'main' where none was given. */
  revision: string
}

export const defaultRevision = 'main'

/**
 * Reads `name`, `org/name`, either with `@revision`, and the address of a model's page copied from a browser.
 * @param hosts hosts whose pages are understood
 * @throws UserError saying what is wrong with it and how a name looks
 */
export function parseReference(text: string, hosts: readonly string[]): HubReference {
  const trimmed = text.trim()
  if (trimmed === '')
    throw new UserError('Type the name of a model, for example bert-base-uncased or org/name@revision.')
  const { repo, revision } = /^[a-z]+:\/\//i.test(trimmed) ? fromAddress(trimmed, hosts) : fromName(trimmed)
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
  return { repo, revision }
}

/** The same, with null for what is not the name of a model. */
export function readReference(text: string): HubReference | null {
  const reference = fromName(text.trim())
  return isRepo(reference.repo) && isRevision(reference.revision) ? reference : null
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
  const at = text.indexOf('@')
  return at < 0 ? { repo: text, revision: defaultRevision } : { repo: text.slice(0, at), revision: text.slice(at + 1) }
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
  if (parts[0] === 'datasets' || parts[0] === 'spaces') {
    throw new UserError(
      `'${shown(text)}' is a ${parts[0] === 'datasets' ? 'data set' : 'space'}, not a model. Type the name of a model.`
    )
  }
  if (parts[0] === 'models') parts.shift()
  const verb = parts.findIndex((part, index) => index > 0 && /^(tree|blob|resolve|raw|commit)$/.test(part))
  const name = verb < 0 ? parts : parts.slice(0, verb)
  if (verb < 0) return { repo: name.join('/'), revision: defaultRevision }
  // An address does not show where a branch with slashes ends and a file's path begins; `refs/pr/1` is the one the hub
  // makes itself.
  const after = parts.slice(verb + 1)
  const revision = after[0] === 'refs' ? after.slice(0, 3).join('/') : after[0]
  return { repo: name.join('/'), revision: revision ?? defaultRevision }
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
