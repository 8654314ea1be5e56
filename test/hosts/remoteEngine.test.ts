import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { FolderListing } from '@shared/app'
import type { JobStatus } from '@shared/jobs'
import { superviseEngine } from '../../src/main/hosts/engineSupervisor'
import { contractHash } from '../../src/main/hosts/remote/contractHash'
import { forkEngine } from '../../src/main/hosts/http/forkEngine'
import { probeTiny } from './fixtures/farJob'
import { farMachine, superviseRemote } from './fixtures/farMachine'
import { isAlive } from './fixtures/processes'

// The engine of another machine, as it is built and started, over what stands in for ssh.

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--if-needed'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`The app could not be built: ${stderr}`)
})

const pidOf = (folder: string): number => Number(socketsIn(folder)[0]!.split('-')[1])
const socketsIn = (folder: string): string[] => {
  const sockets = join(folder, 'data/engines')
  return existsSync(sockets) ? readdirSync(sockets) : []
}

test('calls, files and imports are those of the far side; closing ends its engine', async () => {
  const far = farMachine()
  writeFileSync(join(far.folder, 'words.conllu'), '1\tHello\t_\tINTJ\t_\t_\t0\troot\t_\t_\n\n')
  const { engine, states } = superviseRemote(`${far.ssh} gpu1 ${far.program}`)
  expect(engine.state()).toMatchObject({ state: 'starting', message: 'The engine on gpu1 is starting.', host: 'gpu1' })
  expect(await engine.call('model.list', {})).toEqual(
    expect.arrayContaining([expect.objectContaining({ bundled: true }) as unknown])
  )
  expect(states.at(-1)).toMatchObject({ state: 'ready', restarts: 0, host: hostname() })
  // Its home folder.
  const { folder, entries } = (await engine.call('files.list', {})) as FolderListing
  expect([folder, entries.map(({ name }) => name)]).toEqual([far.folder, ['cache', 'data', 'ssh', 'words.conllu']])
  const piece = { importId: 'import-1', name: 'mine.tsv', offset: 0, total: 3, bytes: new Uint8Array([97, 9, 98]) }
  const { path } = (await engine.call('files.import', piece)) as { path: string }
  expect([path, readFileSync(path, 'utf8')]).toEqual([join(far.folder, 'cache/imports/import-1/mine.tsv'), 'a\tb'])
  await expect(engine.call('files.list', { folder: '/nowhere' })).rejects.toThrow("There is no folder '/nowhere'.")
  await expect(engine.call('files.list', { folder: 1 })).rejects.toThrow("The call 'files.list' was refused: folder:")

  const [socket] = socketsIn(far.folder)
  const modes = ['data/engines', `data/engines/${socket}`].map((name) => statSync(join(far.folder, name)).mode & 0o777)
  expect(modes).toEqual([0o700, 0o600])
  const keeper = pidOf(far.folder)
  await engine.close()
  await vi.waitFor(() => expect([isAlive(keeper), socketsIn(far.folder)]).toEqual([false, []]), 20_000)
})

test('a connection that breaks in the middle of a job is made again: the same engine, the same answer', async () => {
  const here = farMachine()
  for (const [name, value] of Object.entries(here.environment)) vi.stubEnv(name, value)
  const local = superviseEngine({ fork: () => forkEngine(resolve('out/main/engineProcess.js')) })
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await local.close()
  })
  const expected = await probeTiny(local)

  const far = farMachine()
  const { engine, states, cut } = superviseRemote(`${far.ssh} gpu1 ${far.program}`)
  await engine.call('device.status', {})
  const keeper = pidOf(far.folder)
  let cuts = 0
  engine.subscribe((name, payload) => {
    const { kind, state } = payload as JobStatus
    if (name !== 'job.changed' || kind !== 'probe' || state !== 'running' || cuts === 2) return
    cuts += 1
    cut()
  })
  const result = await probeTiny(engine)
  expect(cuts).toBe(2)
  expect(result.layers).toEqual(expected.layers)
  expect(states.filter(({ state }) => state !== 'ready').map(({ message }) => message)).toContain(
    `The connection to ${hostname()} broke (it was ended by SIGKILL). It is being made again; the engine there goes ` +
      'on, and waits for 10 more minutes.'
  )
  expect([pidOf(far.folder), engine.state()]).toEqual([
    keeper,
    expect.objectContaining({ state: 'ready', restarts: 0 })
  ])
})

test('an engine to which nobody comes back in time is gone, and another one starts', async () => {
  const far = farMachine()
  const { engine, cut } = superviseRemote(`${far.ssh} gpu1 ${far.program} --wait 0`)
  await engine.call('device.status', {})
  const open = engine.call('probe.list', {}).catch((error: Error) => error.message)
  cut()
  await vi.waitFor(() => expect(engine.state()).toMatchObject({ state: 'ready', restarts: 1 }), 20_000)
  expect([
    [],
    expect.stringMatching(/^The engine stopped while it was answering .*: the connection to/)
  ]).toContainEqual(await open)
})

describe('what goes wrong at the start', () => {
  test('another build over there', async () => {
    const far = farMachine()
    const { engine } = superviseRemote(`${far.ssh} gpu1 ${far.program}`, { contract: '0123456789ab' })
    await expect(engine.call('model.list', {})).rejects.toThrow(
      `Another build of Layerscope 0.1.0 is on ${hostname()} (${contractHash}; here 0123456789ab). A window and its ` +
        'engine must be the same: install the same package there, then restart the engine.'
    )
    expect(engine.state()).toMatchObject({ state: 'stopped', restarts: 0 })
  })

  test('a command that does not reach Layerscope', async () => {
    const far = farMachine()
    const { engine, states } = superviseRemote(`${far.ssh} gpu1 echo noise; echo 'layerscope: not found' >&2; exit 127`)
    await expect(engine.call('model.list', {})).rejects.toThrow(
      /^The engine could not be started by '.*\/ssh gpu1 .*': it ended with code 0\. Type the command in a terminal to/
    )
    const wrong = superviseRemote(`${far.ssh} gpu1 layerscope-that-is-not-there engine --stdio`)
    await expect(wrong.engine.call('model.list', {})).rejects.toThrow(
      /^The engine could not be started by '.*': it said ".*layerscope-that-is-not-there: not found"\. Type the command/
    )
    expect(states.filter(({ state }) => state === 'ready')).toEqual([])
  })

  test('a shell that greets, and what is waited for', async () => {
    const far = farMachine()
    const greeting = `sh -c "echo Welcome to gpu1; echo 'srun: job 7 queued and waiting for resources' >&2; exec ${far.program}"`
    const { engine, states } = superviseRemote(`${far.ssh} gpu1 '${greeting.replaceAll("'", "'\\''")}'`)
    await engine.call('device.status', {})
    expect(states.map(({ message }) => message)).toContain('gpu1: srun: job 7 queued and waiting for resources')
  })
})
