import { attentionWays, guessWays, type AttentionWay, type GuessWay } from '@shared/attentionWays'
import type { AttentionSettings } from '@/stores/attentionSettings'

/** What the lines and the matrix show: the attention weights, or a way to combine or measure them. */
export type MapWay = AttentionSettings['way']

const groups = {
  head: 'This head',
  layer: 'All heads of this layer',
  layers: 'All layers up to this one',
  guess: 'The guess at the chosen token'
} as const

/** All ways but the weights themselves. */
export const combinedWays = { ...attentionWays, ...guessWays } as const

export function isGuessWay(way: MapWay): way is GuessWay {
  return Object.hasOwn(guessWays, way)
}

export const wayOptions: readonly { value: MapWay; title: string; group: string; hint?: string }[] = [
  { value: 'weights', title: 'Attention weights', group: groups.head, hint: 'As the model computes them' },
  ...Object.entries(combinedWays).map(([value, { title, of, source }]) => ({
    value: value as MapWay,
    title,
    group: groups[of],
    hint: source
  }))
]

/** Whose map it is, after 'Layer 3, '. */
export function wayTitle(way: AttentionWay | GuessWay, head: number): string {
  const { title, of } = combinedWays[way]
  return of === 'head' ? `head ${head + 1}: ${title.toLowerCase()}` : title.toLowerCase()
}

/** What the price of a map depends on. */
export interface MapSize {
  /** Seconds of one pass of the model over the sentence. */
  pass: number
  tokens: number
  /** Up to which the map goes, from 1. */
  layer: number
  layers: number
  heads: number
}

/**
 * Seconds that a map takes: a pass; for norms, also the output of every head and token, and the products of pairs of
 * heads; for value zeroing, a block for every token; for flows, what grows with the fourth power of the tokens (all by
 * processor time on all-MiniLM-L6-v2, 16 to 512 tokens); for gradients, the weights read once more and passes forth and
 * back.
 */
export function waySeconds(way: MapWay, { pass, tokens, layer, layers, heads }: MapSize): number {
  if (way === 'valueNorms') return pass + 4e-4 * heads * tokens
  if (way === 'layerNorms' || way === 'residualNorms')
    return pass + 4e-4 * heads * tokens + 2e-8 * (heads * tokens) ** 2
  if (way === 'valueZeroing') return pass + (pass * tokens) / layers
  if (way === 'flow') return pass + 1.3e-8 * layer ** 2 * tokens ** 4
  if (way === 'gradientInput') return 1 + 4 * pass
  if (way === 'integrated') return 1 + 3 * pathPoints * pass
  return way === 'weights' ? 0 : pass
}

/** Points of integrated gradients. */
export const pathPoints = 20

/** Beyond this a map is computed on request only. */
export const secondsUnasked = 1

/** A map with one row that is not empty: the sizes of what each token adds. */
export function rowOfSizes(values: Float32Array, row: number): Float32Array {
  const size = values.length
  const map = new Float32Array(size * size)
  values.forEach((value, key) => (map[row * size + key] = Math.abs(value)))
  return map
}
