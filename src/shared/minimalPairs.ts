import type { Interval } from './probe'

/** How often a model prefers the acceptable sentence in the pairs of one paradigm. */
export interface ParadigmScore {
  name: string
  pairs: number
  /** Share of the pairs whose acceptable sentence is more probable; equal ones count as wrong. Chance is a half. */
  accuracy: number
  /** Wilson's 95 % interval. */
  interval: Interval
}

/** What a language model makes of minimal pairs. */
export interface MinimalPairResult {
  model: { id: string; name: string }
  data: string
  /** `causal`: sums of log-probabilities. `masked`: pseudo-log-likelihoods, one mask at a time. */
  kind: 'causal' | 'masked'
  /** Pairs of each paradigm that were taken, from its first; null for all. */
  limit: number | null
  /** In the order of the data. */
  paradigms: ParadigmScore[]
  /** Over all pairs. */
  total: Omit<ParadigmScore, 'name'>
  backend: string
  seconds: number
}
