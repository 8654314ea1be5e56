import * as tf from '@tensorflow/tfjs-core'
import { backendNames, usualBackends, type BackendAttempt, type BackendName, type BackendReport } from '@shared/backend'
import { UserError } from '@shared/userError'
import { log } from '../log/log'
import type { LoadedBackend } from './loaded'
import { hasNvidiaDriver } from './provision/install'
import { webGpuChosen } from './webgpu/webgpu'

export interface PickOptions {
  /** Try this one first; the usual order follows. */
  prefer?: BackendName
}

/** Every backend and how it is loaded: a new one is a file in this folder and a line here. */
const loaders: Record<BackendName, () => Promise<LoadedBackend>> = {
  'tensorflow-gpu': async () => {
    if (!hasNvidiaDriver()) throw new UserError('This machine has no NVIDIA driver.')
    return (await import('./native')).loadNative(true)
  },
  tensorflow: async () => (await import('./native')).loadNative(false),
  wasm: async () => (await import('./wasm')).loadWasm(),
  cpu: async () => (await import('./cpu')).loadCpu(),
  webgpu: async () => (await import('./webgpu/webgpu')).loadWebGpu()
}

let current: BackendReport | null = null

/** The backend in use; null before `pickBackend`. */
export function currentBackend(): BackendReport | null {
  return current
}

/**
 * Makes the fastest working backend the current one; WebGPU where it was chosen in the window. `LAYERSCOPE_BACKEND`
 * forces one: it is used or the call is refused.
 */
export async function pickBackend(options: PickOptions = {}): Promise<BackendReport> {
  const forced = process.env.LAYERSCOPE_BACKEND
  if (forced && !isBackendName(forced)) {
    throw new UserError(`LAYERSCOPE_BACKEND is '${forced}'; it can be ${backendNames.join(', ')}.`)
  }
  const prefer = options.prefer ?? (webGpuChosen() ? 'webgpu' : undefined)
  const order = forced ? [forced as BackendName] : orderFrom(prefer)
  const tried: BackendAttempt[] = []
  for (const name of order) {
    try {
      const loaded = await loaders[name]()
      if (!(await tf.setBackend(loaded.tfName))) throw new Error(`TensorFlow.js could not start '${loaded.tfName}'.`)
      await tf.ready()
      tf.tidy(() => tf.add(tf.ones([8]), 1).dataSync())
      loaded.works?.()
      const reason = choiceReason(name, Boolean(forced), prefer, tried)
      tried.push({ name, ok: true, reason })
      current = {
        name,
        title: loaded.title,
        version: loaded.version,
        threads: loaded.threads,
        ...(loaded.addon ? { addon: loaded.addon } : {}),
        ...(loaded.adapter ? { adapter: loaded.adapter } : {}),
        reason,
        tried
      }
      log.info('backend.picked', { ...current })
      return current
    } catch (error) {
      tried.push({ name, ok: false, reason: (error as Error).message })
    }
  }
  log.error('backend.none', { tried })
  throw new UserError(
    `No backend could be started. ${tried.map((attempt) => `${attempt.name}: ${attempt.reason}`).join(' ')}`
  )
}

function orderFrom(prefer: BackendName | undefined): BackendName[] {
  if (!prefer) return [...usualBackends]
  return [prefer, ...usualBackends.filter((name) => name !== prefer)]
}

function choiceReason(
  name: BackendName,
  forced: boolean,
  prefer: BackendName | undefined,
  tried: readonly BackendAttempt[]
): string {
  if (forced) return 'Set by LAYERSCOPE_BACKEND.'
  if (name === prefer) return 'It was chosen.'
  const failed = tried.at(-1)
  return failed ? `The fastest that works here. ${failed.reason}` : 'The fastest available.'
}

function isBackendName(name: string): name is BackendName {
  return (backendNames as readonly string[]).includes(name)
}
