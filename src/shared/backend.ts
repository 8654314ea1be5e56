/** The ways Layerscope can compute, fastest first. */
export type BackendName = 'tensorflow-gpu' | 'tensorflow' | 'wasm' | 'cpu'

export const backendNames: readonly BackendName[] = ['tensorflow-gpu', 'tensorflow', 'wasm', 'cpu']

/** What became of one backend when a choice was made. */
export interface BackendAttempt {
  name: BackendName
  ok: boolean
  /** One sentence. */
  reason: string
}

/** Which backend computes, and why that one: shown in the window and by the command line. */
export interface BackendReport {
  name: BackendName
  /** For people, for example 'TensorFlow 2.21, native CPU'. */
  title: string
  version: string
  /** Threads one operation may use. */
  threads: number
  /** Of native TensorFlow: the key of the compiled connection to it. */
  addon?: string
  reason: string
  /** Every backend that was asked for, in order, the chosen one last. */
  tried: BackendAttempt[]
}
