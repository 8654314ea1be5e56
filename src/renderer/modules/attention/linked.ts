import { isDrawn, type AttentionFocus, type AttentionMap } from '@/plots/attentionMap'

/** A unit on the other side of a focus, with its weight: the mean over the maps where several are shown. */
export interface LinkedUnit {
  unit: number
  weight: number
  /** Whether the threshold lets it through, in any of the maps. */
  drawn: boolean
}

/** What a unit is linked with, strongest first. */
export function linkedUnits(maps: readonly AttentionMap[], focus: AttentionFocus): LinkedUnit[] {
  const size = maps[0]?.size ?? 0
  const result = Array.from({ length: size }, (_, unit): LinkedUnit => {
    const query = focus.side === 'query' ? focus.unit : unit
    const key = focus.side === 'query' ? unit : focus.unit
    let weight = 0
    for (const map of maps) weight += map.weights[query * size + key]! / maps.length
    return { unit, weight, drawn: maps.some((map) => isDrawn(map, query, key)) }
  })
  return result.sort((a, b) => b.weight - a.weight || a.unit - b.unit)
}

/** How much attention each unit receives, as a mean over all rows and maps, most first. */
export function receivedMost(maps: readonly AttentionMap[]): LinkedUnit[] {
  const size = maps[0]?.size ?? 0
  const received = new Float64Array(size)
  for (const { weights } of maps) {
    for (let start = 0; start < weights.length; start += size) {
      for (let unit = 0; unit < size; unit++) received[unit]! += weights[start + unit]!
    }
  }
  for (let unit = 0; unit < size; unit++) received[unit]! /= size * maps.length
  return Array.from(received, (weight, unit) => ({ unit, weight, drawn: true })).sort(
    (a, b) => b.weight - a.weight || a.unit - b.unit
  )
}

/** The strongest drawn links of all maps. */
export function strongestLinks(
  maps: readonly AttentionMap[],
  count: number
): { query: number; key: number; weight: number }[] {
  const best: { query: number; key: number; weight: number }[] = []
  let least = 0
  for (const map of maps) {
    for (let query = 0; query < map.size; query++) {
      for (let key = 0; key < map.size; key++) {
        const weight = map.weights[query * map.size + key]!
        if (weight <= least || !isDrawn(map, query, key)) continue
        const at = best.findIndex((other) => other.weight < weight)
        best.splice(at < 0 ? best.length : at, 0, { query, key, weight })
        if (best.length > count) best.pop()
        if (best.length === count) least = best[count - 1]!.weight
      }
    }
  }
  return best
}
