import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** @param path absolute, or relative to the project's folder */
export function readJson(path) {
  return JSON.parse(readFileSync(resolve(root, path), 'utf8'))
}

/** The same rule as `cacheDir` in src/main/engine/paths.ts, for what must run before anything is built. */
export function cacheDir(environment = process.env) {
  if (environment.LAYERSCOPE_CACHE) return resolve(environment.LAYERSCOPE_CACHE)
  if (process.platform === 'win32')
    return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'layerscope', 'Cache')
  if (environment.XDG_CACHE_HOME) return join(environment.XDG_CACHE_HOME, 'layerscope')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'layerscope')
  return join(homedir(), '.cache', 'layerscope')
}
