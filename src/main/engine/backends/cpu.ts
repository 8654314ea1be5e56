import { env } from '@tensorflow/tfjs-core'
import type { LoadedBackend } from './loaded'

/** Registers plain JavaScript kernels: the slowest, and the one that always works. */
export async function loadCpu(): Promise<LoadedBackend> {
  const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu')
  // Production mode: otherwise the first tensor prints an advertisement for tfjs-node.
  env().set('PROD', true)
  return { tfName: 'cpu', title: 'Plain JavaScript', version, threads: 1 }
}
