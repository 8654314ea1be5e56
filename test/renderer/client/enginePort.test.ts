// @vitest-environment happy-dom
import { expect, it, vi } from 'vitest'
import { enginePorts } from '../../../src/renderer/client/enginePort'
import { ipcTransport, type PreloadBridge } from '../../../src/renderer/client/ipcTransport'
import type { Frame } from '../../../src/shared/rpc/frames'

/** A page that was given a port; what it sends is recorded, and a test answers. */
function pageWithPort() {
  let event: (name: string, payload: unknown) => void = () => undefined
  const overBridge: string[] = []
  const bridge: PreloadBridge = {
    call: (name) => {
      overBridge.push(name)
      return Promise.resolve({ kind: 'answer', id: 0, output: 'over the bridge' })
    },
    subscribe: (listener) => {
      event = listener
      return () => undefined
    }
  }
  const page = new EventTarget() as unknown as Window
  const direct = enginePorts(page, bridge)
  const give = (): { engine: EventTarget; sent: Frame[] } => {
    const sent: Frame[] = []
    const engine = new EventTarget()
    const port = Object.assign(engine, { postMessage: (frame: Frame) => sent.push(frame), start() {}, close() {} })
    page.dispatchEvent(
      Object.assign(new Event('message'), { source: page, data: 'layerscope:engine-port', ports: [port] })
    )
    return { engine, sent }
  }
  const say = (engine: EventTarget, data: Frame): void =>
    void engine.dispatchEvent(Object.assign(new Event('message'), { data }))
  const greeting: Frame = { kind: 'event', name: 'layerscope:engine-port', payload: null }
  return {
    transport: ipcTransport(bridge, direct),
    overBridge,
    give,
    say,
    greeting,
    send: (state: string) => event('engine.state', { state })
  }
}

it('large answers come over the port once the engine has greeted on it, everything else over the bridge', async () => {
  const { transport, overBridge, give, say, greeting } = pageWithPort()
  const { engine, sent } = give()
  expect(await transport.call('projection.input', { a: 1 })).toBe('over the bridge')
  say(engine, greeting)
  const asked = transport.call('projection.input', { a: 1 })
  expect(sent).toEqual([{ kind: 'call', id: 1, name: 'projection.input', input: { a: 1 } }])
  say(engine, { kind: 'answer', id: 1, output: 42 })
  expect(await asked).toBe(42)
  await transport.call('model.list', {})
  expect(overBridge).toEqual(['projection.input', 'model.list'])
})

it('an engine that ends refuses what is open; the next one has a port of its own', async () => {
  const { transport, overBridge, give, say, greeting, send } = pageWithPort()
  const first = give()
  say(first.engine, greeting)
  const asked = transport.call('dataset.words', {})
  send('crashed')
  await expect(asked).rejects.toMatchObject({ name: 'UserError', message: expect.stringMatching(/^The engine ended/) })
  await transport.call('dataset.words', {})
  expect(overBridge).toEqual(['dataset.words'])
  const second = give()
  say(second.engine, greeting)
  void transport.call('dataset.words', {})
  await vi.waitFor(() => expect(second.sent).toHaveLength(1))
  expect(first.sent).toHaveLength(1)
})

it('a message of another window or without a port gives nothing', async () => {
  const { transport, overBridge } = pageWithPort()
  window.dispatchEvent(new MessageEvent('message', { data: 'layerscope:engine-port' }))
  await transport.call('dataset.labels', {})
  expect(overBridge).toEqual(['dataset.labels'])
})
