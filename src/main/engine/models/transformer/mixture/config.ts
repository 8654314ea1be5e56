import type { Activation } from '../../../backends/kernels'

/** A shared expert: an MLP that every token goes through, beside those that the router chooses. */
export interface SharedExpert {
  /** Of its hidden layer. */
  width: number
  /** Its output is multiplied by sigmoid(g x) (Qwen Team 2024). */
  weighed: boolean
}

/** Choice by groups: only experts of the best groups can be chosen (DeepSeek-AI 2024, section 2.2.2). */
export interface ExpertGroups {
  count: number
  kept: number
  /** A group counts as much as its best expert, or its best two together. */
  by: 'best' | 'bestTwo'
}

/**
 * A mixture of experts in place of an MLP: y = sum of w_e E_e(x) over the experts e that a router chooses (Shazeer et
 * al. 2017, section 2).
 */
export interface MixtureConfig {
  kind: 'mixture'
  experts: number
  /** Experts that a token goes through. */
  chosen: number
  /** Of an expert's hidden layer. */
  width: number
  /** What makes probabilities of the router's logits. */
  score: 'softmax' | 'sigmoid'
  /**
   * `probabilities`: weights are those of the chosen; `normalised`: divided by their sum; `sparseMixer`: softmax over
   * the logits close to the best, one expert after another (Liu et al. 2024, section 3).
   */
  weights: 'probabilities' | 'normalised' | 'sparseMixer'
  /** Added to the sum that weights are divided by. */
  sumEpsilon: number
  /** On all weights. */
  factor: number
  /** Relative distance from the best logit that `sparseMixer` takes as close. */
  closeness: number
  groups: ExpertGroups | null
  /** Whether a stored number for each expert is added to what the choice is made by, not to the weights. */
  correction: boolean
  /** Weights multiply what an expert reads, not what it gives. */
  weighsInput: boolean
  /** Tokens of a sequence that an expert takes; later ones get nothing of it. Null: all. */
  capacity: number | null
  /** Experts have a gate (Shazeer 2020). */
  gated: boolean
  activation: Activation
  /** (up + 1) gate sigmoid(alpha gate), both cut at `limit` (OpenAI 2025); null: activation(gate) up. */
  clipped: { alpha: number; limit: number } | null
  routerBias: boolean
  expertBias: boolean
  shared: SharedExpert | null
  /** Width of a projection that experts read and write in place of the residual stream; null: there is none. */
  latent: number | null
  /** What is added to the sum over the experts is stored. */
  outputBias: boolean
}

/** What most mixtures have. */
export const usualMixture = {
  kind: 'mixture',
  score: 'softmax',
  weights: 'normalised',
  sumEpsilon: 0,
  factor: 1,
  closeness: 0,
  groups: null,
  correction: false,
  weighsInput: false,
  capacity: null,
  gated: true,
  clipped: null,
  routerBias: false,
  expertBias: false,
  shared: null,
  latent: null,
  outputBias: false
} as const satisfies Partial<MixtureConfig>
