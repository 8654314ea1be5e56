import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { Bench, buildDry, dryProgram, expectWhole, removeDry, until, writeSweep } from './support'
import { RunFolder } from '../../src/main/engine/runs/runFolder'
import { writeFaults } from '../engine/runs/fixtures/dry'

// Another scheduler, played by shell scripts: `take` starts a process for each place of an array, `ask` says which live.

let bench: Bench
beforeAll(buildDry)
afterAll(removeDry)
beforeEach(() => {
  bench = new Bench()
  const spool = bench.place('spool')
  mkdirSync(spool)
  writeFileSync(
    bench.place('take'),
    `job=$(ls ${spool} | wc -l); mkdir ${spool}/$job
for place in $(seq $2 $3); do PLACE=$place setsid sh "$1" </dev/null >/dev/null 2>&1 & echo $! > ${spool}/$job/$place; done
echo "Job accepted:"; echo $job
`
  )
  const alive = `[ -d /proc/$pid ] && ! grep -q ') Z' /proc/$pid/stat`
  writeFileSync(
    bench.place('ask'),
    `cd ${spool}/$1 && for place in *; do pid=$(cat $place); ${alive} && echo "$place running"; done; true\n`
  )
  writeFileSync(bench.place('end'), `cd ${spool}/$1 && kill $(cat *) 2>/dev/null; true\n`)
  mkdirSync(bench.place('config'))
  const cluster = {
    on: 'command',
    cpus: 1,
    setup: 'export FROM_SETUP=1',
    program: dryProgram(),
    commands: {
      script: '# {name} of {count}, {cpus} threads',
      submit: `sh ${bench.place('take')} {script} {first} {last}`,
      state: `sh ${bench.place('ask')} {job}`,
      cancel: `sh ${bench.place('end')} {job}`,
      index: 'PLACE',
      first: 1,
      most: 3
    }
  }
  writeFileSync(bench.place('config/clusters.yaml'), JSON.stringify({ mine: cluster }))
})
afterEach(() => bench.remove())

const typed = (): string[] => [
  'sweep',
  writeSweep(bench),
  '--on',
  'mine',
  '--parallel',
  '8',
  '--run',
  bench.place('run')
]
const environment = { LAYERSCOPE_DRY_MS: '200' }

test('arrays of another scheduler: submitted in pieces, asked, and done again where units are missing', async () => {
  const { code, out, said } = await bench.start([...typed(), '--every', '0.5'], environment).ended
  expect([code, out], said).toEqual([0, expect.stringContaining('12 units: 12 kept\n')])
  const run = RunFolder.open(bench.place('run'))
  await expectWhole(run)
  const [, first] = run.submissions()
  expect(first!.tasks).toEqual([0, 1, 2])
  const script = readFileSync(run.place('command', `${first!.job}.sh`), 'utf8').split('\n')
  expect(script.slice(0, 3)).toEqual(['#!/bin/sh', `# ${first!.job} of 3, 1 threads`, 'export FROM_SETUP=1'])
  expect(readdirSync(run.place('logs')).every((name) => name.startsWith('layerscope-'))).toBe(true)
})

test('cancelled, resumed, and a unit that kills its worker', async () => {
  const following = bench.start([...typed(), '--every', '0.5'], { LAYERSCOPE_DRY_MS: '5000' })
  const run = (): RunFolder => RunFolder.open(bench.place('run'))
  await until(() => existsSync(bench.place('run/plan.json')) && run().attempted().size > 2)
  expect((await bench.run('run', 'cancel', run().path)).code).toBe(0)
  expect((await following.ended).code).toBe(1)
  const { title } = run().plan.units[0]!
  writeFaults(run(), { [title]: 'dies' })
  const ended = await bench.start(['run', 'resume', run().path, '--every', '0.5'], { LAYERSCOPE_DRY_MS: '20' }).ended
  expect(ended.out).toContain('12 units: 11 kept, 1 failed\n')
  await expectWhole(run(), [title])
})

test('a place that is not known, or not understood, is refused', async () => {
  const { said } = await bench.run(...typed().with(3, 'moon'))
  expect(said).toContain("--on is 'moon'; it can be local, slurm, mine.")
  writeFileSync(bench.place('config/clusters.yaml'), 'mine: {on: slurm, cpus: many}\n')
  expect((await bench.run(...typed())).said).toMatch(
    /clusters\.yaml, mine(\.cpus)?: .*docs\/scale\.md shows an example\.\n$/
  )
})
