import { isDrawn, type AttentionFocus, type AttentionMap } from './attentionMap'

/** Lines to draw, weakest first so that the strongest end on top. */
export interface AttentionLinks {
  /** Lines that the threshold lets through and that touch the window; `query.length` of them are drawn. */
  total: number
  query: Int32Array
  key: Int32Array
  weight: Float32Array
  /** Index into the maps that were given. */
  map: Int32Array
}

export interface LinkWindow {
  /** Rows in view; a line counts when either of its ends is in it. */
  first: number
  last: number
  /** At most this many lines: the strongest. */
  budget: number
}

/** The lines of all maps, or only those of one unit in one role. */
export function collectLinks(
  maps: readonly AttentionMap[],
  focus: AttentionFocus | null,
  window: LinkWindow
): AttentionLinks {
  const found: { query: number; key: number; weight: number; map: number }[] = []
  const cut = focus ? 0 : weightOfRank(maps, window)
  let total = 0
  const visit = (map: AttentionMap, index: number, query: number, key: number): void => {
    if (!isDrawn(map, query, key)) return
    total++
    const weight = map.weights[query * map.size + key]!
    if (weight >= cut) found.push({ query, key, weight, map: index })
  }
  maps.forEach((map, index) => {
    if (focus) {
      for (let other = 0; other < map.size; other++) {
        if (focus.side === 'query') visit(map, index, focus.unit, other)
        else visit(map, index, other, focus.unit)
      }
    } else {
      eachPair(map.size, window, (query, key) => visit(map, index, query, key))
    }
  })
  found.sort((a, b) => a.weight - b.weight)
  const kept = found.slice(Math.max(0, found.length - window.budget))
  return {
    total,
    query: Int32Array.from(kept, (link) => link.query),
    key: Int32Array.from(kept, (link) => link.key),
    weight: Float32Array.from(kept, (link) => link.weight),
    map: Int32Array.from(kept, (link) => link.map)
  }
}

/** Pairs with an end in the window: all of its rows, then its columns for the rows outside. */
function eachPair(size: number, { first, last }: LinkWindow, visit: (query: number, key: number) => void): void {
  const low = Math.max(0, first)
  const high = Math.min(size - 1, last)
  for (let query = 0; query < size; query++) {
    const inside = query >= low && query <= high
    const from = inside ? 0 : low
    const to = inside ? size - 1 : high
    for (let key = from; key <= to; key++) visit(query, key)
  }
}

const bins = 4096

/**
 * A weight that at least `budget` of the drawn lines reach, found by counting instead of sorting: 512 tokens have
 * 262,144 lines, of which a window shows a few thousand. Lines of the same bin come along; the caller cuts them to the
 * budget.
 */
function weightOfRank(maps: readonly AttentionMap[], window: LinkWindow): number {
  const counts = new Uint32Array(bins + 1)
  for (const map of maps) {
    eachPair(map.size, window, (query, key) => {
      if (isDrawn(map, query, key)) counts[binOf(map.weights[query * map.size + key]!)]!++
    })
  }
  let above = 0
  for (let bin = bins; bin >= 0; bin--) {
    above += counts[bin]!
    // A little less than the bin's edge: its lightest weight may have been rounded down to it.
    if (above >= window.budget) return (bin / bins) ** 2 * (1 - 1e-6)
  }
  return 0
}

/** Bins are even in the square root: weights crowd near zero. */
function binOf(weight: number): number {
  return Math.min(bins, Math.floor(Math.sqrt(weight) * bins))
}
