import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { forwardOperations } from './forwardOperations'

/**
 * Runs each kernel of a forward pass once. A card that is newer than TensorFlow's library compiles them from
 * intermediate code, which takes up to half an hour, once: as a job it is seen, instead of a first sentence that seems
 * to hang.
 */
export async function runFirstKernels(job: JobHandle): Promise<void> {
  const all = Object.entries(forwardOperations)
  for (const [i, [name, run]] of all.entries()) {
    job.progress(i, all.length, `Preparing the graphics card: ${name}. A new card can take minutes, once.`)
    await job.yield()
    tf.tidy(() => void run().dataSync())
  }
}
