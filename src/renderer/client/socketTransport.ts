import type { EngineState } from '@shared/app'
import { decodeFrame, encodeFrame } from '@shared/rpc/codec'
import type { Frame } from '@shared/rpc/frames'
import { maxMessageBytes, megabytes } from '@shared/rpc/messageLimit'
import { createCaller, type Caller } from '@shared/rpc/peer'
import { UserError } from '@shared/userError'
import type { Transport } from './client'

const firstPauseMs = 250
const longestPauseMs = 5000
/** Calls wait this long for the connection to come back before they are refused. */
const patienceMs = 15_000

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

const lost = 'The connection to Layerscope was lost before the answer arrived. It is being restored; try again.'
const gone = 'Layerscope no longer responds. Start it again (`npm start`) and open the address it prints.'

interface WaitingCall {
  start: (caller: Caller) => void
  refuse: (error: Error) => void
}

/**
 * Calls and events over the WebSocket of the HTTP host. Reconnects by itself, at first at once and then ever more
 * slowly.
 */
export function socketTransport(url: URL): Transport {
  const address = new URL(url)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  const listeners = new Set<(name: string, payload: unknown) => void>()
  const waiting: WaitingCall[] = []
  let caller: Caller | null = null
  let pause = firstPauseMs
  let goneTimer: ReturnType<typeof setTimeout> | undefined
  let isGone = false

  function emit(name: string, payload: unknown): void {
    for (const listener of listeners) listener(name, payload)
  }

  function connect(): void {
    const socket = new WebSocket(address)
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      clearTimeout(goneTimer)
      goneTimer = undefined
      pause = firstPauseMs
      isGone = false
      const current = createCaller(socketPipe(socket))
      caller = current
      current.subscribe(emit)
      for (const call of waiting.splice(0)) call.start(current)
    }
    socket.addEventListener('close', () => {
      caller = null
      goneTimer ??= setTimeout(giveUp, patienceMs)
      setTimeout(connect, pause)
      pause = Math.min(longestPauseMs, pause * 2)
    })
  }

  function giveUp(): void {
    isGone = true
    const state: EngineState = { state: 'stopped', message: gone, restarts: 0 }
    emit('engine.state', state)
    for (const call of waiting.splice(0)) call.refuse(new UserError(gone))
  }

  connect()
  return {
    call(name, input) {
      if (caller) return caller.call(name, input)
      if (isGone) return Promise.reject(new UserError(gone))
      return new Promise((resolve, reject) => {
        waiting.push({ start: (current) => void current.call(name, input).then(resolve, reject), refuse: reject })
      })
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }
  }
}

function socketPipe(socket: WebSocket) {
  return {
    send(frame: Frame): void {
      const message = encodeFrame(frame, (text) => encoder.encode(text))
      if (message.byteLength > maxMessageBytes) {
        throw new UserError(
          `This would send ${megabytes(message.byteLength)} at once; Layerscope takes messages up to ` +
            `${megabytes(maxMessageBytes)}.`
        )
      }
      socket.send(message)
    },
    onFrame(listener: (frame: Frame) => void): void {
      socket.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => {
        listener(decodeFrame(new Uint8Array(event.data), (bytes) => decoder.decode(bytes)))
      })
    },
    onClose(listener: (reason: string) => void): void {
      socket.addEventListener('close', () => listener(lost), { once: true })
    }
  }
}
