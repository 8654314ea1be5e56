import type { Transport } from './client'
import { enginePorts } from './enginePort'
import { ipcTransport, preloadBridge } from './ipcTransport'
import { socketTransport } from './socketTransport'

/** Electron's preload leaves a bridge on the window; a browser has none and talks to the server it came from. */
export function chooseTransport(): Transport {
  const bridge = preloadBridge()
  return bridge
    ? ipcTransport(bridge, enginePorts(window, bridge))
    : socketTransport(new URL('/socket', window.location.href))
}
