import type { Interval, StructureScores } from '@shared/probe'
import { seededRandom } from '@shared/random'
import { percentiles } from '../scores/bootstrapInterval'
import { resamples } from '../scores/intervals'
import { spanningTree, spearman, type SentenceTree } from './trees'

/** Sentence lengths over which Spearman's correlations are averaged, as published. */
const shortest = 5
const longest = 50

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
 * 5 to 50. Intervals are bootstraps over sentences.
 */
export class TreeScorer {
  private readonly draws: Int32Array

  constructor(
    private readonly trees: readonly SentenceTree[],
    seed: number
  ) {
    const random = seededRandom(seed)
    this.draws = Int32Array.from({ length: resamples * trees.length }, () => random.integer(trees.length))
  }

  /** @param predictions of every tree: distances [words, words] and depths [words] */
  score(predictions: readonly { distances: Float32Array; depths: Float32Array }[]): StructureScores {
    const counts = this.trees.map((tree, i) => sentenceCounts(tree, predictions[i]!))
    const all = scoresOf(counts)
    const drawn = Array.from({ length: resamples }, (_, b) =>
      scoresOf(Array.from(this.draws.subarray(b * counts.length, (b + 1) * counts.length), (i) => counts[i]!))
    )
    const interval = (name: keyof typeof all): Interval =>
      percentiles(Float64Array.from(drawn, (scores) => scores[name]))
    return {
      uuas: { value: all.uuas, interval: interval('uuas') },
      dspr: { value: all.dspr, interval: interval('dspr') },
      root: { value: all.root, interval: interval('root') },
      nspr: { value: all.nspr, interval: interval('nspr') }
    }
  }
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

function scoresOf(counts: readonly SentenceCounts[]): Record<'uuas' | 'dspr' | 'root' | 'nspr', number> {
  const share = (pairs: readonly [number, number][]): number =>
    pairs.reduce((sum, [part]) => sum + part, 0) / pairs.reduce((sum, [, all]) => sum + all, 0)
  return {
    uuas: share(counts.map(({ edges }) => edges)),
    root: share(counts.map(({ root }) => root)),
    dspr: byLength(counts, ({ distance }) => distance),
    nspr: byLength(counts, ({ depth }) => depth)
  }
}

// Mean over sentence lengths of the mean at each length.
function byLength(counts: readonly SentenceCounts[], pick: (count: SentenceCounts) => [number, number]): number {
  const sums = new Float64Array(longest + 1)
  const sizes = new Float64Array(longest + 1)
  for (const count of counts) {
    if (count.words < shortest || count.words > longest) continue
    const [sum, size] = pick(count)
    sums[count.words]! += sum
    sizes[count.words]! += size
  }
  const means = Array.from(sums.keys())
    .filter((length) => sizes[length]! > 0)
    .map((length) => sums[length]! / sizes[length]!)
  return means.reduce((sum, mean) => sum + mean, 0) / means.length
}
