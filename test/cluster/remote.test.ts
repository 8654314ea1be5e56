import { resolve } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import type { FolderListing } from '@shared/app'
import type { ProbeResult } from '@shared/probe'
import type { JobStatus } from '@shared/jobs'
import { superviseEngine } from '../../src/main/hosts/engineSupervisor'
import { forkEngine } from '../../src/main/hosts/http/forkEngine'
import { probeTiny } from '../hosts/fixtures/farJob'
import { farMachine, superviseRemote, type Remote } from '../hosts/fixtures/farMachine'
import { startLoopback } from './slurm/loopback'
import { startSshd } from './ssh/loopbackSshd'
import { until } from './support'

// The engine of another machine through the real thing: the connection is cut in the middle of a job, and the answer is
// that of an engine here.

const sshd = await startSshd()
const cluster = startLoopback()
afterAll(() => {
  sshd?.stop()
  cluster?.stop()
})

let expected: ProbeResult | undefined
/** The answer of an engine here. */
async function answerHere(): Promise<ProbeResult> {
  if (expected) return expected
  const { environment } = farMachine()
  const engine = superviseEngine({
    fork: (more) => forkEngine(resolve('out/main/engineProcess.js'), { ...environment, ...more })
  })
  expected = await probeTiny(engine)
  await engine.close()
  return expected
}

/** Cuts at the first sign of the job, and once more after that. */
async function probeThrough({ engine, states }: Remote, cut: () => void): Promise<void> {
  const { layers } = await answerHere()
  await engine.call('device.status', {})
  let cuts = 0
  engine.subscribe((name, payload) => {
    const { kind, state } = payload as JobStatus
    if (name !== 'job.changed' || kind !== 'probe' || state !== 'running' || cuts === 2) return
    cuts += 1
    cut()
  })
  const result = await probeTiny(engine)
  expect([cuts, result.layers]).toEqual([2, layers])
  expect(states.some(({ message }) => message.includes('It is being made again'))).toBe(true)
  expect(engine.state()).toMatchObject({ state: 'ready', restarts: 0 })
}

test.skipIf(sshd === null)('over ssh to a server on this machine', async () => {
  const far = farMachine()
  const remote = superviseRemote(`${sshd!.ssh} ${far.program}`)
  await probeThrough(remote, () => sshd!.cut())
  const { folder } = (await remote.engine.call('files.list', {})) as FolderListing
  expect(folder).toBe(far.folder)
})

describe.skipIf(cluster === null)('through srun on a node of a cluster', () => {
  test('the same job of Slurm, and the same answer', async () => {
    process.env.SLURM_CONF = cluster!.environment.SLURM_CONF
    onTestFinished(() => void delete process.env.SLURM_CONF)
    const far = farMachine()
    const remote = superviseRemote(`${far.ssh} login srun --mem=2G --time=10 ${far.program}`)
    await probeThrough(remote, remote.cut)
    expect(remote.engine.state().host).toMatch(/^n[12]$/)
    expect(cluster!.jobs()).toHaveLength(1)
    await remote.engine.close()
    await until(() => cluster!.jobs().length === 0, 30)
  })

  test('a job that is over is not gone back to: another one starts', async () => {
    process.env.SLURM_CONF = cluster!.environment.SLURM_CONF
    onTestFinished(() => void delete process.env.SLURM_CONF)
    const far = farMachine()
    const { engine, states } = superviseRemote(`${far.ssh} login srun --mem=2G --time=10 ${far.program}`)
    await engine.call('device.status', {})
    const [job] = cluster!.jobs()
    cluster!.ask('scancel', job!)
    await until(() => states.some(({ state }) => state === 'crashed'))
    await engine.call('device.status', {})
    expect(engine.state()).toMatchObject({ state: 'ready', restarts: 1 })
    expect(cluster!.jobs()).not.toContain(job)
  })
})
