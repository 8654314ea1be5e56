import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@shared/userError'
import { hubCacheFolder, hubFolders, type Environment } from '../files/hubPlace'

/** What the environment says about the hub, by the names and rules of Python's huggingface_hub (its constants.py). */
export interface HubSettings {
  /** HF_ENDPOINT as it was given; `endpointOf` reads it. */
  endpoint: string | undefined
  /** Folder of `models--org--name` folders. */
  cacheFolder: string
  /** Where `hf auth login` saves a token. */
  tokenFile: string
  offline: boolean
  /** HF_HUB_DISABLE_SYMLINKS: snapshots hold the files themselves. */
  symlinks: boolean
}

export function readSettings(environment: Environment = process.env, home = homedir()): HubSettings {
  const { folder, hfHome } = hubFolders(environment, home)
  return {
    endpoint: environment.HF_ENDPOINT,
    cacheFolder: hubCacheFolder(environment, home),
    tokenFile: folder(environment.HF_TOKEN_PATH || join(hfHome, 'token')),
    offline: isTrue(environment.HF_HUB_OFFLINE || environment.TRANSFORMERS_OFFLINE),
    symlinks: !isTrue(environment.HF_HUB_DISABLE_SYMLINKS)
  }
}

/**
 * The access token: HF_TOKEN, then the file that `hf auth login` writes. Read when it is needed and kept nowhere.
 * @throws UserError if it cannot be a token; the message never contains it
 */
export function readToken(settings: HubSettings, environment: Environment = process.env): string | null {
  if (isTrue(environment.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return null
  const named = environment.HF_TOKEN || environment.HUGGING_FACE_HUB_TOKEN
  const text = (named || readIfThere(settings.tokenFile)).trim()
  if (text === '') return null
  if (/^[\x21-\x7e]+$/.test(text)) return text
  throw new UserError(
    `The access token in ${named ? 'HF_TOKEN' : settings.tokenFile} contains characters that no token has (a ` +
      'space, a line break). Copy it again.'
  )
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/**
 * Base address of the hub that was chosen, without a slash at its end; null for the library's own.
 * @throws UserError for what is not the address of a server
 */
export function endpointOf({ endpoint }: HubSettings): string | null {
  const text = endpoint?.trim().replace(/\/+$/, '') ?? ''
  if (text === '') return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new UserError(
      'HF_ENDPOINT is not the address of a hub; it must be http(s)://HOST[:PORT], without a user name or a query.'
    )
  }
  return text
}

function isTrue(value: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes(value?.toUpperCase() ?? '')
}
