import { expect, onTestFinished, test, vi } from 'vitest'
import type { NativeStatus } from '../../src/shared/app'
import type { EngineSupervisor } from '../../src/main/hosts/engineSupervisor'
import { setUpNative } from '../../src/main/hosts/firstSetup'

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

const ready: NativeStatus = { state: 'ready', reason: 'TensorFlow 2.21.0 is ready.' }
const missing: NativeStatus = { state: 'missing', reason: 'Native TensorFlow is not set up.' }

test('a machine that has native TensorFlow, or cannot, is left alone', async () => {
  for (const status of [ready, { state: 'unavailable', reason: 'There is no compiler.' } as const]) {
    const { engine, called } = engineThat({ status })
    await setUpNative(engine, () => undefined)
    expect(called).toEqual(['device.status'])
  }
})

test('a backend that was asked for by name is not replaced', async () => {
  vi.stubEnv('LAYERSCOPE_BACKEND', 'wasm')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { engine, called } = engineThat({ status: missing })
  await setUpNative(engine, () => undefined)
  expect(called).toEqual(['device.status'])
})

test('one that lacks it is set up, and the engine starts anew when no job runs', async () => {
  const { engine, called, jobs, finish } = engineThat({ status: missing, provisioned: ready })
  const lines: string[] = []
  const done = setUpNative(engine, (line) => void lines.push(line))
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
    'Native TensorFlow is being set up for this machine, once; Layerscope computes with WebAssembly meanwhile.',
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
    await setUpNative(engine, (line) => void lines.push(line))
    expect(lines.at(-1)).toBe('There is no compiler.')
    expect(called).not.toContain('restart')
  }
})
