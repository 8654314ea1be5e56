import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RunFolder } from '../../src/main/engine/runs/runFolder'
import { dryPlan } from '../engine/runs/fixtures/dry'
import { Bench, buildDry, bytesOf, expectWhole, removeDry, until, writeSweep } from './support'
import { startLoopback } from './slurm/loopback'

const cluster = startLoopback()
let bench: Bench
beforeAll(buildDry)
afterAll(() => {
  cluster?.stop()
  removeDry()
})
beforeEach(() => (bench = new Bench(cluster?.environment)))
afterEach(() => bench.remove())

const follow = (run: RunFolder, milliseconds = 300): ReturnType<Bench['start']> =>
  bench.start(['run', 'resume', run.path, '--every', '1'], { LAYERSCOPE_DRY_MS: String(milliseconds) })
const dryRun = (units: number, tasks: number): RunFolder =>
  bench.dryRun(units, tasks, { on: 'slurm', attempts: 6, resources: { cpus: 1, mem: '100M', time: '5' } })
/** An administrator's part: nodes that a lost controller has drained. */
const undrain = (): string => cluster!.ask('scontrol', 'update', 'nodename=n1,n2', 'state=resume')

async function expectKept(run: RunFolder, following: ReturnType<Bench['start']>): Promise<void> {
  const { code, out, said } = await following.ended
  expect([code, out], said).toEqual([0, expect.stringContaining(`${run.plan.units.length} kept\n`)])
  await expectWhole(run)
  expect(cluster!.jobs()).toEqual([])
}

describe.skipIf(cluster === null)('on a loopback Slurm cluster', () => {
  test('a sweep says what it takes, loses a node, and is equal to one on this machine', async () => {
    const sweep = ['sweep', writeSweep(bench), '--cpus', '1']
    const onSlurm = [...sweep, '--on', 'slurm', '--parallel', '4', '--every', '1', '--run', bench.place('run')]
    const dry = await bench.run(...onSlurm, '--mem', '200M', '--time', '10', '--dry-run')
    expect([dry.code, dry.out]).toEqual([
      0,
      expect.stringMatching(/^12 units in \d+ tasks, 1 thread each\nat most about/)
    ])
    expect(dry.out).toMatch(/\nSlurm: sbatch: Job \d+ to start at .* on nodes n[12] in partition main\n$/)
    const refused = await bench.run(...onSlurm, '--partition', 'nowhere')
    expect([refused.code, refused.said]).toEqual([
      1,
      expect.stringContaining('Slurm refuses the run: Invalid partition name specified')
    ])

    const following = bench.start([...onSlurm, '--attempts', '6'])
    await until(() => attemptsOn('n1', bench.place('run')) > 0)
    cluster!.control('kill-node', 'n1')
    await pause(5000)
    cluster!.control('start-node', 'n1')
    const { code, out, said } = await following.ended
    expect([code, out], said).toEqual([0, expect.stringContaining('12 units: 12 kept\n')])
    const run = RunFolder.open(bench.place('run'))
    await expectWhole(run)

    expect((await bench.run(...sweep, '--on', 'local', '--workers', '1', '--run', bench.place('local'))).code).toBe(0)
    expect(bytesOf(run)).toEqual(bytesOf(RunFolder.open(bench.place('local'))))
    const status = await bench.run('run', 'status', run.path)
    expect(status.out).toMatch(
      /^[0-9a-f]{12} {2}kept {2}attempt \d {2}n[12] {2}gpt2-ud-tiny, EWT, upos, linear, seed 1\n/
    )
  })

  test.each([2, 10])('the controller of the cluster is killed %i s after the submission', async (seconds) => {
    const run = dryRun(24, 12)
    const following = follow(run, 1500)
    await until(() => run.submissions().length > 1)
    await pause(seconds * 1000)
    cluster!.control('kill-controller')
    await pause(2000)
    cluster!.control('start-controller')
    let over = false
    void following.ended.then(() => (over = true))
    // It may drain them again, when it hears of a job that it had not written down.
    await until(async () => {
      await pause(1000)
      undrain()
      return over
    })
    await expectKept(run, following)
  })

  test('a node is drained and taken back', async () => {
    const run = dryRun(24, 12)
    const following = follow(run, 500)
    await until(() => run.kept().size >= 2)
    cluster!.ask('scontrol', 'update', 'nodename=n1', 'state=drain', 'reason=test')
    // What ran there has ended.
    await until(() => cluster!.ask('sinfo', '-h', '-n', 'n1', '-o', '%T').trim() === 'drained')
    undrain()
    await expectKept(run, following)
  })

  test('a node hangs while it works, and comes back: what is delivered twice is kept once', async () => {
    const run = dryRun(16, 8)
    const following = follow(run, 3000)
    await until(() => attemptsOn('n1', run.path) > 0)
    cluster!.control('pause-node', 'n1')
    await pause(20_000)
    cluster!.control('resume-node', 'n1')
    await expectKept(run, following)
  })

  test('1,500 tasks, more than an array holds', async () => {
    // A worker in the shell: the test is about who starts what.
    const program = bench.place('work.sh')
    const write = `printf '{"id": "k-%s"}' "$3" > "$w/result.json"; echo '{}' > "$w/record.json"`
    writeFileSync(
      program,
      `set -- "$1" "$2" "$(sed -n "$(($3 + 1))p" "$2/keys")"\nw=$2/working-$$-$3\nmkdir "$w"\n${write}\nmv "$w" "$2/units/$3"\n`
    )
    const plan = dryPlan(1500, 1500, { on: 'slurm', program: `sh '${program}'`, resources: { cpus: 1, mem: '10M' } })
    const run = RunFolder.create(bench.place('run'), plan)
    writeFileSync(run.place('keys'), plan.units.map(({ key }) => `${key}\n`).join(''))
    const following = follow(run)
    await expectKept(run, following)
    expect(run.submissions().map(({ tasks }) => tasks.length)).toEqual([0, 1001, 499])
  })

  test('squeue fails for a while, and neither it nor sacct knows more than the oldest versions', async () => {
    const bin = bench.place('bin')
    mkdirSync(bin)
    const [fails, failed] = [bench.place('squeue-fails'), bench.place('squeue-failed')]
    const real = `/usr/bin/squeue "$@"`
    writeFileSync(
      `${bin}/squeue`,
      `#!/bin/sh\n[ -e '${fails}' ] && { echo >> '${failed}'; echo 'Unable to contact slurm controller' >&2; exit 1; }
case "$*" in *--json*) exit 2;; esac\nexec ${real}\n`
    )
    writeFileSync(`${bin}/sacct`, `#!/bin/sh\ntouch '${bench.place('sacct-was-asked')}'\nexit 1\n`)
    for (const name of ['squeue', 'sacct']) chmodSync(`${bin}/${name}`, 0o755)
    bench.environment.PATH = `${bin}:${process.env.PATH}`
    const run = dryRun(24, 12)
    const following = follow(run)
    await until(() => run.submissions().length > 1)
    writeFileSync(fails, '')
    await until(() => existsSync(failed) && readFileSync(failed).length >= 10)
    rmSync(fails)
    const { code, said } = await following.ended
    expect([code, said]).toEqual([0, expect.stringContaining('squeue: Unable to contact slurm controller')])
    await expectWhole(run)
    expect(() => readFileSync(bench.place('sacct-was-asked'))).toThrow('ENOENT')
  })

  test('cancelled, and resumed', async () => {
    const run = dryRun(24, 12)
    const following = follow(run, 3000)
    await until(() => run.attempted().size >= 2)
    expect((await bench.run('run', 'cancel', run.path)).code).toBe(0)
    await until(() => cluster!.jobs().length === 0, 10)
    expect((await following.ended).code).toBe(1)
    await expectKept(run, follow(run, 20))
  })
})

function attemptsOn(host: string, path: string): number {
  try {
    const run = RunFolder.open(path)
    return [...run.attempted()].flatMap((key) => run.attempts(key)).filter((attempt) => attempt.host === host).length
  } catch {
    return 0
  }
}
