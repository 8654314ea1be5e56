import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { callChannel, eventChannel } from '@shared/rpc/channels'
import { enginePortName } from '@shared/rpc/enginePort'

/** The page's, of which this script shares nothing else. */
declare const window: {
  location: { origin: string }
  postMessage(message: string, origin: string, ports: readonly unknown[]): void
}

// A port cannot go over the bridge; a message to the page itself carries it.
ipcRenderer.on(enginePortName, ({ ports }) => window.postMessage(enginePortName, window.location.origin, ports))

// All the window gets of Electron: two functions, over two fixed channels. Names and inputs are checked on the other
// side.
contextBridge.exposeInMainWorld('layerscope', {
  call(name: string, input: unknown): Promise<unknown> {
    if (name === 'files.dropped') {
      // Only this side can tell where on disk a dropped file lies.
      const paths = (input as File[]).map((file) => webUtils.getPathForFile(file)).filter((path) => path !== '')
      return Promise.resolve({ kind: 'answer', id: 0, output: paths })
    }
    return ipcRenderer.invoke(callChannel, name, input)
  },
  subscribe(listener: (name: string, payload: unknown) => void): () => void {
    const forward = (_event: unknown, name: string, payload: unknown): void => listener(name, payload)
    ipcRenderer.on(eventChannel, forward)
    return () => ipcRenderer.off(eventChannel, forward)
  }
})
