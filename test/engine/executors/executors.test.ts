import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findCluster } from '../../../src/main/engine/executors/clusters'
import { executorOf } from '../../../src/main/engine/executors/executors'
import { timesSize } from '../../../src/main/engine/executors/memorySize'
import { programInScript, shellWord, thisProgram } from '../../../src/main/engine/executors/program'
import { blocksOf, rangesOf } from '../../../src/main/engine/executors/ranges'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-clusters-'))
  vi.stubEnv('LAYERSCOPE_CONFIG', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

test('tasks as the places of arrays', () => {
  expect(rangesOf([0, 1, 2, 5, 7, 8])).toBe('0-2,5,7-8')
  expect(rangesOf([3])).toBe('3')
  expect([...blocksOf([2001, 5, 1000, 1001, 4], 1001)]).toEqual([
    [0, [4, 5, 1000]],
    [1001, [0, 1000]]
  ])
})

test('memory is multiplied in its unit', () => {
  expect(['64G', '64gb', '1.5T', '500'].map((size) => timesSize(size, 2))).toEqual(['128G', '128G', '3T', '1000'])
  expect(timesSize('16gb', 1)).toBe('16gb')
  expect(() => timesSize('much', 2)).toThrow("--mem is 'much'; it is a number with K, M, G or T: 64G.")
})

test('words for a shell', () => {
  expect(['/a/b-1.js', 'a b', "it's", '$HOME', ''].map(shellWord)).toEqual([
    '/a/b-1.js',
    "'a b'",
    String.raw`'it'\''s'`,
    "'$HOME'",
    "''"
  ])
  expect(programInScript({ program: 'apptainer exec x.sif layerscope' })).toBe('apptainer exec x.sif layerscope')
  expect(thisProgram({ program: 'layerscope' })).toEqual(['/bin/sh', '-c', 'exec layerscope "$@"', 'layerscope'])
})

test('places by name: an executor, or an entry of clusters.yaml', () => {
  expect(findCluster('slurm')).toEqual({ on: 'slurm', resources: {} })
  writeFileSync(
    join(folder, 'clusters.yaml'),
    'gpu: {on: slurm, partition: gpu, gpus: 1, program: ls}\n' +
      'pbs: {on: command, cpus: 2, commands: {script: s, submit: q, state: t, cancel: c, index: I}}\n'
  )
  expect(findCluster('gpu')).toEqual({ on: 'slurm', program: 'ls', resources: { partition: 'gpu', gpus: 1 } })
  expect(findCluster('pbs')).toEqual({
    on: 'command',
    program: undefined,
    commands: { script: 's', submit: 'q', state: 't', cancel: 'c', index: 'I', first: 0, most: 1000 },
    resources: { cpus: 2 }
  })
  for (const name of ['command', 'gpus'])
    expect(() => findCluster(name)).toThrow(`--on is '${name}'; it can be local, slurm, gpu, pbs`)
  expect(() => executorOf('cloud')).toThrow("This version cannot run on 'cloud'; it can on local, slurm, command.")
})
