import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { appRoot, cacheDir, resourcePath } from '../../paths'
import { patchVersion } from './patch'
import { placePrebuilt, prebuiltFolder } from './prebuilt'

/** The release of TensorFlow that the binding is built against; any patch release of it serves. */
export const tensorflowSeries = '2.21'

const napiVersion = 8

export type Flavour = 'cpu' | 'cuda'

/** Folders of npm packages and our own sources that an add-on is built from. */
export interface BuildInputs {
  bindingSources: string
  nodeHeaders: string
  kernelSources: string
  /** Hash of every source and version that goes into an add-on. */
  sources: string
  /** The same with this machine's processor; another key means another build. */
  key: string
}

/** Native TensorFlow in the cache. */
export interface NativeInstall {
  flavour: Flavour
  version: string
  /** Folder of the one TensorFlow release, shared by all add-ons built against it. */
  root: string
  /** The add-on; null when it has not been built for this key. */
  addon: string | null
}

export function nativeRoot(): string {
  return join(cacheDir(), 'native')
}

export function installName(flavour: Flavour, version: string): string {
  return `tensorflow-${flavour}-${version}-${process.platform}-${process.arch}`
}

export function addonPath(root: string, key: string): string {
  return join(root, 'addons', key, 'tfjs_binding.node')
}

let inputs: BuildInputs | undefined

export function buildInputs(): BuildInputs {
  if (inputs) return inputs
  const require = createRequire(join(appRoot(), 'package.json'))
  const binding = require.resolve('@tensorflow/tfjs-node-gpu/package.json')
  const headers = require.resolve('node-api-headers/package.json')
  const kernelSources = resourcePath('native')
  const hash = createHash('sha256')
  for (const name of readdirSync(kernelSources)
    .filter((file) => /\.(cc|h)$/.test(file))
    .sort()) {
    hash.update(name).update(readFileSync(join(kernelSources, name)))
  }
  const versions = hash.copy().update(`${versionIn(headers)} ${versionIn(binding)} ${patchVersion} napi${napiVersion}`)
  // Built with -march=native: a home folder shared by different machines gets an add-on for each.
  hash.update(`${versionIn(headers)} ${patchVersion} ${cpus()[0]?.model ?? ''}`)
  inputs = {
    bindingSources: join(dirname(binding), 'binding'),
    nodeHeaders: join(dirname(headers), 'include'),
    kernelSources,
    sources: versions.digest('hex'),
    // Both npm packages hold the same binding: add-ons built when this was @tensorflow/tfjs-node keep serving.
    key: `tfjs-node-${versionIn(binding)}-napi${napiVersion}-${hash.digest('hex').slice(0, 12)}`
  }
  return inputs
}

function versionIn(manifest: string): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

/**
 * The install of a flavour in the cache, newest release first; null if there is no complete one. Where an add-on for
 * this processor is missing and the release brings one along, it is put in its place.
 */
export function findInstall(flavour: Flavour): NativeInstall | null {
  const folder = nativeRoot()
  if (!existsSync(folder)) return null
  const prefix = `tensorflow-${flavour}-${tensorflowSeries}.`
  const suffix = `-${process.platform}-${process.arch}`
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
  names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  for (const name of names) {
    const root = join(folder, name)
    if (!existsSync(join(root, 'manifest.json'))) continue
    const { key, sources } = buildInputs()
    const addon = addonPath(root, key)
    return {
      flavour,
      version: name.slice(`tensorflow-${flavour}-`.length, -suffix.length),
      root,
      addon: existsSync(addon) || placePrebuilt(addon, { folder: prebuiltFolder(), sources }) ? addon : null
    }
  }
  return null
}

/** Whether NVIDIA's driver is loaded: the only thing that TensorFlow's CUDA wheels need from the system. */
export function hasNvidiaDriver(): boolean {
  return existsSync('/proc/driver/nvidia/version') || existsSync('/usr/lib/wsl/lib/libcuda.so.1')
}

/** The oldest driver that TensorFlow's CUDA 12 wheels work with (TensorFlow's installation guide). */
const oldestDriver = '525.60.13'

/**
 * Why NVIDIA's driver is too old for the libraries, as a sentence; null where it is not. Checked before gigabytes are
 * fetched.
 * @param note the text of /proc/driver/nvidia/version; null where there is none (under WSL the driver is Windows')
 */
export function whyDriverTooOld(note: string | null): string | null {
  const driver = note && /Module.*?\s(\d+(?:\.\d+)+)/.exec(note)?.[1]
  if (!driver || driver.localeCompare(oldestDriver, 'en', { numeric: true }) >= 0) return null
  return (
    `NVIDIA's driver ${driver} is too old for TensorFlow with CUDA, which needs ${oldestDriver} or newer. ` +
    'Update the driver and run `npm run setup` again.'
  )
}

export function readDriverNote(): string | null {
  try {
    return readFileSync('/proc/driver/nvidia/version', 'utf8')
  } catch {
    return null
  }
}

export function wantedFlavour(): Flavour {
  return process.platform === 'linux' && hasNvidiaDriver() ? 'cuda' : 'cpu'
}
