import { seededRandom } from '../random'
import type { FuzzyGraph } from './fuzzySet'
import { gradientCoefficients, tabulate, TABLE_GREATEST, unclippedFrom } from './gradientTable'
import type { CurveParameters } from './umapCurve'
import { EPOCH_BITS, runEpoch, STEP_LIMIT, type EpochState } from './umapEpoch'

export interface LayoutOptions {
  curve: CurveParameters
  epochs: number
  /** Length of a step at the start; it falls to zero in a straight line. */
  learningRate: number
  /** Random points pushed away for every edge drawn together. */
  negativeSampleRate: number
  repulsionStrength: number
  seed: number
}

/** The most epochs whose times fit 32 bits in fixed point, with room for the interval after the last one. */
export const MOST_EPOCHS = 2 ** (30 - EPOCH_BITS) - 1

/**
 * Farthest start from the origin: points this far apart no longer feel each other, so the table's end stays out of
 * reach.
 */
const FARTHEST_START = Math.sqrt(TABLE_GREATEST) / 4

/**
 * The layout of a fuzzy graph in the plane by stochastic gradient descent on their cross entropy (McInnes, Healy &
 * Melville 2018, section 3.2), a few epochs at a time so that it can be watched and stopped. The same seed gives the
 * same layout.
 *
 * An edge of weight w is drawn together every max(w) / w epochs; its head is pushed away from `negativeSampleRate`
 * random points each time. Deviations from umap-learn's loop, none of which shows in trustworthiness: the negative
 * samples of one draw all push from the place the head has after the attraction, so that their gradients need not wait
 * for one another; there are exactly `negativeSampleRate` of them; and the coefficients come from a table (relative
 * error at most 7e-4, see gradientTable.ts).
 */
export class UmapLayout {
  readonly count: number
  readonly epochs: number
  private done = 0
  private readonly learningRate: number
  private readonly state: EpochState

  /** `positions` is [n, 2] row-major and is copied. Edges too light to be drawn once in all epochs are left out. */
  constructor(graph: FuzzyGraph, positions: Float32Array, options: LayoutOptions) {
    if (positions.length !== graph.count * 2) {
      throw new Error(`${graph.count} points need ${graph.count * 2} coordinates, not ${positions.length}.`)
    }
    if (!positions.every((coordinate) => Math.abs(coordinate) <= FARTHEST_START)) {
      throw new Error(`A layout starts from finite coordinates within ${FARTHEST_START} of the origin.`)
    }
    this.count = graph.count
    this.epochs = options.epochs
    this.learningRate = options.learningRate
    const coefficients = gradientCoefficients(options.curve, options.repulsionStrength)
    const double = new Float64Array(1)
    this.state = {
      count: graph.count,
      positions: Float64Array.from(positions),
      ...schedule(graph, options.epochs),
      attraction: tabulate(coefficients.attraction),
      repulsion: tabulate(coefficients.repulsion),
      unclippedFrom: unclippedFrom(coefficients.repulsion, STEP_LIMIT),
      negativeSampleRate: options.negativeSampleRate,
      random: seededRandom(options.seed).integer(0x7fffffff) + 1,
      double,
      words: new Uint32Array(double.buffer)
    }
  }

  /** Epochs done so far. */
  get epoch(): number {
    return this.done
  }

  get finished(): boolean {
    return this.done === this.epochs
  }

  /** Runs up to `epochs` further epochs; true once all of them are done. */
  step(epochs = 1): boolean {
    const last = Math.min(this.done + epochs, this.epochs)
    while (this.done < last) {
      runEpoch(this.state, this.done, this.learningRate * (1 - this.done / this.epochs))
      this.done++
    }
    return this.finished
  }

  /** The current layout, [n, 2] row-major, in a new array. */
  positions(): Float32Array {
    return Float32Array.from(this.state.positions)
  }
}

/**
 * When each edge is drawn: first after one interval, then after every further one, as umap-learn's epochs_per_sample.
 */
function schedule(
  { count, start, tail, weight }: FuzzyGraph,
  epochs: number
): Pick<EpochState, 'start' | 'tail' | 'interval' | 'next' | 'due'> {
  const heaviest = weight.reduce((most, value) => Math.max(most, value), 0)
  const keptStart = new Int32Array(count + 1)
  const keptTail = new Int32Array(tail.length)
  const interval = new Int32Array(tail.length)
  let size = 0
  let degree = 0
  for (let head = 0; head < count; head++) {
    for (let edge = start[head]!; edge < start[head + 1]!; edge++) {
      if (weight[edge]! < heaviest / epochs) continue
      keptTail[size] = tail[edge]!
      interval[size] = Math.round((heaviest / weight[edge]!) * 2 ** EPOCH_BITS)
      size++
    }
    keptStart[head + 1] = size
    degree = Math.max(degree, size - keptStart[head]!)
  }
  // One place more than the largest degree: an edge is written where the next due one goes, whether it is due or not.
  const due = new Int32Array(degree + 1)
  return {
    start: keptStart,
    tail: keptTail.slice(0, size),
    interval: interval.slice(0, size),
    next: interval.slice(0, size),
    due
  }
}
