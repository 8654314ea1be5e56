import { isDrawn, type AttentionFocus, type AttentionMap } from '@/plots/attentionMap'

export interface AwayPart {
  /** Drawn links that end there. */
  links: number
  /** Their weight, as a mean over the maps. */
  share: number
  /** The unit with the largest weight; -1 without links. */
  strongest: number
}

export interface OutOfView {
  /** The column they end in. */
  side: AttentionFocus['side']
  above: AwayPart
  below: AwayPart
}

/**
 * Where a focus has links that end above or below the rows in view: a long sentence hides the ends of most of its
 * lines.
 */
export function outOfView(
  maps: readonly AttentionMap[],
  focus: AttentionFocus,
  view: { first: number; last: number }
): OutOfView {
  const part = (from: number, to: number): AwayPart => {
    const result: AwayPart = { links: 0, share: 0, strongest: -1 }
    let most = 0
    for (const map of maps) {
      for (let unit = from; unit < to; unit++) {
        const [query, key] = focus.side === 'query' ? [focus.unit, unit] : [unit, focus.unit]
        if (!isDrawn(map, query, key)) continue
        const weight = map.weights[query * map.size + key]!
        result.links++
        result.share += weight / maps.length
        if (weight > most) {
          most = weight
          result.strongest = unit
        }
      }
    }
    return result
  }
  return {
    side: focus.side === 'query' ? 'key' : 'query',
    above: part(0, view.first),
    below: part(view.last + 1, maps[0]?.size ?? 0)
  }
}
