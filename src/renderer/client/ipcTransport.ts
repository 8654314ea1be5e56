import { fromWireError } from '@shared/rpc/errors'
import { largeCalls } from '@shared/rpc/enginePort'
import type { Frame } from '@shared/rpc/frames'
import type { Caller } from '@shared/rpc/peer'
import type { Transport } from './client'
import { plain } from './plain'

/** What the preload script leaves on the window: exactly these two. */
export interface PreloadBridge {
  /** Answers with a frame: errors that cross the bridge as errors would lose everything but their message. */
  call(name: string, input: unknown): Promise<Frame>
  subscribe(listener: (name: string, payload: unknown) => void): () => void
}

declare global {
  interface Window {
    layerscope?: PreloadBridge
  }
}

export function preloadBridge(): PreloadBridge | undefined {
  return window.layerscope
}

/** @param direct the engine at the end of a port of this page, where there is one */
export function ipcTransport(bridge: PreloadBridge, direct: () => Caller | null = () => null): Transport {
  return {
    async call(name, given) {
      // Structured clone refuses Vue's proxies, on the bridge and on a port.
      const input = plain(given)
      const engine = largeCalls.has(name) ? direct() : null
      if (engine) return engine.call(name, input)
      const frame = await bridge.call(name, input)
      if (frame.kind === 'answer') return frame.output
      throw frame.kind === 'failure'
        ? fromWireError(frame.error)
        : new Error(`The call '${name}' was answered with a frame of another kind.`)
    },
    subscribe: (listener) => bridge.subscribe(listener)
  }
}

/**
 * Paths on disk of files and folders that were dropped on the window; null in a browser, which does not tell them:
 * import the files there.
 */
export async function droppedPaths(files: readonly File[]): Promise<string[] | null> {
  const bridge = preloadBridge()
  if (!bridge) return null
  const frame = await bridge.call('files.dropped', files)
  return frame.kind === 'answer' ? (frame.output as string[]) : null
}
