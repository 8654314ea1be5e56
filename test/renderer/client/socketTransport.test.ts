import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Transport } from '../../../src/renderer/client/client'
import { socketTransport } from '../../../src/renderer/client/socketTransport'
import { decodeFrame, encodeFrame } from '../../../src/shared/rpc/codec'
import type { Frame } from '../../../src/shared/rpc/frames'

const gone = 'Layerscope no longer responds. Start it again (`npm start`) and open the address it prints.'

/** The browser's socket with the server's side in the hands of the test. */
class StandInSocket extends EventTarget {
  static all: StandInSocket[] = []
  binaryType = ''
  onopen: (() => void) | null = null
  sent: Frame[] = []
  constructor(readonly url: URL) {
    super()
    StandInSocket.all.push(this)
  }
  send(message: Uint8Array): void {
    this.sent.push(decodeFrame(message, (bytes) => new TextDecoder().decode(bytes)))
  }
  open(): void {
    this.onopen?.()
  }
  receive(frame: Frame): void {
    const { buffer } = encodeFrame(frame, (text) => new TextEncoder().encode(text))
    this.dispatchEvent(new MessageEvent('message', { data: buffer }))
  }
  drop(): void {
    this.dispatchEvent(new Event('close'))
  }
}

let transport: Transport
const newest = (): StandInSocket => StandInSocket.all.at(-1)!

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', StandInSocket)
  onTestFinished(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
  StandInSocket.all = []
  transport = socketTransport(new URL('http://127.0.0.1:8080/socket'))
})

test('calls made before the connection is open are sent when it is', async () => {
  const call = transport.call('app.info', { a: 1 })
  expect(newest().url.href).toBe('ws://127.0.0.1:8080/socket')
  newest().open()
  expect(newest().sent).toEqual([{ kind: 'call', id: 1, name: 'app.info', input: { a: 1 } }])
  newest().receive({ kind: 'answer', id: 1, output: new Float32Array([1, 2]) })
  expect(await call).toEqual(new Float32Array([1, 2]))
})

test('a lost connection rejects what is open, and is made again', async () => {
  newest().open()
  const open = transport.call('probe.list', {})
  newest().drop()
  await expect(open).rejects.toMatchObject({
    name: 'UserError',
    message: 'The connection to Layerscope was lost before the answer arrived. It is being restored; try again.'
  })
  const next = transport.call('probe.list', {})
  await vi.advanceTimersByTimeAsync(250)
  expect(StandInSocket.all).toHaveLength(2)
  newest().open()
  newest().receive({ kind: 'answer', id: 1, output: 'again' })
  expect(await next).toBe('again')
})

test('attempts come ever more slowly, and calls are refused once the server is gone', async () => {
  newest().open()
  const heard: unknown[] = []
  transport.subscribe((name, payload) => void heard.push([name, payload]))
  const attempts: number[] = []
  const start = Date.now()
  newest().drop()
  const call = transport.call('app.info', {}).catch((error: Error) => error.message)
  for (let count = 1; Date.now() - start < 30_000;) {
    await vi.advanceTimersByTimeAsync(250)
    if (StandInSocket.all.length === count) continue
    count = StandInSocket.all.length
    attempts.push(Date.now() - start)
    newest().drop()
  }
  expect(attempts).toEqual([250, 750, 1750, 3750, 7750, 12750, 17750, 22750, 27750])
  expect(await call).toBe(gone)
  expect(heard).toEqual([['engine.state', { state: 'stopped', message: gone, restarts: 0 }]])
  await expect(transport.call('app.info', {})).rejects.toThrow(gone)

  await vi.advanceTimersByTimeAsync(5000)
  newest().open()
  const later = transport.call('app.info', {})
  newest().receive({ kind: 'answer', id: 1, output: 'back' })
  expect(await later).toBe('back')
})

test('events reach the listeners of every connection until they stop', async () => {
  const heard: unknown[] = []
  const stop = transport.subscribe((name, payload) => void heard.push([name, payload]))
  newest().open()
  newest().receive({ kind: 'event', name: 'job.changed', payload: 1 })
  newest().drop()
  await vi.advanceTimersByTimeAsync(250)
  newest().open()
  newest().receive({ kind: 'event', name: 'job.changed', payload: 2 })
  stop()
  newest().receive({ kind: 'event', name: 'job.changed', payload: 3 })
  expect(heard).toEqual([
    ['job.changed', 1],
    ['job.changed', 2]
  ])
})

test('a message that the server would not take is refused here, in a sentence', async () => {
  newest().open()
  await expect(transport.call('files.import', { bytes: new Uint8Array(64 * 2 ** 20) })).rejects.toThrow(
    'This would send 65 MB at once; Layerscope takes messages up to 64 MB.'
  )
})
