import type { DataType, TypedArray } from '@tensorflow/tfjs-core'
import type { GraphicsAdapter } from '@shared/backend'

/** A tensor on the graphics card: its data by number, which several tensors can share. */
export interface CardTensor {
  data: number
  shape: number[]
  dtype: DataType
}

/** What a kernel takes: tensors by name, or a list of them. */
export type KernelInputs = Record<string, CardTensor | null> | CardTensor[]

/** From the engine to the thread of the graphics card, worked off in order. */
export type CardRequest =
  | { kind: 'write'; data: number; values: TypedArray; shape: number[]; dtype: DataType }
  /** Answered by `tensors`; new data is numbered from `next` on. */
  | { kind: 'run'; kernel: string; inputs: KernelInputs; attributes: unknown; next: number }
  /** Answered by `values`. */
  | { kind: 'read'; data: number }
  | { kind: 'share' | 'release'; data: number }

/** Answers to requests that have one, on the channel on which the engine waits. */
export type CardAnswer =
  | { kind: 'tensors'; tensors: CardTensor[]; many: boolean }
  | { kind: 'values'; values: TypedArray }
  | { kind: 'failed'; message: string }

/** The first message of the thread. */
export type CardStart =
  { kind: 'ready'; adapter: GraphicsAdapter; kernels: string[] } | { kind: 'none'; message: string }

/** What the thread is started with. */
export interface CardThreadData {
  /** The channel of requests and answers, a MessagePort. */
  port: unknown
  /** One number, 1 once an answer has been sent. */
  answered: SharedArrayBuffer
}
