/**
 * Names of activations, after TransformerLens: the cache key, the ablation address, the URL fragment and the axis
 * tooltip are this one string. Layer 0 is the embedding output (`embed`); layer i is the output of block i - 1
 * (`blocks.{i-1}.resid_post`), the same count as Hugging Face's `hidden_states`.
 */
const sitesOf = {
  /** Of every block, whatever it is made of. */
  residual: ['resid_pre', 'resid_mid', 'resid_post'],
  attention: ['attn.pattern', 'attn.q', 'attn.k', 'attn.v', 'attn.result', 'attn.out'],
  mlp: ['mlp.post', 'mlp.out'],
  /** Of a mixture of experts in place of an MLP, which has mlp.out too: what its router gives each expert. */
  router: ['mlp.router_logits', 'mlp.router_probs', 'mlp.router_weights'],
  /** Of attention whose queries are those of experts. */
  attentionRouter: ['attn.router_logits', 'attn.router_probs', 'attn.router_weights'],
  /** Of a recurrence in place of attention: what it is gated by, its state after every token, what it adds. */
  recurrence: ['mixer.gate', 'mixer.state', 'mixer.out'],
  /** Gates i, f, o and candidate g, cell and output of an LSTM, token by token. */
  lstm: [
    'lstm.forward.i',
    'lstm.forward.f',
    'lstm.forward.g',
    'lstm.forward.o',
    'lstm.forward.c',
    'lstm.forward.h',
    'lstm.backward.i',
    'lstm.backward.f',
    'lstm.backward.g',
    'lstm.backward.o',
    'lstm.backward.c',
    'lstm.backward.h'
  ]
} as const

/** A place inside a block. A kind of block (recurrent, state space) lists its places in a line of `sitesOf`. */
export type HookSite = (typeof sitesOf)[keyof typeof sitesOf][number]

/**
 * A value outside the blocks: the embeddings, and the residual stream after the last block before the final norm (in
 * models that have one).
 */
export type OuterSite = 'embed' | 'resid_final'

export type HookName = OuterSite | `blocks.${number}.${HookSite}`

const sites: ReadonlySet<string> = new Set(Object.values(sitesOf).flat())

/** The hook whose value is `hidden_states[layer]`. */
export function hiddenStateHook(layer: number): HookName {
  return layer === 0 ? 'embed' : `blocks.${layer - 1}.resid_post`
}

/** The hook whose value is the attention map read by block `block` (0-based): [heads, query, key]. */
export function attentionHook(block: number): HookName {
  return `blocks.${block}.attn.pattern`
}

/** Splits a name into block and site; null if it does not follow this grammar. */
export function parseHookName(name: string): { block: number | null; site: HookSite | OuterSite } | null {
  if (name === 'embed' || name === 'resid_final') return { block: null, site: name }
  const match = /^blocks\.(0|[1-9]\d*)\.(.+)$/.exec(name)
  if (!match || !sites.has(match[2]!)) return null
  return { block: Number(match[1]), site: match[2] as HookSite }
}
