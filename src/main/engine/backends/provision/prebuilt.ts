import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { log } from '../../log/log'
import { resourcePath } from '../../paths'
import { processorFeatures } from '../processorFeatures'
import { bestVariant, thisSystem } from './variants'

/** What a folder of prebuilt add-ons says about itself. */
export interface PrebuiltManifest {
  /** `BuildInputs.sources` of what they were compiled from. */
  sources: string
}

export const prebuiltManifest = 'manifest.json'

/** Where a release has the add-ons for one system: `<variant>.node`, `quiet.node` and a manifest. */
export function prebuiltFolder(): string {
  return resourcePath('prebuilds', thisSystem())
}

export interface PrebuiltChoice {
  folder: string
  /** `BuildInputs.sources` of this version. */
  sources: string
  features?: ReadonlySet<string>
}

/** Name of the fastest prebuilt add-on that this processor can run; null where there is none for these sources. */
export function choosePrebuilt({ folder, sources, features = processorFeatures() }: PrebuiltChoice): string | null {
  const path = join(folder, prebuiltManifest)
  if (!existsSync(path)) return null
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as PrebuiltManifest
  if (manifest.sources !== sources) return null
  const available = readdirSync(folder).flatMap((name) => (name.endsWith('.node') ? name.slice(0, -5) : []))
  return bestVariant(thisSystem(), features, available)?.name ?? null
}

/**
 * Puts the prebuilt add-on for this processor where a compiled one would be: it finds TensorFlow relative to its own
 * place.
 * @param target path of the add-on
 * @returns whether there is one
 */
export function placePrebuilt(target: string, choice: PrebuiltChoice): boolean {
  const name = choosePrebuilt(choice)
  if (name === null) return false
  const folder = dirname(target)
  const partial = `${folder}.${process.pid}.partial`
  try {
    mkdirSync(partial, { recursive: true })
    copyFileSync(join(choice.folder, `${name}.node`), join(partial, 'tfjs_binding.node'))
    copyFileSync(join(choice.folder, 'quiet.node'), join(partial, 'quiet.node'))
    renameSync(partial, folder)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    // Another process may have been quicker; a cache that cannot be written has no add-on.
    if (!existsSync(target)) log.warn('native.prebuilt', { reason: (error as Error).message })
  }
  return existsSync(target)
}
