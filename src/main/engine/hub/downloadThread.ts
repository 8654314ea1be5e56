import { Worker, type MessagePort } from 'node:worker_threads'
import { UserError } from '@shared/userError'
import { fromWireError, toWireError } from '@shared/rpc/errors'
import type { WireError } from '@shared/rpc/frames'
import { Paced } from '../jobs/paced'
import { downloadWanted, type DownloadHandle, type WantedModel } from './downloadWanted'

type Message =
  | { kind: 'progress'; done: number; total: number; message: string }
  | { kind: 'done'; folder: string }
  | { kind: 'failed'; error: WireError }

/**
 * `downloadWanted` in a separate thread: TensorFlow's kernels hold the engine's thread for up to a fifth
 * of a second at a time, and a connection that is served only in between brings a few hundred kilobytes a second.
 * @param entry the built file that calls `answerDownloads`
 */
export function downloadInThread(
  entry: string,
  wanted: WantedModel,
  { signal, onProgress }: DownloadHandle
): Promise<string> {
  const thread = new Worker(entry, { workerData: wanted })
  return new Promise<string>((resolve, reject) => {
    const stop = (): void => thread.postMessage('cancel')
    signal.addEventListener('abort', stop)
    thread.on('message', (message: Message) => {
      if (message.kind === 'progress') onProgress(message.done, message.total, message.message)
      else if (message.kind === 'done') resolve(message.folder)
      else reject(fromWireError(message.error))
    })
    thread.once('error', reject)
    thread.once('exit', () => {
      signal.removeEventListener('abort', stop)
      reject(new UserError('The download ended early. What was downloaded is kept; download it again to resume.'))
    })
  })
}

/** The thread's side: downloads what it was started with, and ends. */
export async function answerDownload(port: MessagePort, wanted: WantedModel): Promise<void> {
  const abort = new AbortController()
  port.once('message', () => abort.abort())
  const post = (message: Message): void => port.postMessage(message)
  // The bar is drawn ten times a second; a message for every chunk would only keep the engine from its work.
  const reports = new Paced<Message>(100, post)
  const onProgress = (done: number, total: number, message: string): void =>
    reports.push({ kind: 'progress', done, total, message })
  try {
    const folder = await downloadWanted(wanted, { signal: abort.signal, onProgress })
    reports.flush()
    post({ kind: 'done', folder })
  } catch (error) {
    reports.flush()
    post({ kind: 'failed', error: toWireError(error) })
  } finally {
    port.close()
  }
}
