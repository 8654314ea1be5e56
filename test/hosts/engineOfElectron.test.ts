import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { addonPath, buildInputs, tensorflowSeries } from '../../src/main/engine/backends/provision/install'
import type { Frame } from '../../src/shared/rpc/frames'
import { temporaryFolder } from './fixtures/testHost'

// The built engine as a utility process of Electron runs it: behind a parentPort, leading no process group.

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--if-needed'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`The app could not be built: ${stderr}`)
})

function forkEngine(env: NodeJS.ProcessEnv): { child: ChildProcess; frames: Frame[] } {
  const shim = resolve('test/hosts/fixtures/utilityProcess.mjs')
  const child = fork('out/main/engineProcess.js', [], {
    // Utility processes only warn of a rejection that nobody caught.
    execArgv: ['--import', shim, '--unhandled-rejections=warn'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {
      ...process.env,
      ...env
    }
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const frames: Frame[] = []
  child.on('message', (text: string) => {
    if (!text.startsWith('port ')) frames.push(deserialize(Buffer.from(text, 'base64')) as Frame)
  })
  return { child, frames }
}

async function startEngine(env: NodeJS.ProcessEnv = {}): Promise<{ child: ChildProcess; frames: Frame[] }> {
  const { child, frames } = forkEngine({
    LAYERSCOPE_BACKEND: 'cpu',
    LAYERSCOPE_DATA: await temporaryFolder(),
    LAYERSCOPE_CACHE: await temporaryFolder(),
    ...env
  })
  await vi.waitFor(
    () => expect(frames.some((frame) => frame.kind === 'event' && frame.name === 'process.ready')).toBe(true),
    {
      timeout: 30_000
    }
  )
  return { child, frames }
}

const exitOf = (child: ChildProcess): Promise<[number | null, string | null]> =>
  new Promise((resolve) => child.once('exit', (code, signal) => resolve([code, signal])))

test('an error that nobody caught ends the engine, as it does under Node, instead of leaving a call without an answer', async () => {
  const { child } = await startEngine()
  const exited = exitOf(child)
  child.send('reject')
  expect((await exited)[0]).not.toBe(0)
})

test('a window that is given a port is greeted on it, and gets answers to large calls and to no others', async () => {
  const { child } = await startEngine()
  const answers: Frame[] = []
  child.on('message', (text: string) => {
    if (text.startsWith('port ')) answers.push(deserialize(Buffer.from(text.slice(5), 'base64')) as Frame)
  })
  const ask = (id: number, name: string, input: object): void =>
    void child.send(`port ${serialize({ kind: 'call', id, name, input } satisfies Frame).toString('base64')}`)
  child.send('connect')
  await vi.waitFor(() => expect(answers).toEqual([{ kind: 'event', name: 'layerscope:engine-port', payload: null }]))
  ask(1, 'dataset.words', { datasetId: 'none', split: 'train' })
  ask(2, 'device.status', {})
  ask(3, 'dataset.words', { datasetId: 7 })
  await vi.waitFor(() => expect(answers).toHaveLength(4))
  const messages = new Map(
    answers.map((frame) => (frame.kind === 'failure' ? [frame.id, frame.error.message] : [0, '']))
  )
  expect(messages.get(1)).not.toMatch(/not answered here/)
  expect(messages.get(2)).toMatch(/device\.status/)
  expect(messages.get(3)).toMatch(/datasetId/)
})

test.runIf(process.platform === 'linux')('tools that the engine started end with it', async () => {
  const folder = await temporaryFolder()
  const programs = join(folder, 'bin')
  await mkdir(programs)
  for (const name of ['python3', 'python']) {
    await writeFile(join(programs, name), `#!/bin/sh\necho $$ > '${folder}/pid'\nexec sleep 600\n`)
    await chmod(join(programs, name), 0o755)
  }
  const { child } = await startEngine({ PATH: `${programs}:${process.env.PATH}` })
  const call: Frame = { kind: 'call', id: 1, name: 'device.provision', input: { jobId: 'setup' } }
  child.send(serialize(call).toString('base64'))
  const pid = await vi.waitFor(async () => Number(await readFile(join(folder, 'pid'), 'utf8')), { timeout: 30_000 })
  expect(pid).toBeGreaterThan(0)
  const exited = exitOf(child)
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 10_000 })
})

test.runIf(process.platform === 'linux' && spawnSync('g++', ['--version']).status === 0)(
  'an add-on that ends the process in dlopen is left out the next time, with the reason, until it is tried again',
  async () => {
    const cache = await temporaryFolder()
    const root = join(cache, 'native', `tensorflow-cpu-${tensorflowSeries}.0-${process.platform}-${process.arch}`)
    const addon = addonPath(root, buildInputs().key)
    await mkdir(dirname(addon), { recursive: true })
    await writeFile(join(root, 'manifest.json'), '{}')
    await writeFile(join(cache, 'trap.cc'), '__attribute__((constructor)) static void trap() { __builtin_trap(); }\n')
    for (const name of ['quiet.node', basename(addon)])
      spawnSync('g++', ['-shared', '-fPIC', join(cache, 'trap.cc'), '-o', join(dirname(addon), name)])
    const env = { LAYERSCOPE_CACHE: cache, LAYERSCOPE_DATA: await temporaryFolder(), LAYERSCOPE_BACKEND: '' }

    const first = forkEngine(env)
    expect((await exitOf(first.child))[1]).toMatch(/^SIG(ILL|TRAP)$/)

    const { child, frames } = await startEngine({ ...env, LAYERSCOPE_CRASHED_ENGINE: String(first.child.pid) })
    const status = await ask(child, frames, 1, 'device.status')
    expect(status).toMatchObject({
      backend: { name: 'wasm' },
      native: {
        state: 'refused',
        reason: expect.stringMatching(/^The process crashed while it loaded native TensorFlow/)
      }
    })
    expect(await ask(child, frames, 2, 'device.retry')).toMatchObject({ state: 'ready' })
  }
)

async function ask(child: ChildProcess, frames: Frame[], id: number, name: string): Promise<unknown> {
  child.send(serialize({ kind: 'call', id, name, input: {} } satisfies Frame).toString('base64'))
  return vi.waitFor(() => {
    const answer = frames.find((frame) => frame.kind === 'answer' && frame.id === id)
    if (answer?.kind !== 'answer') throw new Error(`No answer to ${name} yet.`)
    return answer.output
  })
}
