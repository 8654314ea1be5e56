import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import util from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import type * as kernelBackend from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend'
import { UserError } from '@shared/userError'
import { appRoot } from '../paths'
import { guardLoad, type GuardedLoad } from './addonGuard'
import { chosenGpu, listGpus } from './gpus'
import { findInstall, wantedFlavour } from './provision/install'
import type { ExtendedBinding } from './extendedBinding'
import type { LoadedBackend } from './loaded'
import { threadCount } from './threadCount'

/** The registered native backend; null before `loadNative` has succeeded. */
export function nativeBackend(): NodeJSKernelBackend | null {
  return tf.findBackendFactory('tensorflow') ? (tf.findBackend('tensorflow') as NodeJSKernelBackend | null) : null
}

/**
 * Registers TensorFlow's own kernels as the tfjs backend 'tensorflow'. A process can hold one TensorFlow, so the first
 * call decides whether it sees a GPU. The JavaScript is that of @tensorflow/tfjs-node-gpu, which differs from
 * @tensorflow/tfjs-node in its name alone; the provisioned library decides what it computes on. The package's entry
 * module is not used: it looks for a published binary in its own folder.
 */
export function loadNative(useGpu: boolean): Promise<LoadedBackend> {
  const install = useGpu ? findInstall('cuda') : (findInstall('cpu') ?? findInstall(wantedFlavour()))
  if (!install?.addon)
    throw new UserError(`Native TensorFlow${useGpu ? ' with CUDA' : ''} is not set up; \`npm run setup\` fetches it.`)
  const threads = threadCount()
  let guard: GuardedLoad | undefined
  if (!nativeBackend()) {
    guard = guardLoad(install.addon)
    // Hides TensorFlow's start-up messages (3: errors only) and its banner about oneDNN. Warnings are kept where a
    // graphics card computes: that its kernels are being compiled is one.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= useGpu ? '2' : '3'
    process.env.TF_NUM_INTRAOP_THREADS ??= String(threads)
    if (useGpu) useCardGently()
    else process.env.CUDA_VISIBLE_DEVICES = '-1'
    restoreRemovedUtilities()
    const require = createRequire(join(appRoot(), 'package.json'))
    const binding = loadOrLetGo(install.addon, guard)
    const { NodeJSKernelBackend: Backend } =
      require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend') as typeof kernelBackend
    require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels')
    binding.setThreads(threads)
    binding.keepMemory()
    // The class uses the package's name to decide whether the library has CUDA's kernels (for Conv3D).
    const backend = new Backend(binding, `@tensorflow/tfjs-node${install.flavour === 'cuda' ? '-gpu' : ''}`)
    tf.registerBackend('tensorflow', () => backend, 3)
  }
  const onGpu = nativeBackend()?.isUsingGpuDevice ?? false
  if (useGpu && !onGpu) throw new UserError('TensorFlow found no NVIDIA GPU that it can use.')
  const series = install.version.split('.').slice(0, 2).join('.')
  return Promise.resolve({
    tfName: 'tensorflow',
    title: onGpu ? `TensorFlow ${series}, NVIDIA GPU` : `TensorFlow ${series}, native CPU`,
    version: install.version,
    threads,
    addon: basename(dirname(install.addon)),
    works: () => guard?.done()
  })
}

/**
 * The graphics card is shared with the desktop: memory is taken as it is needed, not all at once; of several cards the
 * numbers are those of `nvidia-smi`; and what a card newer than the library compiles for itself is kept (its own limit
 * of 256 MiB would not hold it).
 */
function useCardGently(): void {
  const gpu = chosenGpu(listGpus())
  if (gpu) process.env.CUDA_VISIBLE_DEVICES ??= gpu
  // Products of float32 numbers are rounded to 10 bits by default since Ampere, and would not agree with PyTorch's.
  process.env.NVIDIA_TF32_OVERRIDE ??= '0'
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true'
  process.env.CUDA_DEVICE_ORDER ??= 'PCI_BUS_ID'
  process.env.CUDA_CACHE_MAXSIZE ??= String(4 * 2 ** 30)
}

/** An add-on that only fails to load has not crashed the process. */
function loadOrLetGo(addon: string, guard: GuardedLoad): ExtendedBinding {
  try {
    return loadSilently(addon)
  } catch (error) {
    guard.done()
    throw error
  }
}

function loadAddon<T>(path: string): T {
  const holder = { exports: {} }
  process.dlopen(holder, path)
  return holder.exports as T
}

function loadSilently(path: string): ExtendedBinding {
  const quiet = loadAddon<{ mute: () => void; unmute: () => void }>(join(dirname(path), 'quiet.node'))
  quiet.mute()
  try {
    return loadAddon<ExtendedBinding>(path)
  } finally {
    quiet.unmute()
  }
}

// Node 23 removed these two; tfjs-node 4.22 still calls them.
function restoreRemovedUtilities(): void {
  const target = util as unknown as Record<string, unknown>
  target.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined
  target.isArray ??= Array.isArray
}
