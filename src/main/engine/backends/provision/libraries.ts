import { existsSync } from 'node:fs'
import { readdir, symlink } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { UserError } from '@shared/userError'
import { readElf } from './elf'
import { libraryNames } from './members'

/** CUDA libraries that TensorFlow 2.21 opens by name when it finds a card; they are not linked with it. */
export const cudaLibraries = [
  'libcudart.so.12',
  'libcublas.so.12',
  'libcublasLt.so.12',
  'libcufft.so.11',
  'libcusolver.so.11',
  'libcusparse.so.12',
  'libcudnn.so.9'
]

/**
 * Makes sure that TensorFlow finds NVIDIA's libraries where they were unpacked. It looks in its run path and in its own
 * folder; what the run path does not reach gets a link in that folder.
 * @param root of the install: `tensorflow/` and `nvidia/<part>/lib/`
 * @throws UserError naming the libraries that are nowhere
 */
export async function linkCudaLibraries(root: string, wanted: readonly string[] = cudaLibraries): Promise<void> {
  const { cc, framework } = libraryNames('linux')
  const folder = join(root, 'tensorflow')
  const reached = new Set<string>([folder])
  for (const name of [cc, framework]) for (const path of await searchFolders(join(folder, name))) reached.add(path)
  const unpacked = await unpackedLibraries(root)
  const missing: string[] = []
  for (const name of wanted) {
    if ([...reached].some((path) => existsSync(join(path, name)))) continue
    const path = unpacked.get(name)
    if (path === undefined) missing.push(name)
    else await symlink(relative(folder, path), join(folder, name))
  }
  const unresolved = await unresolvedNeeds(wanted, unpacked)
  if (missing.length + unresolved.length > 0)
    throw new UserError(
      `TensorFlow with CUDA was unpacked, but not all of it is there: ${[...missing, ...unresolved].join(', ')}. Run ` +
        '`npm run setup -- --force`; without CUDA, Layerscope computes on the processor.'
    )
}

/** Folders in which the loader looks for what a library is linked with, absolute. */
async function searchFolders(path: string): Promise<string[]> {
  const { searchPaths } = await readElf(path)
  const origin = dirname(path)
  return searchPaths.map((folder) => resolve(origin, folder.replace(/\$\{?ORIGIN\}?/g, origin)))
}

/** NVIDIA's libraries by their file names. */
async function unpackedLibraries(root: string): Promise<Map<string, string>> {
  const nvidia = join(root, 'nvidia')
  const files = new Map<string, string>()
  if (!existsSync(nvidia)) return files
  for (const entry of await readdir(nvidia, { recursive: true, withFileTypes: true }))
    if (/\.so(\.|$)/.test(entry.name)) files.set(entry.name, join(entry.parentPath, entry.name))
  return files
}

/**
 * What of NVIDIA the wanted libraries are linked with, directly or not, and is not there, as `libcusolver.so.11 needs
 * libnvJitLink.so.12`.
 */
async function unresolvedNeeds(wanted: readonly string[], unpacked: ReadonlyMap<string, string>): Promise<string[]> {
  const problems: string[] = []
  const seen = new Set(wanted)
  for (const name of seen) {
    const path = unpacked.get(name)
    if (path === undefined) continue
    for (const other of (await readElf(path)).needed) {
      if (!/^lib(cu|nv)/.test(other) || isOfDriver(other)) continue
      if (unpacked.has(other)) seen.add(other)
      else problems.push(`${name} needs ${other}`)
    }
  }
  return problems
}

/** Comes with the driver, not with the wheels. */
function isOfDriver(name: string): boolean {
  return /^lib(cuda|nvidia-ml)\.so/.test(name)
}
