import type { GraphicsAdapter } from '@shared/backend'

/** A backend that is registered with TensorFlow.js. */
export interface LoadedBackend {
  /** Its name inside TensorFlow.js. */
  tfName: string
  title: string
  version: string
  threads: number
  /** Of native TensorFlow: the key of the compiled connection to it. */
  addon?: string
  /** Of WebGPU. */
  adapter?: GraphicsAdapter
  /** Called once a first tensor came back. */
  works?(): void
}
