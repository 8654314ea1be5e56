import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isAlive } from '../../../src/main/engine/processes/isAlive'

test('a process runs, or does not', () => {
  expect([isAlive(process.pid), isAlive(process.ppid), isAlive(2 ** 22)]).toEqual([true, true, false])
})

test.runIf(process.platform === 'linux')('one that has ended but that nobody has waited for runs no more', async () => {
  // The shell becomes a program that does not ask for its child's end.
  const parent = spawn('/bin/sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  const state = (): string => / ([A-Z]) \d+ /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))![1]!
  while (state() !== 'Z') await pause(10)
  expect(isAlive(pid)).toBe(false)
  parent.kill()
})
