import * as tf from '@tensorflow/tfjs-core'
import { silentJob, type JobHandle } from '@shared/jobs'
import { expect, test } from 'vitest'
import { runFirstKernels } from '../../../src/main/engine/backends/firstKernels'
import { forwardOperations } from '../../../src/main/engine/backends/forwardOperations'
import { loadCpu } from '../../../src/main/engine/backends/cpu'

test('the first kernels run as a job that says what it does, and leave nothing behind', async () => {
  await tf.setBackend((await loadCpu()).tfName)
  const before = tf.memory().numTensors
  const seen: [number, number, string | undefined][] = []
  const job: JobHandle = { ...silentJob(), progress: (done, total, message) => void seen.push([done, total, message]) }
  await runFirstKernels(job)
  const all = Object.keys(forwardOperations).length
  expect(seen[0]).toEqual([0, all, 'Preparing the graphics card: products. A new card can take minutes, once.'])
  expect(seen.map(([done]) => done)).toEqual(Array.from({ length: all }, (_, i) => i))
  expect(tf.memory().numTensors).toBe(before)
})
