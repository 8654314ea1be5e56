import type { JobHandle } from '@shared/jobs'
import { joinWindows } from '../activations/extract'
import { batchesOf, type Window } from '../activations/windows'
import type { LoadedModel } from '../models/model'

/** Patterns of attention: shares of a head's attention, 0 to 1, averaged over the queries that have such a key. */
export type HeadPattern =
  | 'previous'
  | 'next'
  | 'current'
  | 'sameToken'
  | 'induction'
  | 'repeated'
  | 'separator'
  | 'positional'
  | 'treeHead'
  | 'treeDependent'
  | `relation:${string}`

/** The gold tree of a sentence, if there is one. */
export interface Tree {
  /** Head of every word, -1 for the root. */
  heads: Int32Array
  relations: readonly string[]
}

export interface HeadScores {
  layers: number
  heads: number
  /** By pattern: [layers * heads]; NaN where no query has such a key. */
  scores: Map<HeadPattern, Float64Array>
  /** Number of queries that each score averages. */
  queries: Map<HeadPattern, number>
  /**
   * By dependency relation: share of its words for which the key at the most frequent distance is right,
   * which is what a positional head reaches.
   */
  relationBaselines: Map<string, number>
}

/** Attention maps of one batch held at a time, in numbers. */
const mapsAtATime = 1 << 24

/** Largest distance of a positional head, in tokens either way. */
const nearest = 8

/**
 * What every head attends to over a corpus:
 *
 * - `previous`, `next`, `current`: mean attention of a token to the one before, after, and itself (Voita et al. 2019,
 * section 5.1);
 * - `positional`: the largest mean attention to any single distance of up to 8 tokens;
 * - `sameToken`: to earlier and later copies of the same token, excluding itself;
 * - `induction`: to the token after an earlier copy of the same token (Olsson et al. 2022);
 * - `separator`: to special tokens (Clark et al. 2019, section 3.2);
 * - `treeHead`, `treeDependent`: along the arcs of the gold tree, of a word to its head and of a head to its dependent;
 * - `relation:x`: share of words with the dependency relation x whose most attended other word, either from dependent
 * to head or from head to dependent, whichever is
 *   larger, is its partner (Clark et al. 2019, section 4.2). Attention to a word is the sum over its tokens, from a
 *   word the mean over its tokens.
 */
export async function scoreHeads(
  model: LoadedModel,
  windows: readonly Window[],
  treeOf: (sentence: number) => Tree | null,
  job: JobHandle
): Promise<HeadScores> {
  const { layers, heads } = model.shape
  const cells = layers * heads
  const tally = new Tally(cells)
  const longest = Math.max(...windows.map(({ ids }) => ids.length))
  const budget = Math.max(longest, Math.floor(mapsAtATime / (heads * longest)))
  const batches = batchesOf(windows, Math.min(1024, budget))
  for (const [i, batch] of batches.entries()) {
    job.progress(i, batches.length, 'Running the model')
    await job.yield()
    const tokens = Math.max(...batch.map(({ ids }) => ids.length))
    const readings = batch.map((window) => readingOf(window, treeOf(window.sentence)))
    tally.countQueries(readings)
    model.run(joinWindows(batch), {
      hiddenStates: false,
      attentions: true,
      takeAttention: (block, pattern, firstHead) => {
        const taken = pattern.shape[1]
        const maps = pattern.dataSync<'float32'>()
        pattern.dispose()
        readings.forEach((reading, w) => {
          for (let h = 0; h < taken; h++)
            tally.add(block * heads + firstHead + h, maps, (w * taken + h) * tokens * tokens, tokens, reading)
        })
      }
    })
  }
  return { layers, heads, ...tally.result() }
}

/** Everything about a window that does not depend on the head. */
interface Reading {
  window: Window
  special: boolean[]
  /** Other places of the same token, by query. */
  copies: number[][]
  /** Places after earlier copies, by query. */
  afterCopies: number[][]
  /** First token and end of every word of the sentence, in tokens; start = end for a word without tokens here. */
  spans: { start: number; end: number }[]
  arcs: { dependent: number; head: number; relation: string }[]
}

function readingOf(window: Window, tree: Tree | null): Reading {
  const { ids, wordOfToken } = window
  const places = new Map<number, number[]>()
  ids.forEach((id, t) => places.set(id, [...(places.get(id) ?? []), t]))
  const special = Array.from(wordOfToken, (word) => word === -1)
  const copies = Array.from(ids, (id, t) => (special[t] ? [] : places.get(id)!.filter((other) => other !== t)))
  const afterCopies = copies.map((others, t) => others.filter((other) => other + 1 < t).map((other) => other + 1))
  const words = Math.max(-1, ...wordOfToken) + 1
  const spans = Array.from({ length: words }, () => ({ start: 0, end: 0 }))
  wordOfToken.forEach((word, t) => {
    if (word === -1) return
    const span = spans[word]!
    if (span.end === 0) span.start = t
    span.end = t + 1
  })
  const there = (word: number): boolean => word >= 0 && word < words && spans[word]!.end > spans[word]!.start
  const arcs = tree
    ? Array.from(tree.heads, (head, dependent) => ({ dependent, head, relation: tree.relations[dependent]! })).filter(
        ({ dependent, head }) => there(dependent) && there(head)
      )
    : []
  return { window, special, copies, afterCopies, spans, arcs }
}

class Tally {
  private readonly sums = new Map<HeadPattern, Float64Array>()
  private readonly counts = new Map<HeadPattern, number>()
  /** By distance -nearest ... nearest: [cells], and how many queries have such a key. */
  private readonly byDistance = Array.from({ length: 2 * nearest + 1 }, () => new Float64Array(0))
  private readonly distanceCounts = new Float64Array(2 * nearest + 1)
  /** By relation: hits from dependent to head and from head to dependent, [cells] each. */
  private readonly relations = new Map<
    string,
    { up: Float64Array; down: Float64Array; count: number; distances: Map<number, number> }
  >()

  constructor(private readonly cells: number) {
    this.byDistance = this.byDistance.map(() => new Float64Array(cells))
  }

  countQueries(readings: readonly Reading[]): void {
    for (const { window, copies, afterCopies, special, arcs } of readings) {
      const tokens = window.ids.length
      const ordinary = special.filter((is) => !is).length
      this.count('separator', special.includes(true) ? ordinary : 0)
      this.count('sameToken', copies.filter((places) => places.length).length)
      this.count('induction', afterCopies.filter((places) => places.length).length)
      for (let distance = -nearest; distance <= nearest; distance++) {
        for (let q = 0; q < tokens; q++)
          if (!special[q] && q + distance >= 0 && q + distance < tokens) this.distanceCounts[distance + nearest]!++
      }
      this.count('treeHead', arcs.length)
      this.count('treeDependent', arcs.length)
      for (const { dependent, head, relation } of arcs) {
        const entry = this.relation(relation)
        entry.count++
        entry.distances.set(head - dependent, (entry.distances.get(head - dependent) ?? 0) + 1)
      }
    }
  }

  add(cell: number, maps: Float32Array, at: number, stride: number, reading: Reading): void {
    const { window, special, copies, afterCopies } = reading
    const tokens = window.ids.length
    let separator = 0
    let same = 0
    let induction = 0
    for (let q = 0; q < tokens; q++) {
      if (special[q]) continue
      const row = at + q * stride
      for (let k = 0; k < tokens; k++) if (special[k]) separator += maps[row + k]!
      for (const k of copies[q]!) same += maps[row + k]!
      for (const k of afterCopies[q]!) induction += maps[row + k]!
      for (let k = Math.max(0, q - nearest); k <= Math.min(tokens - 1, q + nearest); k++)
        this.byDistance[k - q + nearest]![cell]! += maps[row + k]!
    }
    this.sum('separator')[cell]! += separator
    this.sum('sameToken')[cell]! += same
    this.sum('induction')[cell]! += induction
    if (reading.arcs.length) this.addRelations(cell, maps, at, stride, reading)
  }

  private addRelations(cell: number, maps: Float32Array, at: number, stride: number, { spans, arcs }: Reading): void {
    const most = (from: number): number => {
      let best = -1
      let weight = -1
      const { start, end } = spans[from]!
      spans.forEach((span, word) => {
        if (word === from || span.end === span.start) return
        let sum = 0
        for (let q = start; q < end; q++) for (let k = span.start; k < span.end; k++) sum += maps[at + q * stride + k]!
        if (sum > weight) {
          weight = sum
          best = word
        }
      })
      return best
    }
    const cache = new Map<number, number>()
    const favourite = (word: number): number => {
      const argmax = cache.get(word) ?? most(word)
      cache.set(word, argmax)
      return argmax
    }
    const along = (from: number, to: number): number => {
      let sum = 0
      for (let q = spans[from]!.start; q < spans[from]!.end; q++)
        for (let k = spans[to]!.start; k < spans[to]!.end; k++) sum += maps[at + q * stride + k]!
      return sum / (spans[from]!.end - spans[from]!.start)
    }
    for (const { dependent, head, relation } of arcs) {
      this.sum('treeHead')[cell]! += along(dependent, head)
      this.sum('treeDependent')[cell]! += along(head, dependent)
      const entry = this.relation(relation)
      if (favourite(dependent) === head) entry.up[cell]!++
      if (favourite(head) === dependent) entry.down[cell]!++
    }
  }

  result(): Pick<HeadScores, 'scores' | 'queries' | 'relationBaselines'> {
    const scores = new Map<HeadPattern, Float64Array>()
    const queries = new Map<HeadPattern, number>()
    const put = (name: HeadPattern, sums: Float64Array, count: number): void => {
      scores.set(
        name,
        sums.map((sum) => (count ? sum / count : NaN))
      )
      queries.set(name, count)
    }
    const atDistance = (distance: number): [Float64Array, number] => [
      this.byDistance[distance + nearest]!,
      this.distanceCounts[distance + nearest]!
    ]
    put('previous', ...atDistance(-1))
    put('next', ...atDistance(1))
    put('current', ...atDistance(0))
    const positional = new Float64Array(this.cells)
    for (let distance = -nearest; distance <= nearest; distance++) {
      const [sums, count] = atDistance(distance)
      if (distance !== 0 && count)
        sums.forEach((sum, cell) => (positional[cell] = Math.max(positional[cell]!, sum / count)))
    }
    scores.set('positional', positional)
    queries.set('positional', this.distanceCounts[nearest]!)
    for (const name of ['sameToken', 'induction', 'separator', 'treeHead', 'treeDependent'] as const)
      put(name, this.sum(name), this.counts.get(name) ?? 0)
    const relationBaselines = new Map<string, number>()
    for (const [relation, { up, down, count, distances }] of this.relations) {
      put(
        `relation:${relation}`,
        up.map((hits, cell) => Math.max(hits, down[cell]!)),
        count
      )
      relationBaselines.set(relation, Math.max(...distances.values()) / count)
    }
    return { scores, queries, relationBaselines }
  }

  private sum(name: HeadPattern): Float64Array {
    const sums = this.sums.get(name) ?? new Float64Array(this.cells)
    this.sums.set(name, sums)
    return sums
  }

  private count(name: HeadPattern, queries: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + queries)
  }

  private relation(name: string) {
    const counts = this.relations.get(name) ?? {
      up: new Float64Array(this.cells),
      down: new Float64Array(this.cells),
      count: 0,
      distances: new Map<number, number>()
    }
    this.relations.set(name, counts)
    return counts
  }
}
