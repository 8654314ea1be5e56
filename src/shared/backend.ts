/** The ways Layerscope can compute. */
export type BackendName = 'tensorflow-gpu' | 'tensorflow' | 'wasm' | 'cpu' | 'webgpu'

/** Those that are tried without being asked for, fastest first. */
export const usualBackends: readonly BackendName[] = ['tensorflow-gpu', 'tensorflow', 'wasm', 'cpu']

/** All of them: WebGPU is an experiment, and is used where it was chosen. */
export const backendNames: readonly BackendName[] = [...usualBackends, 'webgpu']

/** How one backend fared when the backend was chosen. */
export interface BackendAttempt {
  name: BackendName
  ok: boolean
  /** One sentence. */
  reason: string
}

/** A graphics card as WebGPU shows it. */
export interface GraphicsAdapter {
  name: string
  /** The driver and its version, as the driver says it. */
  driver: string
  /** Whether it is a program on the processor instead of a card. */
  software: boolean
  /** Bytes of the largest tensor that it can compute on. */
  largestTensor: number
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
  /** Of WebGPU. */
  adapter?: GraphicsAdapter
  reason: string
  /** Every backend that was tried, in order, the chosen one last. */
  tried: BackendAttempt[]
}
