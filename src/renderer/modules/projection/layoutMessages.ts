/** Messages between the window and its layout worker. Arrays are handed over, not copied. */
export interface LayoutStart {
  kind: 'start'
  run: number
  count: number
  k: number
  /** [count, k] */
  neighbours: Int32Array
  distances: Float32Array
  /** Where the points are now in the layout of another layer, [count, 2]; null for a fresh start from `principal`. */
  previous: Float32Array | null
  /** [count, components] */
  principal: Float32Array
  components: number
  neighbourhood: number
  minDist: number
  seed: number
}

export interface LayoutStop {
  kind: 'stop'
}

export type LayoutRequest = LayoutStart | LayoutStop

export type LayoutReport =
  | { kind: 'moved'; run: number; epoch: number; epochs: number; positions: Float32Array }
  | { kind: 'failed'; run: number; message: string }
