import * as table from './gradientTable'

/**
 * Everything one epoch of the layout reads and moves. Epochs are counted in 1 / 2^EPOCH_BITS in `interval` and `next`.
 */
export interface EpochState {
  count: number
  /** Coordinates, [n, 2]. Double precision saves a conversion at every load and store. */
  positions: Float64Array
  /** The edges of point i are `start[i]` to `start[i + 1]` of the four arrays below. */
  start: Int32Array
  tail: Int32Array
  /** Time between two draws of an edge. */
  interval: Int32Array
  /** When an edge is drawn next. */
  next: Int32Array
  /** Room for the edges of one point that are due, its length the largest degree. */
  due: Int32Array
  /** Gradient coefficients as made by `tabulate`. */
  attraction: Float64Array
  repulsion: Float64Array
  /** Squared distance from which on a push needs no clipping. */
  unclippedFrom: number
  negativeSampleRate: number
  /** State of the xorshift generator; not zero. */
  random: number
  /** One double, and the same eight bytes as two words. */
  double: Float64Array
  words: Uint32Array
}

/**
 * Fractional bits of the times at which edges are drawn: fixed point, because integers can be compared without a
 * branch.
 */
export const EPOCH_BITS = 16

/** No coordinate moves further than this times the learning rate in one step, as in umap-learn. */
export const STEP_LIMIT = 4

/**
 * One epoch of stochastic gradient descent (McInnes, Healy & Melville 2018, algorithm 5) at learning rate `rate`.
 *
 * The loop runs a hundred million times a layout, so its form follows what a compiler makes of it: no calls, no
 * allocation, no branch that cannot be predicted, a point's own coordinates in registers while its edges are drawn.
 */
export function runEpoch(state: EpochState, epoch: number, rate: number): void {
  const { count, positions, start, tail, interval, next, due, attraction, repulsion, double, words } = state
  const { negativeSampleRate } = state
  // Bundlers and test runners may turn an imported name into a property that is looked up at every use.
  const { HIGH_WORD, PIECE_OFFSET, PIECE_SHIFT, TABLE_LEAST } = table
  // Arithmetic at the start lets the compiler see once that these are plain numbers.
  const unclippedFrom = state.unclippedFrom * 1
  const otherPoints = (count - 1) / 4294967296
  const deadline = (epoch << EPOCH_BITS) + 1
  let random = state.random | 0

  for (let head = 0; head < count; head++) {
    let x = positions[2 * head]!
    let y = positions[2 * head + 1]!

    let drawn = 0
    for (let edge = start[head]!, end = start[head + 1]!; edge < end; edge++) {
      const time = next[edge]!
      // All ones when the edge is due, else zero: whether it is cannot be foreseen, so nothing branches on it.
      const isDue = (time - deadline) >> 31
      due[drawn] = tail[edge]!
      next[edge] = time + (interval[edge]! & isDue)
      drawn -= isDue
    }

    for (let draw = 0; draw < drawn; draw++) {
      const other = 2 * due[draw]!
      const dx = x - positions[other]!
      const dy = y - positions[other + 1]!
      const squared = dx * dx + dy * dy + TABLE_LEAST
      double[0] = squared
      const piece = ((words[HIGH_WORD]! >>> PIECE_SHIFT) - PIECE_OFFSET) << 1
      const coefficient = attraction[piece]! + attraction[piece + 1]! * squared
      let moveX = coefficient * dx
      let moveY = coefficient * dy
      if (moveX > STEP_LIMIT) moveX = STEP_LIMIT
      else if (moveX < -STEP_LIMIT) moveX = -STEP_LIMIT
      if (moveY > STEP_LIMIT) moveY = STEP_LIMIT
      else if (moveY < -STEP_LIMIT) moveY = -STEP_LIMIT
      moveX *= rate
      moveY *= rate
      x += moveX
      y += moveY
      positions[other] = positions[other]! - moveX
      positions[other + 1] = positions[other + 1]! - moveY

      let pushX = 0
      let pushY = 0
      for (let sample = 0; sample < negativeSampleRate; sample++) {
        // Marsaglia's xorshift (2003), shifts 13, 17, 5.
        random ^= random << 13
        random ^= random >>> 17
        random ^= random << 5
        // Uniform over the points other than the head: those from the head on move up by one.
        const drawnPoint = ((random >>> 0) * otherPoints) | 0
        const negative = (drawnPoint - ((head - 1 - drawnPoint) >> 31)) << 1
        const apartX = x - positions[negative]!
        const apartY = y - positions[negative + 1]!
        const apart = apartX * apartX + apartY * apartY + TABLE_LEAST
        double[0] = apart
        const part = ((words[HIGH_WORD]! >>> PIECE_SHIFT) - PIECE_OFFSET) << 1
        const strength = repulsion[part]! + repulsion[part + 1]! * apart
        let awayX = strength * apartX
        let awayY = strength * apartY
        if (apart < unclippedFrom) {
          if (awayX > STEP_LIMIT) awayX = STEP_LIMIT
          else if (awayX < -STEP_LIMIT) awayX = -STEP_LIMIT
          if (awayY > STEP_LIMIT) awayY = STEP_LIMIT
          else if (awayY < -STEP_LIMIT) awayY = -STEP_LIMIT
        }
        pushX += awayX
        pushY += awayY
      }
      x += pushX * rate
      y += pushY * rate
    }
    positions[2 * head] = x
    positions[2 * head + 1] = y
  }
  state.random = random
}
