import type { EngineState } from '@shared/app'
import { enginePortName } from '@shared/rpc/enginePort'
import type { Frame, Pipe } from '@shared/rpc/frames'
import { createCaller, type Caller } from '@shared/rpc/peer'
import type { PreloadBridge } from './ipcTransport'

const ended = 'The engine ended before it had answered. It is started again; try again then.'

/**
 * Takes the ports to the engine that the desktop shell gives this page, one for each start of the engine.
 * @returns the engine at the other end of the current one; null until it has greeted, and once it is gone
 */
export function enginePorts(page: Window, bridge: Pick<PreloadBridge, 'subscribe'>): () => Caller | null {
  let current: Caller | null = null
  let close: () => void = () => undefined

  page.addEventListener('message', (event: MessageEvent) => {
    const [port] = event.ports
    if (event.source !== page || event.data !== enginePortName || !port) return
    close()
    const closed: ((reason: string) => void)[] = []
    const pipe: Pipe = {
      send: (frame) => port.postMessage(frame),
      onFrame: (listener) => port.addEventListener('message', ({ data }: MessageEvent<Frame>) => listener(data)),
      onClose: (listener) => void closed.push(listener)
    }
    const caller = createCaller(pipe)
    caller.subscribe((name) => {
      if (name === enginePortName) current = caller
    })
    close = () => {
      if (current === caller) current = null
      port.close()
      for (const listener of closed.splice(0)) listener(ended)
    }
    port.addEventListener('close', close)
    port.start()
  })
  bridge.subscribe((name, payload) => {
    if (name === 'engine.state' && (payload as EngineState).state !== 'ready') close()
  })
  return () => current
}
