import { readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '@shared/random'
import { RunFolder } from '../../src/main/engine/runs/runFolder'
import { Bench, buildDry, bytesOf, expectWhole, pidsOf, removeDry, until, writeSweep } from './support'

// Runs on this machine with real processes. Each ends with: units = plan, each once, every byte equal to a run with one
// worker.

let bench: Bench
beforeAll(buildDry)
afterAll(removeDry)
beforeEach(() => (bench = new Bench()))
afterEach(() => bench.remove())

const local = (run: string, workers: number, ...more: string[]): string[] =>
  ['sweep', writeSweep(bench), '--on', 'local', '--cpus', '1', '--run', bench.place(run)].concat([
    '--workers',
    String(workers),
    ...more
  ])

test('12 units by two workers, of which 20 are killed at random moments; collected twice', async () => {
  expect((await bench.run(...local('reference', 1))).code).toBe(0)
  const reference = RunFolder.open(bench.place('reference'))
  await expectWhole(reference)

  const random = seededRandom(1)
  const following = bench.start(local('run', 2, '--attempts', '40'))
  let over = false
  void following.ended.then(() => (over = true))
  let killed = 0
  await until(async () => {
    await pause(200 + 1800 * random.next())
    const run = killed < 20 && !over ? openOrNull('run') : null
    const [pid] = run ? pidsOf(run) : []
    if (pid !== undefined) {
      process.kill(pid, 'SIGKILL')
      killed++
    }
    return over
  }, 400)
  const { code, out } = await following.ended
  expect([code, out]).toEqual([0, expect.stringContaining('12 units: 12 kept\n')])
  const run = RunFolder.open(bench.place('run'))
  await expectWhole(run)
  expect(bytesOf(run)).toEqual(bytesOf(reference))

  expect((await bench.run('run', 'collect', run.path)).out).toBe('12 results added to the library.\n')
  const ids = readdirSync(bench.place('data/probes')).sort()
  expect((await bench.run('run', 'collect', reference.path)).out).toBe(
    '0 results added to the library; 12 results were there already.\n'
  )
  expect(readdirSync(bench.place('data/probes')).sort()).toEqual(ids)
  // The library answers an equal request with them.
  const again = await bench.start(['sweep', writeSweep(bench)], { LAYERSCOPE_THREADS: '1' }).ended
  expect(again.out).toContain('12 runs: 12 kept already')
})

test('the controller is killed at 20 random moments; then two at once', async () => {
  const run = bench.dryRun(60, 20)
  const random = seededRandom(2)
  const environment = { LAYERSCOPE_DRY_MS: '400' }
  for (let i = 0; i < 20; i++) {
    const { child, ended } = bench.start(['run', 'resume', run.path], environment)
    await pause(1500 * random.next())
    child.kill('SIGKILL')
    await ended
  }
  const both = [1, 2].map(() => bench.start(['run', 'resume', run.path], environment).ended)
  for (const { code, out } of await Promise.all(both))
    expect([code, out]).toEqual([0, expect.stringContaining('60 units: 60 kept')])
  await expectWhole(run)
})

test('the same task given three times, at once, is kept once', async () => {
  expect((await bench.run(...local('reference', 1))).code).toBe(0)
  const reference = RunFolder.open(bench.place('reference'))
  const run = RunFolder.create(bench.place('run'), reference.plan)
  const tasks = new Set(run.plan.units.map(({ task }) => task))
  for (const task of tasks) {
    const copies = [1, 2, 3].map(() => bench.run('work', run.path, String(task)))
    expect((await Promise.all(copies)).map(({ code }) => code)).toEqual([0, 0, 0])
  }
  await expectWhole(run)
  expect(bytesOf(run)).toEqual(bytesOf(reference))
})

test('cancelled: nothing runs ten seconds later; resumed: the rest is done', async () => {
  const run = bench.dryRun(40, 4)
  const environment = { LAYERSCOPE_DRY_MS: '500' }
  const following = bench.start(['run', 'resume', run.path], environment)
  await until(() => run.kept().size >= 2)
  const before = Date.now()
  expect((await bench.run('run', 'cancel', run.path)).code).toBe(0)
  expect(pidsOf(run)).toEqual([])
  expect(Date.now() - before).toBeLessThan(10_000)
  expect((await following.ended).code).toBe(1)
  expect(run.kept().size).toBeLessThan(40)
  const status = await bench.run('run', 'status', run.path)
  expect(status.out).toMatch(/40 units: \d+ kept, \d+ to do; cancelled\n$/)
  expect((await bench.start(['run', 'resume', run.path], { LAYERSCOPE_DRY_MS: '20' }).ended).code).toBe(0)
  await expectWhole(run)
})

function openOrNull(name: string): RunFolder | null {
  try {
    return RunFolder.open(bench.place(name))
  } catch {
    return null
  }
}
