import { nativeProcessor } from '../../backends/nativeProcessor'
import { nativeSoftmax } from './nativeSoftmax'
import { portableSoftmax } from './portableSoftmax'
import type { SoftmaxKernel } from './softmaxKernel'

/**
 * The fastest implementation that the backend in use has. On a GPU that is plain ops: ours is written for processors.
 */
export function activeSoftmaxKernel(): SoftmaxKernel {
  const native = nativeProcessor()
  return native ? nativeSoftmax(native) : portableSoftmax
}
