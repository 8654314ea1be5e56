import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { NativeStatus } from '../../src/shared/app'
import type { EngineSupervisor } from '../../src/main/hosts/engineSupervisor'
import { whyNeverNative } from '../../src/main/engine/services/deviceService'
import { setupAttempts, setUpNative } from '../../src/main/hosts/firstSetup'
import { temporaryFolder } from './fixtures/testHost'

interface Script {
  status: NativeStatus | Error
  provisioned?: NativeStatus | Error
}

function engineThat({ status, provisioned }: Script): {
  engine: EngineSupervisor
  called: string[]
  jobs: (job: object) => void
  finish: () => void
} {
  const called: string[] = []
  const listeners = new Set<(name: string, payload: unknown) => void>()
  let finish = (): void => undefined
  const held = new Promise<void>((resolve) => (finish = resolve))
  const settle = (value: unknown): Promise<unknown> =>
    value instanceof Error ? Promise.reject(value) : Promise.resolve(value)
  const engine: EngineSupervisor = {
    async call(name) {
      called.push(name)
      if (name === 'device.status') return settle(status instanceof Error ? status : { native: status })
      await held
      return settle(provisioned)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    restart() {
      called.push('restart')
      return Promise.resolve(engine.state())
    },
    state: () => ({ state: 'ready', message: '', restarts: 0 }),
    openCalls: () => 0,
    close: () => Promise.resolve()
  }
  return { engine, called, finish, jobs: (job) => listeners.forEach((listener) => listener('job.changed', job)) }
}

const never = { failed: () => null, remember: () => undefined }
const ready: NativeStatus = { state: 'ready', reason: 'TensorFlow 2.21.0 is ready.' }
const missing: NativeStatus = { state: 'missing', reason: 'Native TensorFlow is not set up.' }

test('a machine that has native TensorFlow, or cannot, is left alone', async () => {
  for (const status of [ready, { state: 'unavailable', reason: 'There is no compiler.' } as const]) {
    const { engine, called } = engineThat({ status })
    await setUpNative(engine, never, () => undefined)
    expect(called).toEqual(['device.status'])
  }
})

test('a backend that was asked for by name is not replaced', async () => {
  vi.stubEnv('LAYERSCOPE_BACKEND', 'wasm')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { engine, called } = engineThat({ status: missing })
  await setUpNative(engine, never, () => undefined)
  expect(called).toEqual(['device.status'])
})

test('one that lacks it is set up, and the engine restarts when no job runs', async () => {
  const { engine, called, jobs, finish } = engineThat({ status: missing, provisioned: ready })
  const lines: string[] = []
  const done = setUpNative(engine, never, (line) => void lines.push(line))
  await vi.waitFor(() => expect(called).toEqual(['device.status', 'device.provision']))
  jobs({ id: 'probe', kind: 'probe', state: 'running' })
  jobs({ id: 'extract', kind: 'extract', state: 'running' })
  finish()
  await vi.waitFor(() => expect(lines).toContain(ready.reason))
  jobs({ id: 'probe', kind: 'probe', state: 'done' })
  await Promise.resolve()
  expect(called).not.toContain('restart')
  jobs({ id: 'extract', kind: 'extract', state: 'cancelled' })
  await done
  expect(called).toEqual(['device.status', 'device.provision', 'restart'])
  expect(lines).toEqual([
    'Setting up native TensorFlow for this machine, once; meanwhile Layerscope computes with WebAssembly.',
    ready.reason
  ])
})

test('what goes wrong is said once, and the engine stays as it is', async () => {
  for (const provisioned of [
    { state: 'unavailable', reason: 'There is no compiler.' } as const,
    new Error('There is no compiler.')
  ]) {
    const { engine, called, finish } = engineThat({ status: missing, provisioned })
    const lines: string[] = []
    finish()
    await setUpNative(engine, never, (line) => void lines.push(line))
    expect(lines.at(-1)).toBe('There is no compiler.')
    expect(called).not.toContain('restart')
  }
})

test('what failed once is not tried at every start, until another version comes', async () => {
  const path = join(await temporaryFolder(), 'cache', 'native-setup.json')
  const lines: string[] = []
  const first = engineThat({ status: missing, provisioned: { state: 'missing', reason: 'There is no compiler.' } })
  first.finish()
  await setUpNative(first.engine, setupAttempts(path, '1.0.0'), (line) => lines.push(line))
  expect(first.called).toEqual(['device.status', 'device.provision'])
  const second = engineThat({ status: missing })
  await setUpNative(second.engine, setupAttempts(path, '1.0.0'), (line) => lines.push(line))
  expect(second.called).toEqual(['device.status'])
  expect(lines.at(-1)).toBe(
    'Native TensorFlow could not be set up before (There is no compiler.) `npm run setup` tries again.'
  )
  const later = engineThat({ status: missing, provisioned: ready })
  later.finish()
  await setUpNative(later.engine, setupAttempts(path, '1.1.0'), (line) => lines.push(line))
  expect(later.called).toContain('device.provision')
})

test.each([
  [
    'win32',
    'x64',
    'Native TensorFlow is set up on Linux and macOS only; on this system Layerscope computes with WebAssembly.'
  ],
  [
    'darwin',
    'x64',
    'TensorFlow is no longer published for Macs with Intel processors; Layerscope computes with WebAssembly.'
  ],
  ['darwin', 'arm64', null],
  ['linux', 'x64', null]
] as const)('on %s %s: %s', (platform, arch, reason) => expect(whyNeverNative(platform, arch)).toBe(reason))
