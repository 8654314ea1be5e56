import { seededRandom } from '../random'
import { UserError } from '../userError'
import { CellTree } from './cellTree'
import { joinDirections, type FuzzyGraph } from './fuzzySet'
import type { Neighbours } from './knn'

export interface TsneOptions {
  dimensions: 2 | 3
  /** Effective number of neighbours of a point. */
  perplexity: number
  /** Steps in all; null takes `tsneSteps`'. */
  epochs: number | null
  /** Cells that are narrower than this times their distance act as one point. */
  angle: number
  seed: number
}

/** scikit-learn's defaults. */
export const tsneDefaults: TsneOptions = { dimensions: 2, perplexity: 30, epochs: null, angle: 0.5, seed: 42 }

/** Neighbours that a perplexity needs: three times as many, as in Barnes-Hut t-SNE (van der Maaten 2014). */
export function neighboursFor(perplexity: number): number {
  return Math.floor(3 * perplexity + 1)
}

/** Steps of a fresh layout, and of one that starts where another layer's ended. */
export function tsneSteps(continued: boolean): number {
  return continued ? 300 : 1000
}

/** Steps in which attraction is exaggerated, and by how much; scikit-learn's. */
const [exaggerated, exaggeration] = [250, 12]
const leastGain = 0.01
const bisections = 100
const entropyTolerance = 1e-5
/** Standard deviation of a fresh start along its first component. */
const startSize = 1e-4

/**
 * The joint probabilities of t-SNE by a point's exact neighbours (van der Maaten 2014, section 3.1; scikit-learn's
 * `_joint_probabilities_nn`): for each point the Gaussian whose entropy is the logarithm of the perplexity, both
 * directions added, all adding up to 1.
 *
 * @throws {UserError} for a perplexity below 2, or one that needs more neighbours than were computed
 */
export function jointProbabilities(neighbours: Neighbours, perplexity: number): FuzzyGraph {
  const { count, k, distances } = neighbours
  if (!(perplexity >= 2)) throw new UserError(`The perplexity must be at least 2, not ${perplexity}.`)
  const used = Math.min(neighboursFor(perplexity), count - 1)
  if (used > k)
    throw new UserError(`A perplexity of ${perplexity} needs ${used} neighbours of each point; ${k} were computed.`)
  const strengths = new Float32Array(count * used)
  for (let point = 0; point < count; point++)
    strengths.set(gaussian(distances.subarray(point * k, point * k + used), Math.log(perplexity)), point * used)
  const graph = joinDirections(neighbours, used, strengths, (p, q) => p + q)
  const total = graph.weight.reduce((sum, value) => sum + value, 0)
  return { ...graph, weight: graph.weight.map((value) => value / total) }
}

/** exp(-beta d^2) over their sum, with the beta at which the entropy is the one wanted. */
function gaussian(distances: Float32Array, entropy: number): Float64Array {
  const squares = Float64Array.from(distances, (distance) => distance * distance)
  const values = new Float64Array(squares.length)
  let [beta, low, high] = [1, -Infinity, Infinity]
  for (let step = 0; step < bisections; step++) {
    let [sum, weighted] = [0, 0]
    for (let i = 0; i < squares.length; i++) sum += values[i] = Math.exp(-beta * squares[i]!)
    if (sum === 0) sum = 1e-8
    for (let i = 0; i < squares.length; i++) weighted += squares[i]! * (values[i]! /= sum)
    const difference = Math.log(sum) + beta * weighted - entropy
    if (Math.abs(difference) <= entropyTolerance) break
    if (difference > 0) {
      low = beta
      beta = high === Infinity ? beta * 2 : (beta + high) / 2
    } else {
      high = beta
      beta = low === -Infinity ? beta / 2 : (beta + low) / 2
    }
  }
  return values
}

/**
 * t-SNE (van der Maaten & Hinton 2008) with Barnes-Hut sums (van der Maaten 2014), with scikit-learn's schedule: steps
 * of max(n / 48, 50), momentum 0.5 and then 0.8, gains, and the attraction twelvefold in the first 250 steps. A step at
 * a time, so that it can be watched and stopped; the same seed gives the same layout.
 */
export class TsneLayout {
  readonly epochs: number
  private done = 0
  private readonly graph: FuzzyGraph
  private readonly tree: CellTree
  private readonly places: Float64Array
  private readonly moves: Float64Array
  private readonly gains: Float64Array
  private readonly options: TsneOptions
  private readonly continued: boolean

  /**
   * @param scores principal components of the points, [n, components]: the start, made small
   * @param previous where the points are in another layer's layout, [n, dimensions]; null for a fresh start
   */
  constructor(
    neighbours: Neighbours,
    { scores, components }: { scores: Float32Array; components: number },
    previous: Float32Array | null,
    options: Partial<TsneOptions> = {}
  ) {
    this.options = { ...tsneDefaults, ...options }
    const { dimensions, perplexity, seed } = this.options
    this.graph = jointProbabilities(neighbours, perplexity)
    this.tree = new CellTree(dimensions)
    this.continued = previous !== null
    this.epochs = this.options.epochs ?? tsneSteps(this.continued)
    this.places = previous ? Float64Array.from(previous) : start(scores, components, neighbours.count, dimensions, seed)
    this.moves = new Float64Array(this.places.length)
    this.gains = new Float64Array(this.places.length).fill(1)
  }

  get epoch(): number {
    return this.done
  }
  get finished(): boolean {
    return this.done === this.epochs
  }

  /** Takes up to `steps` further steps; true once all are done. */
  step(steps = 1): boolean {
    const rate = Math.max(this.graph.count / exaggeration / 4, 50)
    for (let i = 0; i < steps && !this.finished; i++) {
      const early = !this.continued && this.done < exaggerated
      this.move(this.gradient(early ? exaggeration : 1), rate, early ? 0.5 : 0.8)
      this.done++
    }
    return this.finished
  }

  /** The current layout, [n, dimensions], in a new array. */
  positions(): Float32Array {
    return Float32Array.from(this.places)
  }

  /** The gradient of the Kullback-Leibler divergence with attraction times `factor`, [n, dimensions]. */
  gradient(factor = 1): Float64Array {
    const { places, tree, graph } = this
    const { dimensions, angle } = this.options
    const gradient = new Float64Array(places.length)
    tree.build(places)
    let kernels = 0
    for (let point = 0; point < graph.count; point++) kernels += tree.repel(point, angle, gradient)
    for (let i = 0; i < gradient.length; i++) gradient[i] = (-4 * gradient[i]!) / Math.max(kernels, 1e-12)
    for (let point = 0; point < graph.count; point++) {
      for (let edge = graph.start[point]!; edge < graph.start[point + 1]!; edge++) {
        const other = graph.tail[edge]!
        let squared = 0
        for (let axis = 0; axis < dimensions; axis++)
          squared += (places[point * dimensions + axis]! - places[other * dimensions + axis]!) ** 2
        const pull = (4 * factor * graph.weight[edge]!) / (1 + squared)
        for (let axis = 0; axis < dimensions; axis++) {
          const i = point * dimensions + axis
          gradient[i]! += pull * (places[i]! - places[other * dimensions + axis]!)
        }
      }
    }
    return gradient
  }

  private move(gradient: Float64Array, rate: number, momentum: number): void {
    const { places, moves, gains } = this
    for (let i = 0; i < places.length; i++) {
      const turned = moves[i]! * gradient[i]! < 0
      gains[i] = Math.max(leastGain, turned ? gains[i]! + 0.2 : gains[i]! * 0.8)
      moves[i] = momentum * moves[i]! - rate * gains[i]! * gradient[i]!
      places[i]! += moves[i]!
    }
  }
}

/** The first principal components, made so small that attraction decides first; noise parts equal vectors. */
function start(
  scores: Float32Array,
  components: number,
  count: number,
  dimensions: number,
  seed: number
): Float64Array {
  const random = seededRandom(seed)
  let squares = 0
  for (let i = 0; i < count; i++) squares += scores[i * components]! ** 2
  const scale = squares > 0 ? startSize / Math.sqrt(squares / count) : 0
  return Float64Array.from({ length: count * dimensions }, (_, i) => {
    const axis = i % dimensions
    const score = axis < components ? scores[Math.floor(i / dimensions) * components + axis]! : 0
    return scale * score + startSize * 1e-3 * random.normal()
  })
}
