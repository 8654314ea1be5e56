import type { Kernels } from './kernels'
import { portableKernels } from './portableKernels'

/** The fastest kernels that the backend in use has. */
export function activeKernels(): Kernels {
  return portableKernels
}
