import type { Frame, Pipe } from '@shared/rpc/frames'
import { decodeFrame, encodeFrame } from '@shared/rpc/codec'
import { serve } from '@shared/rpc/peer'
import type { RawData, WebSocket } from 'ws'
import { errorFields, log } from '../../engine/log/log'
import type { Host } from '../host'

const utf8 = new TextDecoder('utf-8', { fatal: true })
const encoder = new TextEncoder()

/** Close codes of RFC 6455 for messages that are not valid. */
const malformed = 1007

/** Connects one window to the host: answers its calls and sends it every event until it disconnects. */
export function connectWindow(socket: WebSocket, host: Host): void {
  const pipe = socketPipe(socket)
  serve(pipe, host.dispatch)
  const unsubscribe = host.subscribe((name, payload) => pipe.send({ kind: 'event', name, payload }))
  pipe.onClose(unsubscribe)
  // A window that comes back after its connection was lost has missed what happened meanwhile.
  host
    .dispatch('engine.state', {})
    .then((payload) => pipe.send({ kind: 'event', name: 'engine.state', payload }))
    .catch((error: unknown) => log.error('socket.failed', errorFields(error)))
}

function socketPipe(socket: WebSocket): Pipe {
  return {
    send(frame) {
      if (socket.readyState === socket.OPEN) socket.send(encodeFrame(frame, (text) => encoder.encode(text)))
    },
    onFrame(listener) {
      socket.on('message', (data, isBinary) => {
        const frame = isBinary ? decode(data) : null
        if (frame) listener(frame)
        else socket.close(malformed, 'The message is not a frame.')
      })
    },
    onClose(listener) {
      socket.once('close', () => listener('The window was closed.'))
      // A broken connection reports an error first and closes then.
      socket.on('error', () => undefined)
    }
  }
}

function decode(data: RawData): Frame | null {
  if (!Buffer.isBuffer(data)) return null
  try {
    return decodeFrame(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), (bytes) => utf8.decode(bytes))
  } catch {
    return null
  }
}
