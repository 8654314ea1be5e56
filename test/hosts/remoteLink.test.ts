import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import type { Frame } from '@shared/rpc/frames'
import { maxMessageBytes } from '@shared/rpc/messageLimit'
import { seededRandom } from '@shared/random'
import type { EngineChild } from '../../src/main/hosts/engineChild'
import { openChannel, type Channel } from '../../src/main/hosts/remote/channel'
import { Keeper } from '../../src/main/hosts/remote/keeper'
import { Link } from '../../src/main/hosts/remote/link'
import { encodeMessage, messageReader, type Control, type Message } from '../../src/main/hosts/remote/wire'
import { backInto, destinationOf, remoteStatePath } from '../../src/main/hosts/remote/place'

const slow = { beatMs: 60_000, silenceMs: 600_000 }
const nothing = (): Control => ({ say: 'seen', count: 0 })
const event = (payload: unknown): Frame => ({ kind: 'event', name: 'x', payload })

/** Two ends of one connection; `cut` loses what is under way. */
function connection(): { here: Channel; there: Channel; cut: () => void } {
  const [out, back] = [new PassThrough(), new PassThrough()]
  const here = openChannel(back, out, nothing, slow)
  const there = openChannel(out, back, nothing, slow)
  return { here, there, cut: () => [out, back].forEach((stream) => stream.destroy()) }
}

test('messages are put together from any pieces, and sizes are checked before memory is taken', () => {
  const messages: Message[] = [
    { control: { say: 'seen', count: 3 } },
    { frame: new Uint8Array([1, 2, 3]) },
    { frame: new Uint8Array(0) },
    { control: { say: 'end' } }
  ]
  const bytes = Buffer.concat(messages.map(encodeMessage))
  for (const step of [1, 2, 5, 7, bytes.length]) {
    const read = messageReader()
    const seen: Message[] = []
    for (let at = 0; at < bytes.length; at += step) seen.push(...read(bytes.subarray(at, at + step)))
    expect(seen.map((message) => ('frame' in message ? { frame: new Uint8Array(message.frame) } : message))).toEqual(
      messages
    )
  }
  const large = Buffer.alloc(5)
  large.writeUInt32LE(3 + maxMessageBytes)
  expect(() => messageReader()(large)).toThrow('A message of 65 MB was to be sent; up to 64 MB travel at once.')
  expect(() => messageReader()(Buffer.from([2, 0, 0, 0, 7, 10]))).toThrow('A message of an unknown kind arrived.')
  expect(() => messageReader()(Buffer.from([2, 0, 0, 0, 1, 0]))).toThrow('A message without its end arrived.')
})

test('frames arrive in order and each once, whenever connections break', async () => {
  const random = seededRandom(1)
  const arrived: unknown[][] = [[], []]
  const links = arrived.map((list) => new Link((frame) => list.push((frame as { payload: unknown }).payload)))
  const sent: unknown[][] = [[], []]
  let next = 0
  for (let round = 0; round < 200; round++) {
    const { here, there, cut } = connection()
    const ends = [here, there]
    ends.forEach((channel, i) =>
      channel.onMessage((message) => {
        if ('frame' in message) links[i]!.take(message.frame)
        else if (message.control.say === 'seen') links[i]!.seen(message.control.count)
      })
    )
    const [seenHere, seenThere] = links.map(({ received }) => received)
    links[0]!.attach(here, seenThere!)
    links[1]!.attach(there, seenHere!)
    for (let i = 0; i < 20 * random.next(); i++) {
      const side = random.next() < 0.5 ? 0 : 1
      sent[side]!.push(next)
      links[side]!.send(event(next++))
      if (random.next() < 0.3) await new Promise(setImmediate)
    }
    if (round < 199) cut()
    else await vi.waitFor(() => expect(arrived[1]).toHaveLength(sent[0]!.length))
    if (round < 199) links.forEach((link) => link.detach())
  }
  await vi.waitFor(() => expect(arrived[0]).toHaveLength(sent[1]!.length))
  expect(arrived).toEqual([sent[1], sent[0]])
})

test('what is too large for a message is refused with a sentence, on either side', async () => {
  let engineSends: (frame: Frame) => void = () => undefined
  const engine: EngineChild = {
    pid: 1,
    send: () => engineSends({ kind: 'answer', id: 7, output: new Float32Array(maxMessageBytes / 4) }),
    onFrame: (listener) => (engineSends = listener),
    onExit: () => undefined,
    kill: () => undefined
  }
  const about = { id: 'a', host: 'gpu1', pid: 1, job: null, keepMs: 1000 }
  const files = { 'files.list': () => Promise.resolve(1), 'files.import': () => Promise.resolve(1) }
  const keeper = new Keeper({ engine, about, files, onEnd: () => undefined })
  const { here, there } = connection()
  const frames: Frame[] = []
  const link = new Link((frame) => frames.push(frame))
  here.onMessage((message) => {
    if ('frame' in message) link.take(message.frame)
    else if (message.control.say === 'welcome') link.attach(here, message.control.seen)
  })
  keeper.adopt(there, { seen: 0 })
  await vi.waitFor(() => expect(link.connected).toBe(true))
  link.send({ kind: 'call', id: 7, name: 'attention.layer', input: {} })
  await vi.waitFor(() => expect(frames).toHaveLength(1))
  expect(frames[0]).toEqual({
    kind: 'failure',
    id: 7,
    error: {
      name: 'UserError',
      user: true,
      message:
        "The answer to 'attention.layer' cannot be sent from gpu1. It has 65 MB, and up to 64 MB travel between " +
        'machines at once. Choose less: a shorter sentence, fewer words or one layer.'
    }
  })
  expect(() => link.send(event(new Uint8Array(maxMessageBytes)))).toThrow('It has 65 MB')
})

test('a side that is silent counts as gone', () => {
  vi.useFakeTimers()
  try {
    const [input, output] = [new PassThrough(), new PassThrough()]
    const reasons: string[] = []
    openChannel(input, output, nothing, { beatMs: 10, silenceMs: 45 }).onClose((reason) => reasons.push(reason))
    vi.advanceTimersByTime(40)
    expect([reasons, output.readableLength > 0]).toEqual([[], true])
    vi.advanceTimersByTime(20)
    expect(reasons).toEqual(['nothing was heard from the other side'])
  } finally {
    vi.useRealTimers()
  }
})

test('the machine that a command names, its settings, and the way back into a job of Slurm', () => {
  expect(
    [
      'ssh gpu1 layerscope engine --stdio',
      'ssh -p 22 -oPort=22 -J jump -v me@gpu1 layerscope',
      '/usr/bin/ssh -4 gpu1 x',
      'podman exec box layerscope engine --stdio',
      'ssh -v'
    ].map(destinationOf)
  ).toEqual(['gpu1', 'me@gpu1', 'gpu1', 'podman exec box layerscope engine --stdio', 'ssh -v'])
  const [plain, resources, elsewhere] = ['ssh a x', 'ssh a srun --gpus=1 x', 'ssh b x'].map(remoteStatePath)
  expect([plain, plain]).not.toContain(elsewhere)
  expect(resources).toBe(plain)
  expect(plain).toMatch(/[\\/]remote[\\/]a-[0-9a-f]{8}\.json$/)
  expect(backInto('ssh login srun --gpus=1 layerscope engine --stdio', '12')).toBe(
    'ssh login srun --jobid=12 --overlap --gpus=1 layerscope engine --stdio'
  )
  expect(backInto("ssh login 'cd x; srun layerscope'", '12')).toBe(
    "ssh login 'cd x; srun --jobid=12 --overlap layerscope'"
  )
  // The far side is believed about numbers alone.
  expect(backInto('ssh login srun layerscope', '12; rm -r x')).toBe('ssh login srun layerscope')
  expect(backInto('ssh gpu1 layerscope engine --stdio', null)).toBe('ssh gpu1 layerscope engine --stdio')
})
