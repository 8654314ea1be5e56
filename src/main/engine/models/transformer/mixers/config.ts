import type { Activation } from '../../../backends/kernels'

/** What recurrences have in common: a short causal convolution before them. */
interface Convolved {
  /** Tokens that the convolution sees, the token itself included. */
  kernel: number
  convolutionBias: boolean
  activation: Activation
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

/** What mixes tokens in place of attention. */
export type MixerConfig = MambaConfig
