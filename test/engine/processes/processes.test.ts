import { spawnSync } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import { isAlive } from '../../../src/main/engine/processes/isAlive'
import { parentPort } from '../../../src/main/engine/processes/parentPort'
import { endTools, runTool } from '../../../src/main/engine/processes/runTool'

const node = (code: string, options?: Parameters<typeof runTool>[2]): ReturnType<typeof runTool> =>
  runTool(process.execPath, ['-e', code], options)

afterEach(() => void Reflect.deleteProperty(process, 'parentPort'))

test('a tool gets its input and variables, and runs to its end', async () => {
  const code = "process.stdin.on('data', (part) => process.stdout.write(part + process.env.GIVEN))"
  const result = await node(code, { input: 'a', env: { GIVEN: 'b' } })
  expect(result).toEqual({ code: 0, stdout: 'ab', stderr: '', tooLong: false })
})

test('a tool may end without reading its input', async () => {
  expect(await node('process.exit(3)', { input: 'a'.repeat(4 << 20) })).toMatchObject({ code: 3, tooLong: false })
})

test('a tool is ended at its limit, or when the engine ends', async () => {
  expect(await node('setInterval(() => undefined, 1000)', { limitMs: 1 })).toMatchObject({ code: 1, tooLong: true })
  const running = node('setInterval(() => undefined, 1000)')
  endTools()
  expect(await running).toMatchObject({ code: 1, tooLong: false })
})

test('a program that is missing gives null', async () => {
  expect(await runTool('layerscope-no-such-program', [])).toBeNull()
})

test('which processes are alive', () => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  expect([process.pid, process.ppid, pid].map(isAlive)).toEqual([true, true, false])
})

test('only a utility process has a port to its parent', () => {
  expect(parentPort()).toBeUndefined()
  const port = { postMessage: () => undefined, on: () => undefined }
  Reflect.set(process, 'parentPort', port)
  expect(parentPort()).toBe(port)
})
