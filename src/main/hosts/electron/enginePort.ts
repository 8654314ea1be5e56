import { MessageChannelMain, type WebContents } from 'electron'
import type { EngineState } from '@shared/app'
import { enginePortName } from '@shared/rpc/enginePort'
import type { Host } from '../host'
import type { DesktopEngine } from './forkEngine'

/**
 * Gives the page a port to the engine, for each start of either: large answers then go past this process, whose thread
 * also moves the window. The engine checks what arrives over the port as it checks every other call.
 * @param ready the engine, if it can answer
 */
export function connectPage(
  contents: WebContents,
  host: Pick<Host, 'subscribe'>,
  ready: () => DesktopEngine | null
): void {
  const connect = (): void => {
    const engine = ready()
    if (!engine || contents.isDestroyed()) return
    const { port1, port2 } = new MessageChannelMain()
    engine.connect(port1)
    contents.postMessage(enginePortName, null, [port2])
  }
  contents.on('did-finish-load', connect)
  const unsubscribe = host.subscribe((name, payload) => {
    if (name === 'engine.state' && (payload as EngineState).state === 'ready') connect()
  })
  contents.once('destroyed', unsubscribe)
}
