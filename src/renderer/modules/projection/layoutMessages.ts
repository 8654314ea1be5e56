import type { Metric } from '@shared/projection'

/** Methods that move points step by step, in the layout worker. */
export type SteppedMethod = 'umap' | 'umapJs' | 'tsne'

/** What a method is given before it starts; each reads what it has a use for. */
export interface LayoutSettings {
  /** Points of a neighbourhood, the point itself included. */
  neighbourhood: number
  minDist: number
  perplexity: number
  /** Steps in all; null for the method's own number. */
  epochs: number | null
  /** How much labels count beside the vectors, from 0 to 1. */
  labelWeight: number
}

/** A layout to compute. Arrays are handed over, not copied. */
export interface LayoutTask {
  method: SteppedMethod
  dimensions: 2 | 3
  count: number
  k: number
  /** [count, k] */
  neighbours: Int32Array
  distances: Float32Array
  metric: Metric
  /** Where the points are now in the layout of another layer, [count, dimensions]; null for a fresh start. */
  previous: Float32Array | null
  /** [count, components] */
  principal: Float32Array
  components: number
  /** Label of every point, -1 for none: points of one label are pulled together; null where labels play no part. */
  labels: Int32Array | null
  settings: LayoutSettings
  seed: number
}

/** Messages from the window to its layout worker. `run` is the layout that is meant. */
export type LayoutRequest =
  | ({ kind: 'start'; run: number } & LayoutTask)
  | { kind: 'pause' | 'continue' | 'stop'; run: number }
  /** New points for the layout that is finished; see `SteppedLayout.place`. */
  | { kind: 'place'; run: number; known: Float32Array; added: Float32Array; width: number }

export type LayoutReport =
  | { kind: 'moved'; run: number; epoch: number; epochs: number; positions: Float32Array }
  | { kind: 'placed'; run: number; positions: Float32Array }
  | { kind: 'failed'; run: number; message: string }
