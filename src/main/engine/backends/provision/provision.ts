import { mkdir, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { UserError } from '@shared/userError'
import { errorFields, log } from '../../log/log'
import { compileBinding, findCompiler } from './compile'
import { download, verify } from './download'
import {
  addonPath,
  buildInputs,
  findInstall,
  installName,
  nativeRoot,
  tensorflowSeries,
  wantedFlavour,
  type Flavour,
  type NativeInstall,
  readDriverNote,
  whyDriverTooOld
} from './install'
import { withLock } from '../../transfer/lock'
import { pinnedWheels } from './pinnedWheels'
import { linkCudaLibraries } from './libraries'
import { choosePrebuilt, placePrebuilt, prebuiltFolder } from './prebuilt'
import { nvidiaMembers, tensorflowMembers } from './members'
import { downloadByPip, findPip, PipTooOld, resolveWheels, type Pip, type WheelFile, type WheelSource } from './pip'
import { parentPort } from '../../processes/parentPort'
import { lastLine, runTool } from '../../processes/runTool'
import { thisSystem } from './variants'
import { ZipReader } from './zip'
import { wheelAddress } from '../../release'

export type ProvisionPhase = 'resolve' | 'wait' | 'download' | 'unpack' | 'compile' | 'check'

export interface ProvisionProgress {
  phase: ProvisionPhase
  /** A few words for the waiting user. */
  message: string
  /** Bytes while downloading and unpacking; otherwise 0 of 0. */
  done: number
  total: number
}

export interface ProvisionOptions {
  onProgress?: (progress: ProvisionProgress) => void
  signal?: AbortSignal
  /** Build the add-on and fetch TensorFlow even if they exist already. */
  force?: boolean
}

export interface ProvisionResult {
  state: 'ready' | 'unavailable'
  /** One sentence: what is there, or why it is not. */
  reason: string
  install: NativeInstall | null
}

const freeBytesNeeded: Record<Flavour, number> = { cpu: 1.4e9, cuda: 12e9 }

/**
 * Brings native TensorFlow into the cache: resolves the wheel with pip, downloads it with its hash, takes the libraries
 * and headers out, and compiles the binding. If a step fails, the answer is a sentence, never an exception:
 * the app then computes with wasm.
 */
export async function provisionNative(options: ProvisionOptions = {}): Promise<ProvisionResult> {
  try {
    const install = await provision(options)
    return { state: 'ready', reason: `TensorFlow ${install.version} is ready (${install.root}).`, install }
  } catch (error) {
    if (options.signal?.aborted)
      return {
        state: 'unavailable',
        reason: 'The setup of native TensorFlow was cancelled; it is resumed next time.',
        install: null
      }
    log.warn('native.unavailable', errorFields(error))
    return { state: 'unavailable', reason: sentence(error), install: null }
  }
}

/** What is in the cache now, without changing anything. */
export function nativeState(): ProvisionResult {
  const install = findInstall(wantedFlavour()) ?? findInstall('cpu')
  if (install?.addon)
    return { state: 'ready', reason: `TensorFlow ${install.version} is ready (${install.root}).`, install }
  return { state: 'unavailable', reason: 'Native TensorFlow is not set up; `npm run setup` fetches it.', install: null }
}

async function provision(options: ProvisionOptions): Promise<NativeInstall> {
  const wanted = wantedFlavour()
  try {
    return await provisionFlavour(wanted, options)
  } catch (error) {
    if (wanted === 'cpu' || options.signal?.aborted) throw error
    // If the CUDA libraries (which are large) cannot be fetched, those for the processor may still be.
    return provisionFlavour('cpu', options)
  }
}

async function provisionFlavour(flavour: Flavour, options: ProvisionOptions): Promise<NativeInstall> {
  const existing = findInstall(flavour)
  if (existing?.addon && !options.force) return existing
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    throw new UserError(
      'Native TensorFlow is set up on Linux and macOS only; on this system Layerscope computes with WebAssembly.'
    )
  }
  const tooOld = flavour === 'cuda' ? whyDriverTooOld(readDriverNote()) : null
  if (tooOld) throw new UserError(tooOld)
  // Checked before anything large is fetched, which would be useless without a compiler.
  const prebuilt = choosePrebuilt({ folder: prebuiltFolder(), sources: buildInputs().sources })
  if (prebuilt === null || options.force) await findCompiler(undefined, options.signal)
  await mkdir(nativeRoot(), { recursive: true })

  const report = options.onProgress ?? (() => undefined)
  const onWait = (): void =>
    report({ phase: 'wait', message: 'Another process is setting up TensorFlow', done: 0, total: 0 })
  return withLock(
    join(nativeRoot(), 'lock'),
    async () => {
      let install = findInstall(flavour)
      if (install?.addon && !options.force) return install
      if (!install || options.force) install = await fetchTensorflow(flavour, options)
      const addon =
        (options.force ? null : await prebuiltAddon(install, options)) ?? (await buildAddon(install, options))
      return { ...install, addon }
    },
    { onWait, signal: options.signal }
  )
}

async function fetchTensorflow(flavour: Flavour, options: ProvisionOptions): Promise<NativeInstall> {
  const { signal } = options
  const report = options.onProgress ?? (() => undefined)
  const pinned = pinnedWheels(flavour, thisSystem(), wheelAddress())
  if (!pinned) report({ phase: 'resolve', message: 'Asking pip for TensorFlow', done: 0, total: 0 })
  const pip = pinned ? null : await findPip(signal)
  await ensureFree(freeBytesNeeded[flavour])
  const downloads = join(nativeRoot(), 'downloads')
  await mkdir(downloads, { recursive: true })
  const wheels = pip ? await resolveOrDownload(flavour, pip, downloads, options) : (pinned ?? [])
  const main = wheels.find(isTensorflow)
  if (!main) throw new UserError('pip resolved TensorFlow without naming it; run `npm run setup` again.')

  const root = join(nativeRoot(), installName(flavour, main.version))
  const partial = `${root}.partial`
  await rm(partial, { recursive: true, force: true })
  for (const wheel of wheels) {
    const file = 'path' in wheel ? wheel.path : await fetchWheel(wheel, pip, downloads, options)
    await unpack(file, wheel === main, partial, options)
  }
  if (flavour === 'cuda') await linkCudaLibraries(partial)
  await writeFile(join(partial, 'manifest.json'), JSON.stringify({ flavour, wheels }, null, 2))
  await rm(root, { recursive: true, force: true })
  await rename(partial, root)
  await rm(downloads, { recursive: true, force: true })
  return { flavour, version: main.version, root, addon: null }
}

function isTensorflow({ project }: { project: string }): boolean {
  return project === 'tensorflow' || project === 'tensorflow-cpu'
}

/**
 * The wheels to take, in the order of preference of the flavour: with their addresses or, if pip is too old to report
 * those, downloaded by it.
 */
async function resolveOrDownload(
  flavour: Flavour,
  pip: Pip,
  downloads: string,
  options: ProvisionOptions
): Promise<(WheelSource | WheelFile)[]> {
  const { signal } = options
  const series = `==${tensorflowSeries}.*`
  // Not every system has the smaller wheel; the full one carries the same two libraries there.
  const requirements =
    flavour === 'cuda' ? [`tensorflow[and-cuda]${series}`] : [`tensorflow-cpu${series}`, `tensorflow${series}`]
  const withDependencies = flavour === 'cuda'
  let problem: unknown
  for (const requirement of requirements) {
    try {
      const wheels = await resolveWheels(pip, requirement, withDependencies, signal)
      return wheels.filter(isNeeded)
    } catch (error) {
      if (signal?.aborted) throw error
      if (error instanceof PipTooOld) {
        options.onProgress?.({ phase: 'download', message: 'Downloading TensorFlow with pip', done: 0, total: 0 })
        const folder = join(downloads, 'by-pip')
        await mkdir(folder, { recursive: true })
        return (await downloadByPip(pip, requirement, withDependencies, folder, signal)).filter(isNeeded)
      }
      problem ??= error
    }
  }
  throw problem
}

function isNeeded(wheel: { project: string }): boolean {
  return isTensorflow(wheel) || wheel.project.startsWith('nvidia-')
}

/** Fetches a wheel; where that fails for want of a proxy or a certificate, pip is asked, if there is one. */
async function fetchWheel(
  wheel: WheelSource,
  pip: Pip | null,
  folder: string,
  options: ProvisionOptions
): Promise<string> {
  const target = join(folder, decodeURIComponent(basename(new URL(wheel.url).pathname)))
  const message = `Downloading ${wheel.project} ${wheel.version}`
  const report = options.onProgress ?? (() => undefined)
  report({ phase: 'download', message, done: 0, total: 0 })
  try {
    const onProgress = (done: number, total: number): void => report({ phase: 'download', message, done, total })
    await download({ ...wheel, target, onProgress, signal: options.signal })
    return target
  } catch (error) {
    if (!pip || options.signal?.aborted || error instanceof UserError) throw error
    report({ phase: 'download', message: `${message} with pip`, done: 0, total: 0 })
    const target = join(folder, `${wheel.project}-by-pip`)
    await mkdir(target, { recursive: true })
    const [file] = await downloadByPip(pip, `${wheel.project}==${wheel.version}`, false, target, options.signal)
    if (!file) throw error
    await verify(file.path, wheel.sha256, wheel.url)
    return file.path
  }
}

async function unpack(file: string, isMain: boolean, target: string, options: ProvisionOptions): Promise<void> {
  const zip = await ZipReader.open(file)
  try {
    const names = isMain ? await tensorflowMembers(zip, process.platform) : nvidiaMembers(zip)
    const total = names.reduce((sum, name) => sum + (zip.members.get(name)?.size ?? 0), 0)
    let done = 0
    for (const name of names) {
      await zip.extract(
        name,
        join(target, name),
        (bytes) => {
          done += bytes
          options.onProgress?.({
            phase: 'unpack',
            message: isMain ? 'Unpacking TensorFlow' : `Unpacking ${basename(file).split('-')[0]}`,
            done,
            total
          })
        },
        options.signal
      )
    }
  } finally {
    await zip.close()
  }
}

/** The add-on that the release brings along, if it has one for this processor that loads here. */
async function prebuiltAddon({ root }: NativeInstall, options: ProvisionOptions): Promise<string | null> {
  const { key, sources } = buildInputs()
  const addon = addonPath(root, key)
  if (!placePrebuilt(addon, { folder: prebuiltFolder(), sources })) return null
  options.onProgress?.({ phase: 'check', message: 'Loading TensorFlow for the first time', done: 0, total: 0 })
  try {
    await checkLoads(addon, options.signal)
    return addon
  } catch (error) {
    options.signal?.throwIfAborted()
    log.warn('native.prebuilt', errorFields(error))
    await rm(dirname(addon), { recursive: true, force: true })
    return null
  }
}

async function buildAddon(install: NativeInstall, options: ProvisionOptions): Promise<string> {
  const { signal } = options
  const report = options.onProgress ?? (() => undefined)
  const { key, sources: _sources, ...inputs } = buildInputs()
  report({ phase: 'compile', message: 'Compiling the connection to TensorFlow', done: 0, total: 0 })
  const folder = join(install.root, 'addons', key)
  const partial = `${folder}.partial`
  await rm(partial, { recursive: true, force: true })
  const built = await compileBinding({
    ...inputs,
    platform: process.platform,
    tensorflow: join(install.root, 'tensorflow'),
    target: partial,
    relativeTensorflow: '../../tensorflow',
    signal
  })
  report({ phase: 'check', message: 'Loading TensorFlow for the first time', done: 0, total: 0 })
  await checkLoads(built, signal)
  await rm(join(partial, 'source'), { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
  await rename(partial, folder)
  await removeOldAddons(join(install.root, 'addons'), key)
  return addonPath(install.root, key)
}

/**
 * Loads an add-on in a process of its own: a processor without AVX or a C library that is too old ends the process that
 * loads TensorFlow.
 * @throws UserError if it does not load
 */
export async function checkLoads(addon: string, signal?: AbortSignal): Promise<void> {
  // A utility process of the desktop shell has no interpreter to try it in.
  if (parentPort()) return
  const result = await runTool(process.execPath, ['-e', 'process.dlopen({ exports: {} }, process.argv[1])', addon], {
    signal
  })
  if (result?.code === 0) return
  throw new UserError(
    'TensorFlow is installed but does not run on this machine: ' +
      `${lastLine(result?.stderr ?? '') || 'the processor or the system refused it'}`
  )
}

const addonsKept = 4

// Other versions of Layerscope, and other processors that share this home folder, have add-ons of their own beside this
// one.
async function removeOldAddons(folder: string, current: string): Promise<void> {
  const others = (await readdir(folder)).filter((name) => name !== current)
  const ages = await Promise.all(
    others.map(async (name) => ({ name, built: (await stat(join(folder, name))).mtimeMs }))
  )
  ages.sort((a, b) => b.built - a.built)
  for (const { name } of ages.slice(addonsKept - 1)) await rm(join(folder, name), { recursive: true, force: true })
}

async function ensureFree(bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(nativeRoot())
  if (bavail * bsize >= bytes) return
  throw new UserError(
    `Native TensorFlow needs ${(bytes / 1e9).toFixed(1)} GB in ${nativeRoot()}, and ` +
      `${((bavail * bsize) / 1e9).toFixed(1)} GB are free. Free some space, or set LAYERSCOPE_CACHE to a ` +
      'folder with space, and run `npm run setup`.'
  )
}

function sentence(error: unknown): string {
  if (error instanceof UserError) return error.message
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC')
    return (
      `Native TensorFlow could not be written to ${nativeRoot()}: the disk is full. Free some space and run ` +
      '`npm run setup`.'
    )
  if (code === 'EACCES' || code === 'EROFS')
    return (
      `Native TensorFlow could not be written to ${nativeRoot()}: the folder is not writable. Set ` +
      'LAYERSCOPE_CACHE to another one.'
    )
  return `Native TensorFlow could not be set up: ${message}`
}
