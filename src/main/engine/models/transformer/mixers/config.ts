import type { Activation } from '../../../backends/kernels'
import type { MixtureConfig } from '../mixture/config'

/** What recurrences have in common: a short causal convolution before them. */
interface Convolved {
  /** Tokens that the convolution sees, the token itself included. */
  kernel: number
  convolutionBias: boolean
}

/** Selective state space of the first kind (Gu & Dao 2024, algorithm 2): every channel has its own matrix A. */
export interface MambaConfig extends Convolved {
  kind: 'mamba'
  /** Channels. */
  inner: number
  /** Numbers of a channel's state. */
  state: number
  /** Of the step's low-rank projection. */
  rank: number
  /** Of the projections in and out. */
  bias: boolean
  /** RMSNorm on step, B and C: none, or without or with weights. */
  norms: 'none' | 'plain' | 'weighted'
  normEpsilon: number
}

/** Of the second kind (Dao & Gu 2024): heads with one number A each, which share B and C in groups. */
export interface Mamba2Config extends Convolved {
  kind: 'mamba2'
  heads: number
  headWidth: number
  groups: number
  state: number
  inBias: boolean
  outBias: boolean
  /**
   * RMSNorm of every group of the output: of what the gate has multiplied, or before it multiplies; `none`: the gate
   * alone.
   */
  norm: 'afterGate' | 'beforeGate' | 'none'
  normEpsilon: number
  /** Smallest and largest step. */
  stepLimits: readonly [number, number]
  /** On the parts of the projection: gate, input, B, C, step (Falcon-H1); null: none. */
  multipliers: readonly [number, number, number, number, number] | null
  /** On what it reads, and on what it adds. */
  inputScale: number
  outputScale: number
}

/** C conv(B x): a short convolution between two gates (Liquid AI 2025). */
export interface ShortConvolutionConfig {
  kind: 'shortConvolution'
  inner: number
  kernel: number
  bias: boolean
}

/** Real-gated linear recurrent unit beside a gate (De et al. 2024, section 2.4). */
export interface GatedRecurrenceConfig extends Convolved {
  kind: 'gatedRecurrence'
  inner: number
  /** Gates are computed in as many blocks of the channels. */
  blocks: number
  activation: Activation
}

/** Weighted mean of the values so far, weights decaying by channel (Peng et al. 2023, eq. 16). */
export interface WeightedMeanConfig {
  kind: 'weightedMean'
  inner: number
  /** On what it adds. */
  scale: number
}

/** Channel mixing of RWKV (Peng et al. 2023, eqs. 18 to 20), in place of an MLP: it reads the token before too. */
export interface ChannelMixConfig {
  kind: 'channelMix'
  width: number
  /** On what it adds. */
  scale: number
}

/** Gated delta rule (Yang et al. 2025, eq. 10): a matrix of keys and values that each token corrects. */
export interface DeltaRuleConfig {
  kind: 'deltaRule'
  keyHeads: number
  valueHeads: number
  keyWidth: number
  valueWidth: number
  kernel: number
  normEpsilon: number
  /** Queries, keys, values and gate of a key head are together in one matrix; otherwise matrices by part. */
  byHead: boolean
}

/**
 * Attention whose queries and outputs are those of experts that a router chooses, over keys and values that all share
 * (Shen et al. 2024, section 2.2).
 */
export interface ExpertAttentionConfig {
  kind: 'expertAttention'
  routing: MixtureConfig
  keyValueHeads: number
  headWidth: number
}

/**
 * A whole block narrower than the residual stream, between two projections (Sun et al. 2020, section 3.1): attention
 * and several MLPs in a row.
 */
export interface BottleneckConfig {
  kind: 'bottleneck'
  width: number
  /** Whether queries and keys read a projection of their own, and values the residual stream; or all the same. */
  attentionProjection: boolean
  mlps: number
  mlpWidth: number
  activation: Activation
  /** w x + b in place of a norm. */
  affineNorms: boolean
  normEpsilon: number
  /** Of the norm after the last MLP. */
  lastNormEpsilon: number
}

/**
 * A convolution whose taps are made from the token's query and from its neighbourhood (Jiang et al. 2020, section 3.2).
 */
export interface SpanConvolutionConfig {
  kind: 'spanConvolution'
  heads: number
  headWidth: number
  /** Tokens that the convolution sees, half of them on either side. */
  kernel: number
}

/** The real part of the Fourier transform over width and tokens (Lee-Thorp et al. 2022, eq. 3); nothing is learned. */
export interface FourierConfig {
  kind: 'fourier'
}

/** What mixes tokens in place of attention. */
export type MixerConfig =
  | MambaConfig
  | Mamba2Config
  | ShortConvolutionConfig
  | GatedRecurrenceConfig
  | WeightedMeanConfig
  | DeltaRuleConfig
  | ExpertAttentionConfig
  | BottleneckConfig
  | SpanConvolutionConfig
  | FourierConfig

/** Kinds without a gate. */
const ungated = ['expertAttention', 'bottleneck', 'spanConvolution', 'fourier'] as const

function isUngated(config: MixerConfig): config is Extract<MixerConfig, { kind: (typeof ungated)[number] }> {
  return (ungated as readonly string[]).includes(config.kind)
}

/** Columns of a mixer's `mixer.gate`; 0 for one that has none. */
export function gateColumns(config: MixerConfig): number {
  if (isUngated(config)) return 0
  if (config.kind === 'mamba2') return config.heads * config.headWidth
  return config.kind === 'deltaRule' ? config.valueHeads * config.valueWidth : config.inner
}

/** Numbers of a mixer's state after a token; 0 for one that has none. */
export function stateColumns(config: MixerConfig): number {
  switch (config.kind) {
    case 'mamba':
      return config.inner * config.state
    case 'mamba2':
      return config.heads * config.headWidth * config.state
    case 'gatedRecurrence':
      return config.inner
    case 'weightedMean':
      return 3 * config.inner
    case 'deltaRule':
      return config.valueHeads * config.keyWidth * config.valueWidth
    case 'expertAttention':
    case 'bottleneck':
    case 'spanConvolution':
    case 'fourier':
    case 'shortConvolution':
      return 0
  }
}
