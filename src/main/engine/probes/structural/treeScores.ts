import type { StructureScores } from '@shared/probe'
import { ClusterResamples } from '../scores/clusterResamples'
import { spanningTree, spearman, type SentenceTree } from './trees'

/** Sentence lengths over which Spearman's correlations are averaged, as published. */
const lengths = Array.from({ length: 46 }, (_, i) => 5 + i)

/** What one sentence adds to each score: a sum and how many it is of. */
interface SentenceCounts {
  words: number
  edges: [number, number]
  root: [number, number]
  distance: [number, number]
  depth: [number, number]
}

/**
 * The scores of Hewitt & Manning (2019, section 3.2): UUAS, the share of undirected edges without punctuation that the
 * minimum spanning tree has; root accuracy, the shallowest word that is not punctuation; DSpr and NSpr, Spearman
 * correlations of distances by word and of depths by sentence, averaged for each sentence length and then over lengths
 * 5 to 50. Intervals resample whole clusters.
 */
export class TreeScorer {
  private readonly resampled: ClusterResamples

  /** @param clusterOf cluster of every tree; absent where each is resampled by itself */
  constructor(
    private readonly trees: readonly SentenceTree[],
    seed: number,
    clusterOf: ArrayLike<number> = Array.from(trees.keys())
  ) {
    this.resampled = new ClusterResamples(clusterOf, seed)
  }

  /** @param predictions of every tree: distances [words, words] and depths [words] */
  score(predictions: readonly { distances: Float32Array; depths: Float32Array }[]): StructureScores {
    const counts = this.trees.map((tree, i) => sentenceCounts(tree, predictions[i]!))
    const score = (terms: readonly number[][], statistic: (sums: Float64Array) => number) => ({
      value: statistic(Float64Array.from(terms, (values) => values.reduce((sum, value) => sum + value, 0))),
      interval: this.resampled.interval(terms, statistic)
    })
    const share = (pairs: readonly [number, number][]) => score(partsOf(pairs), ([part, all]) => part! / all!)
    const byLength = (pairs: readonly [number, number][]) =>
      score(
        lengths.flatMap((length) => partsOf(pairs.map((pair, i) => (counts[i]!.words === length ? pair : [0, 0])))),
        meanOfMeans
      )
    return {
      uuas: share(counts.map(({ edges }) => edges)),
      dspr: byLength(counts.map(({ distance }) => distance)),
      root: share(counts.map(({ root }) => root)),
      nspr: byLength(counts.map(({ depth }) => depth))
    }
  }
}

function partsOf(pairs: readonly (readonly [number, number])[]): [number[], number[]] {
  return [pairs.map(([part]) => part), pairs.map(([, all]) => all)]
}

/** Mean over sentence lengths of the mean at each length. @param sums by length, its sum and how many it is of */
function meanOfMeans(sums: Float64Array): number {
  let [total, defined] = [0, 0]
  for (let at = 0; at < sums.length; at += 2) {
    if (sums[at + 1]! < 0.5) continue
    total += sums[at]! / sums[at + 1]!
    defined++
  }
  return total / defined
}

/** Share of the edges that join neighbours: what a probe has to beat. Punctuation is stepped over. */
export function linearChain(trees: readonly SentenceTree[]): number {
  const counts = trees.map((tree) => {
    const distances = Float32Array.from(tree.distances, (_, at) =>
      Math.abs(Math.floor(at / tree.rows.length) - (at % tree.rows.length))
    )
    return edgeCounts(tree, distances)
  })
  return counts.reduce((sum, [right]) => sum + right, 0) / counts.reduce((sum, [, all]) => sum + all, 0)
}

function sentenceCounts(
  tree: SentenceTree,
  { distances, depths }: { distances: Float32Array; depths: Float32Array }
): SentenceCounts {
  const words = tree.rows.length
  let sum = 0
  let defined = 0
  for (let i = 0; i < words; i++) {
    const correlation = spearman(
      distances.subarray(i * words, (i + 1) * words),
      tree.distances.subarray(i * words, (i + 1) * words)
    )
    if (Number.isNaN(correlation)) continue
    sum += correlation
    defined++
  }
  const depth = spearman(depths, tree.depths)
  const gold = shallowest(tree.depths, tree.punctuation)
  return {
    words,
    edges: edgeCounts(tree, distances),
    root: gold < 0 ? [0, 0] : [shallowest(depths, tree.punctuation) === gold ? 1 : 0, 1],
    distance: [sum, defined],
    depth: Number.isNaN(depth) ? [0, 0] : [depth, 1]
  }
}

function edgeCounts(tree: SentenceTree, distances: Float32Array): [number, number] {
  const words = tree.rows.length
  const gold = new Set(spanningTree(tree.distances, tree.punctuation).map(([a, b]) => a * words + b))
  const right = spanningTree(distances, tree.punctuation).filter(([a, b]) => gold.has(a * words + b)).length
  return [right, gold.size]
}

function shallowest(depths: Float32Array, punctuation: Uint8Array): number {
  let found = -1
  depths.forEach((depth, word) => {
    if (punctuation[word] === 0 && (found < 0 || depth < depths[found]!)) found = word
  })
  return found
}
