/**
 * Trees as the structural probe sees them (Hewitt & Manning 2019, section 2): distances between words, depths, edges.
 */

/** One sentence's tree. */
export interface SentenceTree {
  /** Place of every word among the items of its split. */
  rows: Int32Array
  /** Path length between every two words, [words, words]. */
  distances: Float32Array
  /** Path length to the root. */
  depths: Float32Array
  /** 1 for punctuation, which counts neither for edges nor for the root. */
  punctuation: Uint8Array
}

/** Steps from every word up to the root. @param heads 1-based, 0 for the root; a tree */
export function treeDepths(heads: ArrayLike<number>): Float32Array {
  return Float32Array.from({ length: heads.length }, (_, word) => ancestors(heads, word).length - 1)
}

/** Edges on the way between every two words, [words, words]. */
export function treeDistances(heads: ArrayLike<number>): Float32Array {
  const words = heads.length
  const paths = Array.from({ length: words }, (_, word) => ancestors(heads, word).reverse())
  const distances = new Float32Array(words * words)
  for (let i = 0; i < words; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [paths[i]!, paths[j]!]
      let shared = 0
      while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++
      distances[i * words + j] = distances[j * words + i] = a.length + b.length - 2 * shared
    }
  }
  return distances
}

// The word itself, its head, ..., the root.
function ancestors(heads: ArrayLike<number>, word: number): number[] {
  const path = [word]
  for (let head = heads[word]!; head > 0; head = heads[head - 1]!) path.push(head - 1)
  return path
}

/**
 * Minimum spanning tree by Prim's algorithm over the words that count, as pairs with the smaller place first; of equal
 * distances the edge found first.
 * @param distances [words, words], symmetric
 */
export function spanningTree(distances: ArrayLike<number>, leftOut: Uint8Array): [number, number][] {
  const words = leftOut.length
  const open = new Set<number>()
  leftOut.forEach((out, word) => {
    if (out === 0) open.add(word)
  })
  const [first] = open
  if (first === undefined) return []
  const nearest = new Int32Array(words).fill(first)
  open.delete(first)
  const edges: [number, number][] = []
  while (open.size > 0) {
    let next = -1
    for (const word of open) {
      if (next < 0 || distances[word * words + nearest[word]!]! < distances[next * words + nearest[next]!]!) next = word
    }
    open.delete(next)
    const from = nearest[next]!
    edges.push(from < next ? [from, next] : [next, from])
    for (const word of open)
      if (distances[word * words + next]! < distances[word * words + nearest[word]!]!) nearest[word] = next
  }
  return edges
}

/**
 * Spearman's rank correlation with equal values at their mean rank, as scipy's `spearmanr`; NaN where one side has a
 * single value.
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [ranks(a), ranks(b)]
  const mean = (x.length + 1) / 2
  let [xy, xx, yy] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    xy += (x[i]! - mean) * (y[i]! - mean)
    xx += (x[i]! - mean) ** 2
    yy += (y[i]! - mean) ** 2
  }
  return xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy)
}

function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const result = new Float64Array(values.length)
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && values[order[to]!]! === values[order[from]!]!) to++
    for (let i = from; i < to; i++) result[order[i]!] = (from + to + 1) / 2
    from = to
  }
  return result
}
