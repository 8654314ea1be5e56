import { attentionWays, type AttentionWay } from '@shared/attentionWays'
import type { AttentionSettings } from '@/stores/attentionSettings'

/** What the lines and the matrix show: the attention weights, or a way to combine or measure them. */
export type MapWay = AttentionSettings['way']

const groups = { head: 'This head', layer: 'All heads of this layer', layers: 'All layers up to this one' } as const

export const wayOptions: readonly { value: MapWay; title: string; group: string; hint?: string }[] = [
  { value: 'weights', title: 'Attention weights', group: groups.head, hint: 'As the model computes them' },
  ...Object.entries(attentionWays).map(([value, { title, of, source }]) => ({
    value: value as AttentionWay,
    title,
    group: groups[of],
    hint: source
  }))
]

/** Whose map it is, after 'Layer 3, '. */
export function wayTitle(way: AttentionWay, head: number): string {
  const { title, of } = attentionWays[way]
  return of === 'head' ? `head ${head + 1}: ${title.toLowerCase()}` : title.toLowerCase()
}

/**
 * Seconds that a map takes, from those of one pass of the model over the sentence: a pass; for value zeroing, a block
 * for every token; for flows, what grows with the fourth power of the tokens (measured on two cores).
 */
export function waySeconds(way: MapWay, pass: number, tokens: number, layer: number, layers: number): number {
  if (way === 'valueZeroing') return pass + (pass * tokens) / layers
  if (way === 'flow') return pass + 3e-8 * layer * tokens ** 4
  return way === 'weights' ? 0 : pass
}

/** Beyond this a map is computed on request only. */
export const secondsUnasked = 1

/** Rows as shares of their sum, so that lines, thresholds and colours mean the same as for weights; in place. */
export function rowsOfSumOne(map: Float32Array, size: number): Float32Array {
  for (let row = 0; row < size; row++) {
    const part = map.subarray(row * size, (row + 1) * size)
    const sum = part.reduce((total, value) => total + value, 0)
    if (sum > 0) for (let i = 0; i < size; i++) part[i]! /= sum
  }
  return map
}
