import { availableParallelism } from 'node:os'
import { afterEach, expect, test, vi } from 'vitest'
import { threadCount } from '../../../src/main/engine/backends/threadCount'

afterEach(() => vi.unstubAllEnvs())

test.each([
  ['what is set', { LAYERSCOPE_THREADS: '3', SLURM_CPUS_PER_TASK: '1' }, 3],
  ['the share of a task in Slurm', { LAYERSCOPE_THREADS: '', SLURM_CPUS_PER_TASK: '1', SLURM_CPUS_ON_NODE: '2' }, 1],
  ['the share of the job on this node', { LAYERSCOPE_THREADS: '', SLURM_CPUS_ON_NODE: '1' }, 1],
  ['no more than there are', { LAYERSCOPE_THREADS: '', SLURM_CPUS_ON_NODE: '4096' }, availableParallelism()],
  ['all of them', { LAYERSCOPE_THREADS: '', SLURM_CPUS_PER_TASK: '', SLURM_CPUS_ON_NODE: '' }, availableParallelism()]
])('threads: %s', (_, variables, wanted) => {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  expect(threadCount()).toBe(wanted)
})

test('a number of threads that is none is refused', () => {
  vi.stubEnv('LAYERSCOPE_THREADS', 'two')
  expect(threadCount).toThrow("LAYERSCOPE_THREADS is 'two'; it must be a whole number above 0.")
})
