import type { JobHandle } from '@shared/jobs'
import type { PairedTest } from '@shared/pairedTest'
import { pairedTests, sumByCluster, type Ahead } from '../probes/scores/pairedTests'
import { clusterSums } from '../probes/scores/clusterSums'
import { permutations, randomSigns } from '../probes/scores/maxT'

/**
 * Paired tests of every layer against the best one, which was chosen among them on the same items. The correction is
 * that of all pairs of layers, so that it holds for whichever layer happens to be the best: single-step max-T (Westfall
 * & Young 1993, section 2.3) over the largest difference of any two layers. A difference is divided by the root of its
 * squares by cluster, which an exchange of signs does not change; all pairs see the same exchanges, so that layers with
 * the same mistakes count as one. (Layers corrected against the best alone, by Holm's method, found one of 7, 13 or 25
 * equally good layers worse in 9, 16 and 23 % of simulated runs.)
 * @param right by layer, 1 where the answer to an item was right
 * @returns of each layer but the best, in order: its accuracy minus the best one's
 */
export async function testsAgainstBest(
  clusterOf: ArrayLike<number>,
  right: readonly Uint8Array[],
  best: number,
  seed: number,
  job: JobHandle
): Promise<PairedTest[]> {
  const others = right.flatMap((_, layer) => (layer === best ? [] : [layer]))
  const ahead = others.map((layer): Ahead =>
    Int8Array.from(right[layer]!, (value, item) => value - right[best]![item]!)
  )
  const tests = await pairedTests(clusterOf, ahead, seed, job)
  if (clusterOf.length === 0 || others.length < 2) return tests
  const { ahead: sums, sentences: clusters } = sumByCluster(
    clusterOf,
    right.map((values) => Int8Array.from(values))
  )
  const layers = right.length
  const roots = new Float64Array(layers * layers)
  const observed = new Float64Array(layers)
  for (let cluster = 0; cluster < clusters; cluster++) {
    const row = sums.subarray(cluster * layers, (cluster + 1) * layers)
    for (let a = 0; a < layers; a++) {
      observed[a]! += row[a]!
      for (let b = 0; b < a; b++) roots[a * layers + b]! += (row[a]! - row[b]!) ** 2
    }
  }
  roots.forEach((squares, pair) => (roots[pair] = Math.sqrt(squares)))
  const largest = largestDifferences(
    await clusterSums(sums, layers, permutations, randomSigns(seed), job),
    roots,
    layers
  )
  return tests.map((test, i) => {
    const layer = others[i]!
    const root = roots[Math.max(layer, best) * layers + Math.min(layer, best)]!
    const size = root === 0 ? 0 : Math.abs(observed[layer]! - observed[best]!) / root
    let reached = 1
    // A difference that is reached exactly counts, whatever its last bit.
    for (const value of largest) if (value >= size - 1e-12) reached++
    return { ...test, corrected: Math.max(test.p, reached / (permutations + 1)) }
  })
}

/** By draw, the largest standardised difference of two layers. @param exchanged [draws, layers] */
function largestDifferences(exchanged: Float32Array, roots: Float64Array, layers: number): Float64Array {
  return Float64Array.from({ length: exchanged.length / layers }, (_, draw) => {
    const row = exchanged.subarray(draw * layers, (draw + 1) * layers)
    let largest = 0
    for (let a = 1; a < layers; a++)
      for (let b = 0; b < a; b++) {
        const root = roots[a * layers + b]!
        if (root > 0) largest = Math.max(largest, Math.abs(row[a]! - row[b]!) / root)
      }
    return largest
  })
}
