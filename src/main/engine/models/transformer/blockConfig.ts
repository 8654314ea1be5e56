import type { LatentConfig } from './latentConfig'
import type { ChannelMixConfig, MixerConfig } from './mixers/config'
import type { MixtureConfig } from './mixture/config'
import type { Rotary } from './rotaryFrequencies'

/** What may differ from block to block. */
export interface BlockAttention {
  /** On the scores, before anything is added to them. */
  scale: number
  /**
   * Keys in reach of a query, itself included, among those before it (and, where attention is not causal, as many
   * after it); null: all.
   */
  window: number | null
  rotary: Rotary | null
  /** Where they are not those of the other blocks: width of its heads, heads of keys and values, width of its MLP. */
  headWidth?: number
  keyValueHeads?: number
  mlpWidth?: number
  /** An earlier block (0-based) whose keys and values it takes: it has none of its own. */
  keysOf?: number
  /** Values are the keys, before these are normed and turned. */
  keysAreValues?: boolean
  /** The MLP's gate counts where it is this many deviations above its mean, and from there. */
  gateCut?: number
  /** What mixes tokens in place of attention, or that nothing does; absent: attention. */
  mixer?: MixerConfig | 'none'
  /** A mixer beside attention: both read the same, and what they give is added up. */
  beside?: MixerConfig
  /** Queries, keys and values come from narrow latent vectors (DeepSeek-AI 2024, section 2.1.2). */
  latent?: LatentConfig
  /** Each head has a learned score that joins the softmax and is dropped (Xiao et al. 2024, section 3.3). */
  sinks?: boolean
  /** What the heads give is multiplied by the sigmoid of a second half of the queries' projection. */
  outputGate?: boolean
  /** A query sees keys of its own chunk of this many tokens alone. */
  chunk?: number
  /** On what attention reads, and on what it adds. */
  attentionScales?: { input: number; output: number }
  /** The residual stream is halved after the block. */
  halved?: boolean
  /** Queries grow with their place: times 1 + weight ln(1 + floor((place + first) / every)); null: they do not. */
  queryGrowth: { weight: number; every: number; first: number } | null
  /** What is in place of the MLP, or that there is nothing; absent: an MLP. */
  feedForward?: FeedForwardConfig | 'none'
}

/** What a block may have in place of an MLP. */
export type FeedForwardConfig = MixtureConfig | ChannelMixConfig
