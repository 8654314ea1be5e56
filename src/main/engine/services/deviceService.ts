import type { NativeStatus } from '@shared/app'
import type { CallOutput } from '@shared/contract'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { deadLoad, forgetDeadLoads } from '../backends/addonGuard'
import { chosenGpu, keepGpu, listGpus } from '../backends/gpus'
import { currentBackend } from '../backends/pick'
import { nativeState, provisionNative } from '../backends/provision/provision'
import { chooseWebGpu, webGpuState } from '../backends/webgpu/webgpu'
import { withSignal } from '../jobs/jobSignal'

/** Which backend computes, and the state of native TensorFlow. */
export class DeviceService {
  private installing = false

  status(): CallOutput<'device.status'> {
    const backend = currentBackend()
    if (!backend) throw new Error('No backend was chosen yet.')
    const gpus = listGpus()
    const webGpu = webGpuState()
    return {
      backend,
      native: this.native(),
      ...(gpus.length > 1 && { gpus, gpu: chosenGpu(gpus) }),
      ...(webGpu && { webGpu })
    }
  }

  /** @throws UserError where there is no such card */
  useGpu(uuid: string | null): void {
    if (uuid !== null && !listGpus().some((gpu) => gpu.uuid === uuid))
      throw new UserError('That graphics card is no longer there. Open the panel again to see those that are.')
    keepGpu(uuid)
  }

  /** Keeps the choice for the next start of the engine. */
  useWebGpu(use: boolean): void {
    chooseWebGpu(use)
  }

  /** Fetches and builds native TensorFlow. What is in use stays in use until the engine is started again. */
  async provision(job: JobHandle): Promise<NativeStatus> {
    this.installing = true
    try {
      const result = await withSignal(job, (signal) =>
        provisionNative({
          signal,
          onProgress: ({ done, total, message }) => job.progress(done, total, message)
        })
      )
      return { state: result.state, reason: result.reason }
    } finally {
      this.installing = false
    }
  }

  /** Forgets that native TensorFlow crashed the process: the next engine tries it again. */
  retry(): NativeStatus {
    const addon = nativeState().install?.addon
    if (addon) forgetDeadLoads(addon)
    return this.native()
  }

  private native(): NativeStatus {
    if (this.installing) return { state: 'installing', reason: 'Native TensorFlow is being fetched and built.' }
    const { state, reason, install } = nativeState()
    const died = install?.addon ? deadLoad(install.addon) : null
    if (died) return { state: 'refused', reason: died }
    if (state === 'ready') return { state, reason }
    const impossible = whyNeverNative(process.platform, process.arch)
    return impossible ? { state: 'unavailable', reason: impossible } : { state: 'missing', reason }
  }
}

/** Why native TensorFlow is not available on a system, as a sentence; null where it can be tried. */
export function whyNeverNative(platform: NodeJS.Platform, arch: string): string | null {
  if (platform === 'darwin' && arch === 'x64')
    return 'TensorFlow is no longer published for Macs with Intel processors; Layerscope computes with WebAssembly.'
  if (platform === 'linux' || platform === 'darwin') return null
  return 'Native TensorFlow is set up on Linux and macOS only; on this system Layerscope computes with WebAssembly.'
}
