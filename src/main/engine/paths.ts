import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The part of the machine that decides where a person's files go; a parameter so that each system's rule can be tested
 * on any.
 */
export interface Machine {
  platform: NodeJS.Platform
  home: string
  environment: Environment
}

function thisMachine(): Machine {
  return { platform: process.platform, home: homedir(), environment: process.env }
}

/**
 * What can be made again: native TensorFlow, activations. `LAYERSCOPE_CACHE` moves it; otherwise the system's own place
 * for caches (XDG Base Directory Specification, ~/Library/Caches, %LOCALAPPDATA%).
 */
export function cacheDir(machine: Machine = thisMachine()): string {
  const { environment, platform, home } = machine
  if (environment.LAYERSCOPE_CACHE) return resolve(environment.LAYERSCOPE_CACHE)
  if (platform === 'win32')
    return join(environment.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'layerscope', 'Cache')
  if (environment.XDG_CACHE_HOME) return join(environment.XDG_CACHE_HOME, 'layerscope')
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'layerscope')
  return join(home, '.cache', 'layerscope')
}

/** What cannot be made again: settings, recent files, the state of the window. `LAYERSCOPE_DATA` moves it. */
export function dataDir(machine: Machine = thisMachine()): string {
  const { environment, platform, home } = machine
  if (environment.LAYERSCOPE_DATA) return resolve(environment.LAYERSCOPE_DATA)
  if (platform === 'win32') return join(environment.APPDATA ?? join(home, 'AppData', 'Roaming'), 'layerscope')
  if (environment.XDG_DATA_HOME) return join(environment.XDG_DATA_HOME, 'layerscope')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'layerscope')
  return join(home, '.local', 'share', 'layerscope')
}

/** What a person writes by hand: clusters.yaml. `LAYERSCOPE_CONFIG` moves it. */
export function configDir(machine: Machine = thisMachine()): string {
  const { environment, platform, home } = machine
  if (environment.LAYERSCOPE_CONFIG) return resolve(environment.LAYERSCOPE_CONFIG)
  if (platform === 'win32' || platform === 'darwin') return dataDir(machine)
  return join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'layerscope')
}

/** Where finished results are kept. Its name is from when they were probing runs alone. */
export function keptResultsFolder(): string {
  return join(dataDir(), 'probes')
}

/** Which runs on many machines the window shows. */
export function knownRunsFolder(): string {
  return join(dataDir(), 'runs')
}

let foundRoot: string | undefined

/** The folder that holds package.json, resources and out: found by walking up, so that sources and bundles agree. */
export function appRoot(): string {
  if (foundRoot) return foundRoot
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const manifest = join(folder, 'package.json')
    if (
      existsSync(manifest) &&
      (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'layerscope'
    ) {
      foundRoot = folder
      return folder
    }
    const parent = dirname(folder)
    if (parent === folder) throw new Error('The folder of Layerscope was not found above its own code.')
    folder = parent
  }
}

let foundVersion: string | undefined

/** The version of Layerscope. */
export function appVersion(): string {
  foundVersion ??= (JSON.parse(readFileSync(join(appRoot(), 'package.json'), 'utf8')) as { version: string }).version
  return foundVersion
}

/** A file or folder under resources/. */
export function resourcePath(...parts: string[]): string {
  return join(appRoot(), 'resources', ...parts)
}

/**
 * The same for another program, which cannot look into the archive of a release: what is unpacked is beside it.
 * @param path a path of `resourcePath`
 */
export function outsideArchive(path: string): string {
  return path.replace(/([\\/]app\.asar)(?=[\\/])/, '$1.unpacked')
}
