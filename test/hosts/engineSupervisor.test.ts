import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, expect, test, vi } from 'vitest'
import type { EngineState } from '../../src/shared/app'
import { logFiles, startLog, stopLog } from '../../src/main/engine/log/log'
import { lastLines } from '../../src/main/engine/log/readLog'
import type { EngineChild, EngineExit } from '../../src/main/hosts/engineChild'
import { superviseEngine, type EngineSupervisor } from '../../src/main/hosts/engineSupervisor'
import { isAlive } from './fixtures/processes'
import { superviseStub } from './fixtures/testHost'

function reaches(engine: EngineSupervisor, wanted: EngineState['state']): Promise<EngineState> {
  if (engine.state().state === wanted) return Promise.resolve(engine.state())
  return new Promise((resolve) => {
    const stop = engine.subscribe((name, payload) => {
      const state = payload as EngineState
      if (name !== 'engine.state' || state.state !== wanted) return
      stop()
      resolve(state)
    })
  })
}

function states(engine: EngineSupervisor): EngineState[] {
  const seen: EngineState[] = []
  engine.subscribe((name, payload) => void (name === 'engine.state' && seen.push(payload as EngineState)))
  return seen
}

async function pidOf(engine: EngineSupervisor): Promise<number> {
  return ((await engine.call('model.list', {})) as { pid: number }[])[0]!.pid
}

test('calls made before the engine is ready wait for it', async () => {
  const engine = superviseStub()
  expect(engine.state().state).toBe('starting')
  expect(await engine.call('dataset.preview', { paths: ['a'], bytes: new Uint8Array([1, 2]) })).toEqual({
    paths: ['a'],
    bytes: new Uint8Array([1, 2])
  })
  expect(engine.state()).toEqual({ state: 'ready', message: 'The engine is ready.', restarts: 0 })
})

test('a kill for want of memory rejects what was running in a sentence, and the engine is there again', async () => {
  const engine = superviseStub()
  const first = await pidOf(engine)
  const seen = states(engine)
  const extraction = engine.call('activations.extract', {})
  const sentence = (doing: string): string =>
    `The engine stopped${doing}: the system ended it, most likely because memory ran out; it has been started ` +
    'again; everything on disk is kept.'
  const results = await Promise.allSettled([extraction, engine.call('probe.run', {})])
  expect(results.map((result) => (result as PromiseRejectedResult).reason as Error)).toEqual([
    expect.objectContaining({ name: 'UserError', message: sentence(' while it was extracting activations') }),
    expect.objectContaining({ name: 'UserError', message: sentence(' while it was training probes') })
  ])
  const second = await pidOf(engine)
  expect(second).not.toBe(first)
  expect(seen).toEqual([
    { state: 'crashed', message: sentence(''), restarts: 1 },
    { state: 'starting', message: 'The engine is starting.', restarts: 1 },
    { state: 'ready', message: 'The engine is ready.', restarts: 1 }
  ])
})

test('the log tells how the engine ended: code, last words and the calls that were lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'layerscope-log-'))
  startLog('host', { folder, level: 'info' })
  onTestFinished(async () => {
    stopLog()
    await rm(folder, { recursive: true, force: true })
  })
  const engine = superviseStub()
  await expect(engine.call('results.delete', {})).rejects.toThrow('x is not a function')
  await reaches(engine, 'ready')
  const lines = lastLines(9, () => true, logFiles(folder))
  expect(lines.map(({ event }) => event)).toEqual([
    'engine.fork',
    'engine.ready',
    'engine.exit',
    'engine.fork',
    'engine.ready'
  ])
  expect(lines[2]).toMatchObject({
    level: 'error',
    code: 1,
    lastWords: expect.stringContaining('TypeError: x is not a function') as string,
    calls: ['results.delete']
  })
})

test("V8's own end of memory and a defect are distinguished", async () => {
  const engine = superviseStub()
  await expect(engine.call('model.open', {})).rejects.toThrow(
    'The engine stopped while it was opening a model: it ran out of memory; it has been started again; everything ' +
      'on disk is kept.'
  )
  await expect(engine.call('results.delete', {})).rejects.toThrow(
    `The engine stopped while it was answering 'results.delete': it ended with "TypeError: x is not a function"; ` +
      'it has been started again; everything on disk is kept.'
  )
})

test('an engine that cannot start is tried a few times and then left, with its own reason', async () => {
  vi.stubEnv('STUB_ENGINE_FAILS', 'No backend could be started')
  onTestFinished(() => void vi.unstubAllEnvs())
  const engine = superviseStub()
  const call = engine.call('model.list', {})
  const sentence =
    'The engine stopped 3 times in a row and is not started again: No backend could be started. Restart the engine; if it stops again, ' +
    'close Layerscope and start it with LAYERSCOPE_BACKEND=wasm.'
  await expect(call).rejects.toThrow(sentence)
  expect(await reaches(engine, 'stopped')).toEqual({ state: 'stopped', message: sentence, restarts: 2 })
  await expect(engine.call('model.list', {})).rejects.toThrow(sentence)

  vi.unstubAllEnvs()
  expect(await engine.restart()).toMatchObject({ state: 'ready' })
  expect(await pidOf(engine)).toBeGreaterThan(0)
})

test('a restart that was asked for ends the old process and tells open calls why', async () => {
  const engine = superviseStub()
  const first = await pidOf(engine)
  const extraction = engine.call('activations.extract', {})
  const [rejection, state] = await Promise.allSettled([extraction, engine.restart()])
  expect((rejection as PromiseRejectedResult).reason).toMatchObject({
    message: 'The engine was restarted while it was extracting activations; run it again.'
  })
  expect(state).toMatchObject({ value: { state: 'ready', restarts: 1 } })
  expect(isAlive(first)).toBe(false)
})

test('closing ends the engine and the tools it started', async () => {
  const engine = superviseStub()
  const [processes] = (await engine.call('probe.list', {})) as { engine: number; tool: number }[]
  expect([processes!.engine, processes!.tool].map(isAlive)).toEqual([true, true])
  await engine.close()
  await vi.waitFor(() => expect([processes!.engine, processes!.tool].map(isAlive)).toEqual([false, false]))
  await expect(engine.call('model.list', {})).rejects.toThrow('Layerscope is closing.')
})

test('an engine that does not end when asked is ended', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { child, kills } = fakeChild()
  const engine = superviseEngine({ fork: () => child, endMs: 2000 })
  const closed = engine.close()
  await vi.advanceTimersByTimeAsync(1999)
  expect(kills).toEqual(['soft'])
  await vi.advanceTimersByTimeAsync(1)
  expect(kills).toEqual(['soft', 'hard'])
  await closed
})

test('restarts wait longer each time, and an engine that ran for a while starts from the first pause again', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const children: ReturnType<typeof fakeChild>[] = []
  const engine = superviseEngine({
    restartDelays: [0, 1000],
    stableMs: 60_000,
    fork: () => {
      const fake = fakeChild()
      children.push(fake)
      return fake.child
    }
  })
  children[0]!.exit()
  expect(children).toHaveLength(2)
  children[1]!.exit()
  expect(engine.state().message).toContain('it is started again in 1 s')
  await vi.advanceTimersByTimeAsync(999)
  expect(children).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(children).toHaveLength(3)
  children[2]!.ready()
  await vi.advanceTimersByTimeAsync(60_001)
  children[2]!.exit()
  expect(engine.state()).toMatchObject({ state: 'starting', restarts: 3 })
  expect(children).toHaveLength(4)
})

test('an engine learns which one crashed before it; one that was ended from outside did not crash', () => {
  const environments: unknown[] = []
  const children: ReturnType<typeof fakeChild>[] = []
  superviseEngine({
    restartDelays: [0, 0],
    fork: (environment) => {
      environments.push(environment)
      const fake = fakeChild()
      children.push(fake)
      return fake.child
    }
  })
  children[0]!.exit({ code: null, signal: 'SIGKILL', lastWords: '' })
  children[1]!.exit({ code: null, signal: 'SIGILL', lastWords: '' })
  expect(environments).toEqual([{}, {}, { LAYERSCOPE_CRASHED_ENGINE: '1' }])
})

interface FakeChild {
  child: EngineChild
  kills: string[]
  exit: (exit?: EngineExit) => void
  ready: () => void
}

function fakeChild(): FakeChild {
  const kills: string[] = []
  const exits: ((exit: EngineExit) => void)[] = []
  const frames: Parameters<EngineChild['onFrame']>[0][] = []
  const exit: FakeChild['exit'] = (exit = { code: 1, signal: null, lastWords: '' }) =>
    exits.forEach((listener) => listener(exit))
  return {
    kills,
    exit,
    ready: () => frames.forEach((listener) => listener({ kind: 'event', name: 'process.ready', payload: null })),
    child: {
      pid: 1,
      send: () => undefined,
      onFrame: (listener) => void frames.push(listener),
      onExit: (listener) => void exits.push(listener),
      kill(how) {
        kills.push(how)
        if (how === 'hard') exit()
      }
    }
  }
}
