/** A layout that is computed a step at a time, so that it can be watched, paused and stopped. */
export interface SteppedLayout {
  readonly epoch: number
  readonly epochs: number
  readonly finished: boolean
  step(steps: number): boolean
  /** [n, dimensions], in a new array. */
  positions(): Float32Array
  /**
   * Places new points into the finished layout, which stays as it is.
   * @param known vectors of the points, [n, width]
   * @param added vectors of the new ones, [m, width]
   * @returns [m, dimensions]
   */
  place?(known: Float32Array, added: Float32Array, width: number): Float32Array
}
