import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { workCommand } from '../../src/main/commands/work'
import { openSafetensors } from '../../src/main/engine/checkpoints/safetensors'
import { writeSafetensors } from '../../src/main/engine/checkpoints/writeSafetensors'
import { RunFolder } from '../../src/main/engine/runs/runFolder'
import { dryPlan, writeFaults } from '../engine/runs/fixtures/dry'
import { Bench, buildDry, dryProgram, expectWhole, pidsOf, removeDry, until, writeSweep } from './support'

let bench: Bench
beforeAll(buildDry)
afterAll(removeDry)
beforeEach(() => (bench = new Bench()))
afterEach(() => bench.remove())

const environment = { LAYERSCOPE_DRY_MS: '20' }

test('one refused, one that kills its worker, one that needs more memory: 9 of 12 are kept, three named', async () => {
  const run = bench.dryRun(12, 4)
  writeFaults(run, { 'unit 2': 'refused', 'unit 6': 'dies', 'unit 9': 'needs memory' })
  const { code, out } = await bench.start(['run', 'resume', run.path], environment).ended
  expect(code).toBe(1)
  expect(out).toContain('m, d, unit 2: failed. There is no such layer.\n')
  expect(out).toMatch(/\nm, d, unit 6: failed\. It was lost 3 times \(on \S+\): its process ended without a word\./)
  expect(out).toContain('unit 9: failed. It ran out of memory, also with 2 times as much: give more with --mem.\n')
  expect(out).toContain('12 units: 9 kept, 3 failed\n')
  await expectWhole(run, ['unit 2', 'unit 6', 'unit 9'])
  const failed = await bench.run('run', 'status', run.path, '--failed', '--json')
  const { units } = JSON.parse(failed.out) as { units: { title: string; attempts: number }[] }
  expect(units.map(({ title, attempts }) => [title, attempts])).toEqual([
    ['unit 2', 1],
    ['unit 6', 3],
    ['unit 9', 2]
  ])
  // Mended, and tried again.
  writeFaults(run, {})
  expect((await bench.start(['run', 'resume', run.path, '--failed'], environment).ended).code).toBe(0)
  await expectWhole(run)
})

const compiler = spawnSync('cc', ['--version']).status === 0
if (!compiler) console.log('The tests on a slow disk are left out: there is no C compiler.')

describe.skipIf(!compiler).each([20, 200])('a disk that takes %i ms longer for each call', (milliseconds) => {
  test('keeps every unit once', async () => {
    const library = bench.place('slowdisk.so')
    spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, 'test/cluster/slurm/slowdisk.c'])
    const slow = `env LD_PRELOAD='${library}' SLOWDISK_UNDER='${bench.place('run')}' SLOWDISK_MS=${milliseconds}`
    const run = bench.dryRun(12, 6, { program: `${slow} ${dryProgram()}` })
    writeFaults(run, { 'unit 3': 'refused' })
    const both = [1, 2].map(() => bench.start(['run', 'resume', run.path], environment).ended)
    expect((await Promise.all(both)).map(({ code }) => code)).toEqual([1, 1])
    await expectWhole(run, ['unit 3'])
  })
})

test('a machine that sees the plan late waits for it', async () => {
  const run = RunFolder.create(bench.place('elsewhere'), dryPlan(2, 1))
  const late = bench.place('run')
  vi.stubEnv('LAYERSCOPE_RUN_LOG', bench.place('log'))
  onTestFinished(() => void vi.unstubAllEnvs())
  // It has looked once, and waits, when this returns.
  const working = workCommand.run([late, '7'])
  cpSync(run.path, late, { recursive: true })
  // The plan has no such task: it was read.
  await expect(working).rejects.toThrow("The run has no task '7'; it has 1, counted from 0.")
})

/** A small disk; null where this user may not mount it. */
function smallDisk(megabytes: number): string | null {
  const path = bench.place('disk')
  mkdirSync(path)
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path]).status === 0 ? path : null
}

test('a disk that is full in the middle of a unit: a sentence, and nothing half', async (context) => {
  const disk = smallDisk(1)
  if (disk === null) {
    console.log('The test of a full disk is left out: this user may not mount a small one.')
    context.skip()
    return
  }
  try {
    const sweep = writeSweep(bench)
    const typed = ['sweep', sweep, '--on', 'local', '--workers', '1', '--cpus', '1', '--run', `${disk}/run`]
    const planned = bench.start([...typed, '--attempts', '2'])
    await until(() => readdirSync(disk).includes('run') && readdirSync(`${disk}/run`).includes('plan.json'))
    spawnSync('dd', ['if=/dev/zero', `of=${disk}/filler`, 'bs=4k'])
    const { code, out, said } = await planned.ended
    expect(code).toBe(1)
    expect(out + said).toMatch(/the disk is full|ENOSPC|no space left/i)
    const run = RunFolder.open(`${disk}/run`)
    for (const key of run.kept())
      expect(() => JSON.parse(readFileSync(`${run.unit(key)}/result.json`, 'utf8'))).not.toThrow()
    spawnSync('rm', [`${disk}/filler`])
    spawnSync('mount', ['-o', 'remount,size=200m', disk])
    expect((await bench.run('run', 'resume', run.path, '--failed')).code).toBe(0)
    await expectWhole(run)
  } finally {
    for (const pid of pidsOfDisk(disk)) process.kill(pid, 'SIGKILL')
    spawnSync('umount', ['-l', disk])
  }
})

function pidsOfDisk(disk: string): number[] {
  try {
    return pidsOf(RunFolder.open(`${disk}/run`))
  } catch {
    return []
  }
}

test('two models that differ in one value of one tensor share nothing', async () => {
  const model = resolve('resources/models/gpt2-ud-tiny')
  const changed = bench.place('changed')
  cpSync(model, changed, { recursive: true })
  const file = openSafetensors(`${model}/model.safetensors`)
  const tensors = Object.fromEntries(
    file.names().map((name) => [name, { shape: file.describe(name).shape, data: Float32Array.from(file.read(name)) }])
  )
  file.close()
  const middle = tensors['h.1.mlp.c_fc.weight'] ?? tensors['transformer.h.1.mlp.c_fc.weight']!
  middle.data[7] = -middle.data[7]!
  writeSafetensors(`${changed}/model.safetensors`, tensors)

  const sweep = JSON.parse(readFileSync(writeSweep(bench), 'utf8')) as object
  const path = bench.place('two.json')
  writeFileSync(path, JSON.stringify({ ...sweep, models: [model, changed], tasks: ['upos'], seeds: [1] }))
  const { code } = await bench.run(...['sweep', path, '--on', 'local', '--cpus', '1', '--run', bench.place('run')])
  expect(code).toBe(0)
  const run = RunFolder.open(bench.place('run'))
  await expectWhole(run)
  const [a, b] = run.plan.units
  expect(a!.key).not.toBe(b!.key)
  expect(Object.keys(run.plan.sources.models)).toHaveLength(2)
  // Each has vectors of its own: of the training and of the test words.
  expect(readdirSync(bench.place('cache/activations')).filter((name) => !name.includes('.'))).toHaveLength(4)
  const ids = [a, b].map(
    ({ key } = a!) => (JSON.parse(readFileSync(`${run.unit(key)}/result.json`, 'utf8')) as { id: string }).id
  )
  expect(new Set(ids).size).toBe(2)
})
