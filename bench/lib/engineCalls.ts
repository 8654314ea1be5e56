import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCaller, type Caller } from '@shared/rpc/peer'
import { engineReadyEvent } from '../../src/main/hosts/engineChild'
import { forkEngine } from '../../src/main/hosts/http/forkEngine'
import { ewtFile, miniLm } from '../support'

/** A built engine in a process of its own, with an empty data folder: what a window asks is asked of it. */
export interface EngineCalls extends Pick<Caller, 'call'> {
  end(): Promise<void>
}

/** @param root of a checkout that was built */
export async function startEngineOf(root: string): Promise<EngineCalls> {
  const data = mkdtempSync(join(tmpdir(), 'layerscope-bench-'))
  process.env['LAYERSCOPE_DATA'] = data
  const child = forkEngine(join(root, 'out/main/engineProcess.js'))
  const ended = new Promise<void>((resolve) => child.onExit(() => resolve()))
  const ready = new Promise<void>((resolve) =>
    child.onFrame((frame) => {
      if (frame.kind === 'event' && frame.name === engineReadyEvent) resolve()
    })
  )
  const { call } = createCaller({
    send: (frame) => child.send(frame),
    onFrame: (listener) => child.onFrame(listener),
    onClose: (listener) => void ended.then(() => listener(`The engine of ${root} has ended.`))
  })
  await Promise.race([ready, ended.then(() => Promise.reject(new Error(`The engine of ${root} did not start.`)))])
  return {
    call,
    async end() {
      child.kill('soft')
      await ended
      rmSync(data, { recursive: true, force: true })
    }
  }
}

/** Opens the bundled MiniLM, and dev and test of UD English EWT. */
export async function openMiniLmAndEwt({ call }: EngineCalls): Promise<{ modelId: string; datasetId: string }> {
  const model = (await call('model.open', { path: miniLm })) as { id: string }
  const data = (await call('dataset.open', {
    paths: [ewtFile('dev'), ewtFile('test')],
    splitNames: ['dev', 'test']
  })) as { id: string }
  return { modelId: model.id, datasetId: data.id }
}
