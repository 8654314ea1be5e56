import { expect, test } from 'vitest'
import { JobCancelled } from '../../../src/shared/jobs'
import type { Frame, Pipe } from '../../../src/shared/rpc/frames'
import { parseCall } from '@shared/rpc/dispatch'
import { createCaller, serve } from '../../../src/shared/rpc/peer'
import { wholeArrays } from '../../../src/shared/rpc/wholeArrays'
import { UserError } from '../../../src/shared/userError'

/** Two ends of one pipe; what goes over it is cloned, as processes do. */
function pipes(): { left: Pipe; right: Pipe; close: (reason: string) => void } {
  const listeners = { left: [] as ((frame: Frame) => void)[], right: [] as ((frame: Frame) => void)[] }
  const closers: ((reason: string) => void)[] = []
  const end = (own: 'left' | 'right', other: 'left' | 'right'): Pipe => ({
    send(frame) {
      const copy = structuredClone(frame)
      queueMicrotask(() => listeners[other].forEach((listener) => listener(copy)))
    },
    onFrame: (listener) => void listeners[own].push(listener),
    onClose: (listener) => void closers.push(listener)
  })
  return {
    left: end('left', 'right'),
    right: end('right', 'left'),
    close: (reason) => closers.forEach((closer) => closer(reason))
  }
}

test('answers find their calls, in whatever order they come', async () => {
  const { left, right } = pipes()
  const releases: (() => void)[] = []
  serve(right, (name) => new Promise((resolve) => releases.push(() => resolve(`${name}!`))))
  const caller = createCaller(left)
  const first = caller.call('first', {})
  const second = caller.call('second', {})
  await Promise.resolve()
  releases.reverse().forEach((release) => release())
  expect(await Promise.all([first, second])).toEqual(['first!', 'second!'])
})

test('errors keep what they are: a mistake of the person, a cancelled job, a defect', async () => {
  const { left, right } = pipes()
  const errors: Record<string, unknown> = {
    user: new UserError('The file is empty.'),
    job: new JobCancelled('The probe'),
    defect: new TypeError('x is undefined'),
    text: 'thrown text'
  }
  serve(right, (name) => Promise.reject(errors[name]))
  const caller = createCaller(left)
  await expect(caller.call('user', {})).rejects.toSatisfy(
    (error) => error instanceof UserError && error.message === 'The file is empty.'
  )
  await expect(caller.call('job', {})).rejects.toSatisfy(
    (error) => error instanceof JobCancelled && error.message === 'The probe was cancelled.'
  )
  await expect(caller.call('defect', {})).rejects.toMatchObject({ name: 'TypeError', message: 'x is undefined' })
  await expect(caller.call('text', {})).rejects.toMatchObject({ name: 'Error', message: 'thrown text' })
})

test('an answer that cannot be sent is a failure, not silence', async () => {
  const { left, right } = pipes()
  serve(right, () => Promise.resolve(() => 'functions are not cloned'))
  await expect(createCaller(left).call('any', {})).rejects.toThrow('could not be cloned')
})

test('a call that cannot be sent is rejected and forgotten', async () => {
  const { left, close } = pipes()
  const caller = createCaller(left)
  await expect(caller.call('any', { callback: () => undefined })).rejects.toThrow('could not be cloned')
  close('The other side is gone.')
})

test('a pipe that closes rejects what is open and what comes later', async () => {
  const { left, close } = pipes()
  const caller = createCaller(left)
  const open = caller.call('first', {})
  close('The other side is gone.')
  await expect(open).rejects.toThrow('The other side is gone.')
  await expect(caller.call('second', {})).rejects.toBeInstanceOf(UserError)
})

test('events reach every listener until it stops listening', async () => {
  const { left, right } = pipes()
  const caller = createCaller(left)
  const heard: string[] = []
  const stop = caller.subscribe((name) => void heard.push(`a ${name}`))
  caller.subscribe((name) => void heard.push(`b ${name}`))
  right.send({ kind: 'event', name: 'one', payload: null })
  await Promise.resolve()
  stop()
  right.send({ kind: 'event', name: 'two', payload: null })
  await Promise.resolve()
  expect(heard).toEqual(['a one', 'b one', 'b two'])
})

test('an answer to a call that nobody made is ignored', async () => {
  const { left, right } = pipes()
  const caller = createCaller(left)
  serve(right, () => Promise.resolve('right'))
  right.send({ kind: 'answer', id: 1, output: 'wrong' })
  await Promise.resolve()
  expect(await caller.call('any', {})).toBe('right')
})

test('parts of large arrays are made whole before a pipe that would copy all of them', () => {
  const matrix = new Float32Array([1, 2, 3, 4])
  const row = matrix.subarray(2)
  const date = new Date(0)
  const value = { row, matrix, list: ['a', { row }], none: null, date }
  const whole = wholeArrays(value)
  expect(whole).toEqual(value)
  expect(whole.row.buffer.byteLength).toBe(8)
  expect((whole.list[1] as { row: Float32Array }).row.buffer.byteLength).toBe(8)
  expect(whole.matrix).toBe(matrix)
  expect(whole.date).toBe(date)
})

test('what is thrown before there is a promise is a failure of that call alone', async () => {
  const { left, right } = pipes()
  serve(right, (name) => {
    if (name === 'early') throw new UserError('The model is not open.')
    return Promise.resolve('answered')
  })
  const caller = createCaller(left)
  await expect(caller.call('early', {})).rejects.toThrow(new UserError('The model is not open.'))
  expect(await caller.call('next', {})).toBe('answered')
})

test('what goes back is bounded and printable, also of a defect', async () => {
  const { left, right } = pipes()
  const long = `\u001b[31m${'x'.repeat(31_000_000)} end`
  serve(right, (name) => Promise.reject(name === 'text' ? long : new TypeError(long)))
  const caller = createCaller(left)
  for (const name of ['text', 'defect']) {
    const { message } = (await caller.call(name, {}).catch((error: unknown) => error)) as Error
    expect(message.length).toBeLessThanOrEqual(2000)
    expect(message).toMatch(/^\\u001b\[31mx+ … x+ end$/)
  }
})

test('a refusal of a call does not send its input back', () => {
  const long = 'x'.repeat(1_000_000)
  for (const input of [{ modelId: long, name: long, interventions: long }, long, { [long]: 1 }]) {
    let message = ''
    try {
      parseCall('sets.keep', input)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toMatch(/^The call 'sets.keep' was refused: /)
    expect(message.length).toBeLessThan(500)
  }
})
