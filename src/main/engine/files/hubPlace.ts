import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

/** Where Hugging Face's tools keep their files, by the rules of huggingface_hub (its constants.py). */
export function hubFolders(
  environment: Environment,
  home: string
): { hfHome: string; folder: (value: string) => string } {
  const folder = (value: string): string => resolve(expanded(value, environment, home))
  const hfHome = folder(environment.HF_HOME || join(environment.XDG_CACHE_HOME || join(home, '.cache'), 'huggingface'))
  return { hfHome, folder }
}

/** The folder of `models--org--name` folders. */
export function hubCacheFolder(environment: Environment = process.env, home = homedir()): string {
  const { hfHome, folder } = hubFolders(environment, home)
  return folder(environment.HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE || join(hfHome, 'hub'))
}

/**
 * `~` and `$NAME` as Python's os.path.expanduser and expandvars read them; a variable that is not set stays as it is.
 */
function expanded(path: string, environment: Environment, home: string): string {
  const full = path === '~' || /^~[\\/]/.test(path) ? home + path.slice(1) : path
  return full.replace(
    /\$(?:(\w+)|\{(\w+)\})/g,
    (whole, bare?: string, braced?: string) => environment[bare ?? braced ?? ''] ?? whole
  )
}
