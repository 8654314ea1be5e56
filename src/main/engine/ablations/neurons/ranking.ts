/**
 * Weights of a linear probe by class, [classes, width], over standardised features: sizes of different features can be
 * compared.
 */
export interface ClassWeights {
  weight: Float32Array
  classes: number
  width: number
}

export interface NeuronRanking {
  /** Neurons, the most important first. */
  order: Int32Array
  /** By rank: mean over classes of the share of the class's mass that neurons up to this rank hold. */
  mass: Float64Array
}

/**
 * Order of neurons by a linear probe (Dalvi et al. 2019, "What is one grain of sand in the desert?", section 3.2, as
 * NeuroX does it): every class takes its heaviest neurons, by size of weight, up to a share p of its summed sizes; as p
 * rises from 0 to 1 a neuron enters the order as soon as one class takes it. NeuroX raises p in steps; here it rises
 * without steps, and neurons that enter at once go by the larger share. A class all of whose weights are 0 takes none.
 */
export function rankNeurons({ weight, classes, width }: ClassWeights): NeuronRanking {
  const enters = new Float64Array(width).fill(Infinity)
  const largest = new Float64Array(width)
  const shares = new Float64Array(classes * width)
  for (let k = 0; k < classes; k++) {
    const mass = massOf(weight, k, width)
    shares.set(mass, k * width)
    let before = 0
    for (const neuron of heaviest(mass)) {
      if (mass[neuron] === 0) break
      enters[neuron] = Math.min(enters[neuron]!, before)
      largest[neuron] = Math.max(largest[neuron]!, mass[neuron]!)
      before += mass[neuron]!
    }
  }
  const order = Int32Array.from(enters.keys()).sort(
    (a, b) => (enters[a] === enters[b] ? 0 : enters[a]! - enters[b]!) || largest[b]! - largest[a]! || a - b
  )
  const mass = new Float64Array(width)
  let sum = 0
  order.forEach((neuron, rank) => {
    for (let k = 0; k < classes; k++) sum += shares[k * width + neuron]! / classes
    mass[rank] = sum
  })
  return { order, mass }
}

/** The heaviest neurons of one class, and how many hold half of its mass. */
export function classNeurons(
  { weight, width }: ClassWeights,
  k: number,
  count: number
): { top: { neuron: number; share: number }[]; half: number } {
  const mass = massOf(weight, k, width)
  const order = heaviest(mass)
  let half = 0
  for (let sum = 0; half < width && sum < 0.5 && mass[order[half]!]! > 0; half++) sum += mass[order[half]!]!
  return {
    top: [...order.slice(0, count)].flatMap((neuron) => (mass[neuron]! > 0 ? [{ neuron, share: mass[neuron]! }] : [])),
    half
  }
}

/** Share of every neuron in the summed sizes of a class's weights. */
function massOf(weight: Float32Array, k: number, width: number): Float64Array {
  const sizes = Float64Array.from(weight.subarray(k * width, (k + 1) * width), Math.abs)
  const sum = sizes.reduce((total, size) => total + size, 0)
  return sum > 0 ? sizes.map((size) => size / sum) : sizes
}

function heaviest(shares: Float64Array): Int32Array {
  return Int32Array.from(shares.keys()).sort((a, b) => shares[b]! - shares[a]! || a - b)
}
