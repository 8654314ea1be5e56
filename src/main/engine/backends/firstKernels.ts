import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'

/** What a forward pass is made of, small: the first time, a card compiles each for itself. */
const kernels: Readonly<Record<string, () => tf.Tensor>> = {
  products: () => tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])),
  'batched products': () => tf.matMul(tf.ones([2, 16, 16]), tf.ones([2, 16, 16]), false, true),
  softmax: () => tf.softmax(tf.ones([8, 64])),
  norms: () => tf.rsqrt(tf.add(tf.mean(tf.square(tf.ones([8, 64])), -1), 1e-6)),
  activations: () => tf.mul(tf.erf(tf.ones([64])), tf.sigmoid(tf.tanh(tf.ones([64])))),
  embeddings: () => tf.gather(tf.ones([64, 64]), tf.tensor1d([1, 2, 3], 'int32')),
  transposes: () => tf.transpose(tf.ones([4, 8, 16]), [1, 0, 2])
}

/**
 * Runs each kernel of a forward pass once. A card that is newer than TensorFlow's library compiles them from
 * intermediate code, which takes up to half an hour, once: as a job it is seen, instead of a first sentence that seems
 * to hang.
 */
export async function runFirstKernels(job: JobHandle): Promise<void> {
  const all = Object.entries(kernels)
  for (const [i, [name, run]] of all.entries()) {
    job.progress(i, all.length, `Preparing the graphics card: ${name}. A new card can take minutes, once.`)
    await job.yield()
    tf.tidy(() => void run().dataSync())
  }
}
