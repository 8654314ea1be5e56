import type { ValueInfo } from './model'
import type { SentenceToken } from './sentence'
import type { FloatTensor } from './tensorData'

/**
 * One value inside the layers over a sentence, a number for each layer and token: of a gate the mean magnitude of its
 * columns, of a state or a hidden state its Euclidean norm.
 */
export interface InsideSeries {
  kind: 'gate' | 'state' | 'hidden'
  /** What comes after `blocks.N.` in its name; 'hidden' for hidden states. */
  site: string
  /** The layers that have it, from the lowest up. */
  layers: number[]
  /** [layers.length, tokens] */
  values: FloatTensor
}

/** What a layer's router gives each expert for each token. */
export interface InsideRouting {
  /** 'mlp.router_weights', or 'attn.router_weights' of attention whose queries are those of experts. */
  site: string
  layer: number
  /** [tokens, experts]; 0: the expert is not used. */
  weights: FloatTensor
}

/** What a model has inside its layers for a sentence, beside its attention maps or in their place. */
export interface SentenceInside {
  tokens: SentenceToken[]
  series: InsideSeries[]
  routing: InsideRouting[]
}

const titles: Readonly<Record<string, string>> = {
  i: 'input gate',
  f: 'forget gate',
  g: 'candidate',
  o: 'output gate',
  c: 'cell',
  h: 'output',
  'mixer.gate': 'gate',
  'mixer.state': 'state',
  hidden: 'hidden state',
  'mlp.router_weights': 'experts',
  'attn.router_weights': 'experts of attention'
}

/** A value's name after `blocks.N.` in words, and of an LSTM's the direction that it belongs to. */
export function siteWords(site: string): { title: string; direction: 'forward' | 'backward' | null } {
  const [, direction, part] = /^lstm\.(forward|backward)\.(\w)$/.exec(site) ?? []
  return {
    title: titles[part ?? site] ?? site,
    direction: (direction as 'forward' | 'backward' | undefined) ?? null
  }
}

/**
 * Which picture a value of a model belongs to: the cell of an LSTM is a state, as what a recurrence keeps is, and its
 * output is in its hidden state.
 */
export function insideKind({ kind, name }: Pick<ValueInfo, 'kind' | 'name'>): 'gate' | 'state' | 'router' | null {
  if (kind === 'state' || kind === 'router') return kind
  if (kind !== 'gate' || /\.lstm\.\w+\.h$/.test(name)) return null
  return /\.lstm\.\w+\.c$/.test(name) ? 'state' : 'gate'
}

/** The part of a recurrence or an LSTM that a value inside a block is, as a thing to switch off; null for others. */
export function partOfSite(site: string): 'gate' | 'state' | 'direction' | null {
  if (site === 'mixer.gate' || /^lstm\.\w+\.[ifgo]$/.test(site)) return 'gate'
  if (site === 'mixer.state' || /^lstm\.\w+\.c$/.test(site)) return 'state'
  return /^lstm\.\w+\.h$/.test(site) ? 'direction' : null
}
