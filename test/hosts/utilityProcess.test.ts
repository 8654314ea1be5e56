import { PassThrough } from 'node:stream'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { exitOf } from '../../src/main/hosts/electron/exitStatus'
import { forkEngine } from '../../src/main/hosts/electron/forkEngine'
import type { EngineExit } from '../../src/main/hosts/engineChild'
import { describeExit } from '../../src/main/hosts/engineSentences'
import { recorded, resetStandIn, StandInUtilityProcess, utilityProcess } from '../security/electronStandIn'

vi.mock('electron', () => import('../security/electronStandIn'))

beforeEach(resetStandIn)

// The numbers are those of waitpid(2): signal in the low seven bits, 128 for a core dump, the code in the next byte.
test.each([
  [9, 'the system ended it, most likely because memory ran out'],
  [11, 'it crashed in native code'],
  [139, 'it crashed in native code'],
  [134, 'it gave up on an internal error'],
  [4, 'it used an instruction that this processor does not have'],
  [15, 'another program ended it'],
  [3 << 8, 'it ended with code 3']
])('a utility process that ended with status %i: %s', async (status, sentence) => {
  const child = forkEngine('/x.js')
  const exit = new Promise<EngineExit>((resolve) => child.onExit(resolve))
  recorded.children.at(-1)!.emit('exit', status)
  expect(describeExit(await exit)).toBe(sentence)
})

describe('on Windows', () => {
  test.each([
    [0xc0000005, 'SIGSEGV'],
    [0xc0000005 - 2 ** 32, 'SIGSEGV'],
    [0xc000001d, 'SIGILL'],
    [0xe0000008, 'SIGKILL'],
    [1, null]
  ])('status %i means %s', (status, signal) => expect(exitOf(status, 'win32').signal).toBe(signal))
})

test('memory that V8 ran out of is said, though only the location of the error names it', async () => {
  const child = forkEngine('/x.js')
  const exit = new Promise<EngineExit>((resolve) => child.onExit(resolve))
  recorded.children.at(-1)!.emit('error', 'FatalError', 'v8::internal::Heap::FatalProcessOutOfMemory', '{}')
  recorded.children.at(-1)!.emit('exit', 11)
  expect(describeExit(await exit)).toBe('it ran out of memory')
})

test('the last words of a process that died are read, though Electron takes the listeners off at its exit', async () => {
  const stderr = new PassThrough()
  const fork = vi
    .spyOn(utilityProcess, 'fork')
    .mockImplementation(() => Object.defineProperty(new StandInUtilityProcess(), 'stderr', { value: stderr }))
  onTestFinished(() => fork.mockRestore())
  const child = forkEngine('/x.js')
  const standIn = fork.mock.results[0]!.value as StandInUtilityProcess
  const exit = new Promise<EngineExit>((resolve) => child.onExit(resolve))
  stderr.write('early words\n')
  await new Promise((resolve) => setImmediate(resolve))
  // Electron's lib/browser/api/utility-process.ts: `exit` first, then removeAllListeners() of both streams.
  standIn.emit('exit', 6)
  stderr.removeAllListeners()
  await new Promise((resolve) => setImmediate(resolve))
  stderr.end('FATAL ERROR: JavaScript heap out of memory\n')
  const { lastWords } = await exit
  expect(lastWords).toContain('early words')
  expect(lastWords).toContain('heap out of memory')
})
