import type { AttentionMap, AttentionUnit } from '@/plots/attentionMap'

export const units: AttentionUnit[] = [
  { text: '[CLS]', special: true, word: null, token: 0 },
  { text: 'the', special: false, word: 0, token: 1 },
  { text: 'bank', special: false, word: 1, token: 2 },
  { text: '##s', special: false, word: 1, token: 3 }
]

/** Rows sum to 1. */
export const weights = Float32Array.from([
  0.7, 0.1, 0.1, 0.1, 0.0, 0.5, 0.3, 0.2, 0.25, 0.25, 0.25, 0.25, 0.05, 0.15, 0.6, 0.2
])

export function map(cuts: number[] = [0, 0, 0, 0], head: number | null = 4): AttentionMap {
  return { head, size: 4, weights, cuts: Float32Array.from(cuts) }
}

/** A second head: everyone looks at the next unit, the last at the first. */
export const shifted: AttentionMap = {
  head: 7,
  size: 4,
  cuts: new Float32Array(4),
  weights: Float32Array.from([0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0])
}
