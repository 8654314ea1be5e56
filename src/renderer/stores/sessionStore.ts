import type { AppInfo, EngineState, NativeStatus } from '@shared/app'
import type { BackendReport } from '@shared/backend'
import type { DatasetInfo, DatasetSummary } from '@shared/dataset'
import type { ModelEntry, ModelInfo } from '@shared/model'
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

/** What is open: model, data set, split, device. Filled by `shell/session.ts`. */
export const useSessionStore = defineStore('session', () => {
  const app = shallowRef<AppInfo | null>(null)
  const engine = shallowRef<EngineState>({ state: 'starting', message: 'Starting the engine.', restarts: 0 })
  const backend = shallowRef<BackendReport | null>(null)
  const native = shallowRef<NativeStatus | null>(null)
  /** Graphics cards, where there are several, and the UUID of the chosen one. */
  const gpus = shallowRef<{ name: string; uuid: string }[]>([])
  const gpu = ref<string | null>(null)
  /** Where WebGPU is installed: whether it was chosen for the next start of the engine. */
  const webGpu = shallowRef<{ chosen: boolean; crashed: string | null } | null>(null)
  const model = shallowRef<ModelInfo | null>(null)
  const dataset = shallowRef<DatasetInfo | null>(null)
  /** What can be opened without naming a path. */
  const modelEntries = shallowRef<ModelEntry[]>([])
  const datasetEntries = shallowRef<DatasetSummary[]>([])
  /** The split that corpus list and projection show. */
  const split = ref('')
  return { app, engine, backend, native, gpus, gpu, webGpu, model, dataset, modelEntries, datasetEntries, split }
})
