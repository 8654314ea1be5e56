import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron'
import { callChannel, eventChannel } from '@shared/rpc/channels'
import { toWireError } from '@shared/rpc/errors'
import type { Frame } from '@shared/rpc/frames'
import { wholeArrays } from '@shared/rpc/wholeArrays'
import { UserError } from '@shared/userError'
import type { Host } from '../host'
import { isTrustedPage } from './trustedPage'

/** Answers calls from Layerscope's own page, and from no other frame in the window. */
export function answerCalls(host: Host, isPackaged: boolean): void {
  ipcMain.handle(callChannel, async (event, name: unknown, input: unknown): Promise<Frame> => {
    try {
      refuseStrangers(event, isPackaged)
      return wholeArrays<Frame>({ kind: 'answer', id: 0, output: await host.dispatch(String(name), input) })
    } catch (error) {
      return { kind: 'failure', id: 0, error: toWireError(error) }
    }
  })
}

/** Sends every event of the host to the window; returns what ends that. */
export function forwardEvents(host: Host, contents: WebContents): () => void {
  const unsubscribe = host.subscribe((name, payload) => {
    if (!contents.isDestroyed()) contents.send(eventChannel, name, wholeArrays(payload))
  })
  contents.once('destroyed', unsubscribe)
  return unsubscribe
}

function refuseStrangers(event: IpcMainInvokeEvent, isPackaged: boolean): void {
  const frame = event.senderFrame
  if (frame && frame.parent === null && isTrustedPage(frame.url, isPackaged)) return
  throw new UserError(`A page of '${frame?.url.slice(0, 100) ?? 'a frame that is gone'}' may not call Layerscope.`)
}
