import { seededRandom } from '../random'
import { UserError } from '../userError'
import { fuzzySimplicialSet } from './fuzzySet'
import type { Neighbours } from './knn'
import { fitCurve } from './umapCurve'
import { MOST_EPOCHS, UmapLayout } from './umapLayout'

export interface UmapOptions {
  /** Size of a point's neighbourhood, itself included, as umap-learn's `n_neighbors`. */
  neighbourhood: number
  /** Smallest distance of points in the layout, in units of `spread`. */
  minDist: number
  /** The scale of the layout. */
  spread: number
  /** Passes over the graph; null takes `defaultSchedule`'s. */
  epochs: number | null
  /** Length of the first steps; null takes `defaultSchedule`'s. */
  learningRate: number | null
  negativeSampleRate: number
  repulsionStrength: number
  seed: number
}

/** umap-learn's defaults. */
export const umapDefaults: UmapOptions = {
  neighbourhood: 15,
  minDist: 0.1,
  spread: 1,
  epochs: null,
  learningRate: null,
  negativeSampleRate: 5,
  repulsionStrength: 1,
  seed: 42
}

/** The initial positions of the points, [n, 2], and whether they are already a layout of a related space. */
export interface UmapStart {
  positions: Float32Array
  continued: boolean
}

/**
 * umap-learn's rule for a fresh layout: 500 epochs up to 10,000 points, else 200. A continued one takes two fifths of
 * them at a quarter of the rate: through MiniLM's layers that is as trustworthy as starting afresh (within 0.005 on
 * each), and up to layer 4 a point moves a fifth to a half as far as between two fresh layouts brought into line.
 */
export function defaultSchedule(count: number, continued: boolean): { epochs: number; learningRate: number } {
  const epochs = count <= 10_000 ? 500 : 200
  return continued ? { epochs: (epochs * 2) / 5, learningRate: 0.25 } : { epochs, learningRate: 1 }
}

/**
 * UMAP (McInnes, Healy & Melville 2018) of points given by their exact neighbours: builds the fuzzy graph and returns
 * the layout at epoch 0, to be run with `step`.
 *
 * @throws {UserError} for parameters without a meaning, or more neighbours than were computed.
 */
export function umap(neighbours: Neighbours, start: UmapStart, options: Partial<UmapOptions> = {}): UmapLayout {
  const { neighbourhood, minDist, spread, ...settings } = { ...umapDefaults, ...options }
  const usual = defaultSchedule(neighbours.count, start.continued)
  const epochs = settings.epochs ?? usual.epochs
  const learningRate = settings.learningRate ?? usual.learningRate
  if (!Number.isInteger(epochs) || epochs < 1 || epochs > MOST_EPOCHS) {
    throw new UserError(`The number of epochs must be a whole number from 1 to ${MOST_EPOCHS}, not ${epochs}.`)
  }
  const graph = fuzzySimplicialSet(neighbours, neighbourhood)
  return new UmapLayout(graph, start.positions, { ...settings, epochs, learningRate, curve: fitCurve(spread, minDist) })
}

/** Side of the square that a fresh layout starts in, as in umap-learn. */
const START_SIZE = 10
/** Standard deviation of the noise that keeps points of one place from moving as one. */
const START_NOISE = 1e-4
/** A layout wider than this did not come from here: it is rescaled to the size of a fresh start. */
const WIDEST_CONTINUED = 1000

/**
 * A start from the first two principal components, [n, components]: each axis stretched to [0, 10], with a little noise
 * so that equal vectors can part.
 */
export function startFromPrincipal(scores: Float32Array, components: number, seed: number): UmapStart {
  const count = scores.length / components
  const positions = new Float32Array(count * 2)
  for (let axis = 0; axis < Math.min(2, components); axis++) {
    for (let point = 0; point < count; point++) positions[2 * point + axis] = scores[point * components + axis]!
  }
  return { positions: addNoise(stretch(positions), seed), continued: false }
}

/**
 * A start from the positions of the same points in another layout, so that they can be followed from layer to layer.
 */
export function startFromLayout(previous: Float32Array, seed: number): UmapStart {
  const settled = previous.every((coordinate) => Math.abs(coordinate) <= WIDEST_CONTINUED)
  return { positions: addNoise(settled ? previous.slice() : stretch(previous.slice()), seed), continued: true }
}

/** Stretches each axis of a layout to [0, 10], in place; an axis without extent, or not finite, becomes 0. */
function stretch(positions: Float32Array): Float32Array {
  for (let axis = 0; axis < 2; axis++) {
    let least = Infinity
    let greatest = -Infinity
    for (let i = axis; i < positions.length; i += 2) {
      least = Math.min(least, positions[i]!)
      greatest = Math.max(greatest, positions[i]!)
    }
    const scale = greatest > least && Number.isFinite(greatest - least) ? START_SIZE / (greatest - least) : 0
    for (let i = axis; i < positions.length; i += 2) positions[i] = scale === 0 ? 0 : (positions[i]! - least) * scale
  }
  return positions
}

function addNoise(positions: Float32Array, seed: number): Float32Array {
  const random = seededRandom(seed)
  for (let i = 0; i < positions.length; i++) positions[i]! += START_NOISE * random.normal()
  return positions
}
