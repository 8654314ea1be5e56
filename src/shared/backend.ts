/** The ways Layerscope can compute, fastest first. */
export type BackendName = 'tensorflow-gpu' | 'tensorflow' | 'wasm' | 'cpu'

export const backendNames: readonly BackendName[] = ['tensorflow-gpu', 'tensorflow', 'wasm', 'cpu']

/** How one backend fared when the backend was chosen. */
export interface BackendAttempt {
  name: BackendName
  ok: boolean
  /** One sentence. */
  reason: string
}

/** Which backend computes, and why: shown in the window and on the command line. */
export interface BackendReport {
  name: BackendName
  /** For display, for example 'TensorFlow 2.21, native CPU'. */
  title: string
  version: string
  /** Number of threads that one operation may use. */
  threads: number
  /** Of native TensorFlow: the key of the compiled connection to it. */
  addon?: string
  reason: string
  /** Every backend that was tried, in order, the chosen one last. */
  tried: BackendAttempt[]
}
