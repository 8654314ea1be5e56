/** Counts of gold against predicted class, row-major: rows gold, columns predicted. */
export interface ConfusionCounts {
  classes: readonly string[]
  counts: ArrayLike<number>
}

export type ConfusionOrder = 'frequency' | 'confusion'

/**
 * A matrix made ready to be drawn: classes in their order, the rarest ones summed up where there are too many to read.
 */
export interface ConfusionTable {
  labels: string[]
  /** [size, size], row-major. */
  counts: Float64Array
  rowTotals: Float64Array
  /** How many classes the last row and column sum up; 0 if none. */
  summed: number
}

/**
 * Arranges a confusion matrix. By `frequency`, most frequent gold class first; by `confusion`, classes that are taken
 * for each other are side by side. Classes that neither occur nor are predicted are left out. Beyond `most`, the
 * rarest are summed in one row; in the order of confusion, those that are mistaken least often.
 * @param wanted a class that has a row of its own in any case, with those that it is confused with most
 */
export function arrangeConfusion(
  input: ConfusionCounts,
  order: ConfusionOrder,
  most = 50,
  wanted: string | null = null
): ConfusionTable {
  const size = input.classes.length
  const rows = new Float64Array(size)
  const columns = new Float64Array(size)
  for (let gold = 0; gold < size; gold++) {
    for (let predicted = 0; predicted < size; predicted++) {
      const count = input.counts[gold * size + predicted] ?? 0
      rows[gold]! += count
      columns[predicted]! += count
    }
  }
  const present = Array.from({ length: size }, (_, index) => index).filter(
    (index) => rows[index]! + columns[index]! > 0
  )
  present.sort((a, b) => rows[b]! - rows[a]! || columns[b]! - columns[a]! || a - b)
  const mistaken = (index: number): number =>
    rows[index]! + columns[index]! - 2 * (input.counts[index * size + index] ?? 0)
  const byInterest =
    order === 'confusion' && present.length > most ? [...present].sort((a, b) => mistaken(b) - mistaken(a)) : present
  const kept = present.length > most ? withWanted(input, byInterest.slice(0, most - 1), present, wanted) : present
  const shown = order === 'frequency' ? kept : besideEachOther(kept, (a, b) => affinity(input, rows, a, b))
  const summed = present.length - kept.length
  const labels = shown.map((index) => input.classes[index] ?? '')
  if (summed > 0) {
    const shownRows = Math.min(...kept.map((index) => rows[index]!))
    const isRarer = present.every((index) => kept.includes(index) || rows[index]! < shownRows)
    labels.push(`${summed} ${isRarer ? 'rarer' : 'other'} ${summed === 1 ? 'class' : 'classes'}`)
  }
  const place = new Int32Array(size).fill(summed > 0 ? shown.length : -1)
  shown.forEach((index, at) => (place[index] = at))
  const counts = new Float64Array(labels.length ** 2)
  const rowTotals = new Float64Array(labels.length)
  for (const gold of present) {
    for (const predicted of present) {
      counts[place[gold]! * labels.length + place[predicted]!]! += input.counts[gold * size + predicted] ?? 0
    }
    rowTotals[place[gold]!]! += rows[gold]!
  }
  return { labels, counts, rowTotals, summed }
}

/** Classes that a wanted one brings with it. */
const mostPartners = 5

/** The kept classes, the last of which make room for the wanted one and those it is confused with most. */
function withWanted(
  { classes, counts }: ConfusionCounts,
  kept: readonly number[],
  present: readonly number[],
  wanted: string | null
): number[] {
  const index = present.find((candidate) => classes[candidate] === wanted)
  if (index === undefined || kept.includes(index)) return [...kept]
  const confused = (other: number): number =>
    (counts[index * classes.length + other] ?? 0) + (counts[other * classes.length + index] ?? 0)
  const partners = present
    .filter((other) => other !== index && confused(other) > 0)
    .sort((a, b) => confused(b) - confused(a))
    .slice(0, Math.min(mostPartners, kept.length - 1))
  const company = [index, ...partners]
  const others = kept.filter((other) => !company.includes(other)).slice(0, kept.length - company.length)
  return [...others, ...company].sort((a, b) => present.indexOf(a) - present.indexOf(b))
}

/** Share of each class's words that the other one takes, both ways added. */
function affinity(input: ConfusionCounts, rows: Float64Array, a: number, b: number): number {
  const size = input.classes.length
  const taken = (gold: number, predicted: number): number =>
    rows[gold]! > 0 ? (input.counts[gold * size + predicted] ?? 0) / rows[gold]! : 0
  return taken(a, b) + taken(b, a)
}

/**
 * Average-linkage clustering, read off from left to right; of the two ways round each cluster can be joined, the one
 * that puts the more similar ends together. Cubic in the number of classes, which stays at 50.
 */
function besideEachOther(items: readonly number[], similarity: (a: number, b: number) => number): number[] {
  let chains = items.map((item) => [item])
  const between = (a: readonly number[], b: readonly number[]): number => {
    let sum = 0
    for (const left of a) for (const right of b) sum += similarity(left, right)
    return sum / (a.length * b.length)
  }
  while (chains.length > 1) {
    let best = { value: -1, left: 0, right: 1 }
    for (let left = 0; left < chains.length; left++) {
      for (let right = left + 1; right < chains.length; right++) {
        const value = between(chains[left]!, chains[right]!)
        if (value > best.value) best = { value, left, right }
      }
    }
    const a = chains[best.left]!
    const b = chains[best.right]!
    chains = chains
      .map((chain, index) => (index === best.left ? joinEnds(a, b, similarity) : chain))
      .filter((_, index) => index !== best.right)
  }
  return chains[0] ?? []
}

function joinEnds(a: readonly number[], b: readonly number[], similarity: (a: number, b: number) => number): number[] {
  const ways = [
    [a, b],
    [a, [...b].reverse()],
    [[...a].reverse(), b],
    [[...a].reverse(), [...b].reverse()]
  ] as const
  let best = { value: -1, chain: [] as number[] }
  for (const [left, right] of ways) {
    const value = similarity(left.at(-1)!, right[0]!)
    if (value > best.value) best = { value, chain: [...left, ...right] }
  }
  return best.chain
}

export interface ConfusionPair {
  gold: string
  predicted: string
  count: number
  /** Of the gold class's words. */
  share: number
}

/** The mistakes made most often, most frequent first. */
export function topConfusions(input: ConfusionCounts, limit: number): ConfusionPair[] {
  const size = input.classes.length
  const pairs: ConfusionPair[] = []
  for (let gold = 0; gold < size; gold++) {
    let total = 0
    for (let predicted = 0; predicted < size; predicted++) total += input.counts[gold * size + predicted] ?? 0
    for (let predicted = 0; predicted < size; predicted++) {
      const count = input.counts[gold * size + predicted] ?? 0
      if (gold !== predicted && count > 0)
        pairs.push({ gold: input.classes[gold]!, predicted: input.classes[predicted]!, count, share: count / total })
    }
  }
  return pairs
    .sort((a, b) => b.count - a.count || a.gold.localeCompare(b.gold) || a.predicted.localeCompare(b.predicted))
    .slice(0, limit)
}
