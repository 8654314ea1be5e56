import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@shared/userError'
import { compileBinding } from './compile'
import { buildInputs, nativeRoot } from './install'
import { prebuiltManifest, type PrebuiltManifest } from './prebuilt'
import { provisionNative, type ProvisionOptions } from './provision'
import { thisSystem, variantsFor } from './variants'

/**
 * Compiles the add-ons of a release for this system, one for each kind of processor, into `folder/<system>`. TensorFlow
 * is brought into the cache first: they are linked against it.
 * @returns the names of the builds
 * @throws UserError where this system has none, or where one does not compile
 */
export async function buildPrebuilts(folder: string, options: ProvisionOptions = {}): Promise<string[]> {
  const system = thisSystem()
  const variants = variantsFor(system)
  if (variants.length === 0)
    throw new UserError(`Native TensorFlow is not used on ${system}; there is nothing to build.`)
  const { install, reason } = await provisionNative(options)
  if (!install) throw new UserError(reason)
  const { key: _key, sources, ...inputs } = buildInputs()
  const target = join(folder, system)
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  for (const { name, flags } of variants) {
    options.onProgress?.({ phase: 'compile', message: `Compiling the add-on for ${name}`, done: 0, total: 0 })
    const workshop = join(nativeRoot(), `prebuild-${name}-${process.pid}`)
    try {
      const addon = await compileBinding({
        ...inputs,
        platform: process.platform,
        tensorflow: join(install.root, 'tensorflow'),
        target: workshop,
        relativeTensorflow: '../../tensorflow',
        machine: flags,
        selfContained: true,
        signal: options.signal
      })
      await copyFile(addon, join(target, `${name}.node`))
      await copyFile(join(workshop, 'quiet.node'), join(target, 'quiet.node'))
    } finally {
      await rm(workshop, { recursive: true, force: true })
    }
  }
  await writeFile(join(target, prebuiltManifest), JSON.stringify({ sources } satisfies PrebuiltManifest))
  return variants.map(({ name }) => name)
}
