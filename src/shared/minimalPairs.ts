import type { Ends } from './probe'
import type { PathData, Provenance } from './provenance'

/**
 * How the score of a sentence of n tokens is divided by its length (Lau et al. 2020): `mean` by n, `penalty` by
 * ((5 + n) / 6)^0.8.
 */
export type PairLength = 'mean' | 'penalty'

/** A share of right answers with Wilson's 95 % interval. */
export interface PairShare {
  pairs: number
  /** Share of the pairs whose acceptable sentence is more probable; equal ones count as wrong. Chance is a half. */
  accuracy: number
  interval: Ends
}

/** How often a model prefers the acceptable sentence in the pairs of one paradigm. */
export interface ParadigmScore extends PairShare {
  name: string
  /** What the paradigm is an instance of, and the field of linguistics that belongs to, where the data says so. */
  phenomenon: string | null
  field: string | null
}

/** A cloze test's condition (Ettinger 2020): contexts whose last word is to be predicted. */
export interface ClozeScore {
  name: string
  contexts: number
  /** Share of the contexts whose expected word is more probable than every other word of its item. */
  preferred: { share: number; interval: Ends }
  /**
   * Share whose expected word is the most probable of the vocabulary, and among the five most probable; of a word of
   * several tokens the first.
   */
  top1: number
  top5: number
}

/** The preferences of a language model on minimal pairs. */
export interface MinimalPairResult {
  id: string
  /** ISO 8601. */
  createdAt: string
  model: { id: string; name: string }
  /** Name of the set, of the file or of the folder. */
  data: string
  /** SHA-256 of the pairs that were taken. */
  dataHash: string
  /** `causal`: sums of log-probabilities. `masked`: pseudo-log-likelihoods, one mask at a time. */
  kind: 'causal' | 'masked'
  /** Whether the rest of a word is masked with each of its tokens; absent for no. */
  withinWord?: boolean
  /** How scores were divided by length; absent for sums. */
  length?: PairLength
  /** Pairs of each paradigm that were taken, from its first; null for all. */
  limit: number | null
  /** In the order of the data. */
  paradigms: ParadigmScore[]
  /** Over all pairs. */
  total: PairShare
  /** Of cloze tests alone. */
  cloze?: ClozeScore[]
  /** What the reader of the pairs said; absent in runs of earlier versions. */
  notes?: string[]
  backend: string
  seconds: number
  /** Missing in runs of earlier versions. */
  provenance?: PairProvenance
}

/** How a run's sentences were scored, in a few words. */
export function scoringText({ kind, withinWord, length }: Pick<MinimalPairResult, 'kind' | 'withinWord' | 'length'>) {
  const score = kind === 'causal' ? 'sums of log-probabilities' : 'pseudo-log-likelihoods'
  const masks = kind === 'causal' ? '' : withinWord ? ', words masked from left to right' : ', one mask at a time'
  return `${score}${masks}${length ? `, ${lengthTitles[length]}` : ''}`
}

export const lengthTitles: Readonly<Record<PairLength, string>> = {
  mean: 'divided by the number of tokens',
  penalty: 'with a length penalty'
}

/** The request of a run of minimal pairs; the model is identified by its files. */
export interface PairRequest {
  /** Pairs to take of each paradigm, from its first; null for all. */
  pairs: number | null
  /** Columns, where they are not found by their usual names. */
  good?: string | undefined
  bad?: string | undefined
  paradigm?: string | undefined
  withinWord?: boolean | undefined
  length?: PairLength | undefined
}

/** `path` is the file or folder of the pairs; `dataHash` of the result shows whether it has changed. */
export type PairProvenance = Provenance<PairRequest, PathData>

/** A pair and the log-probabilities of its two sentences, in nats. */
export interface ScoredPair {
  /** Place in the run. */
  index: number
  paradigm: string
  good: string
  bad: string
  goodScore: number
  badScore: number
  /** In a cloze test, the end of both sentences that alone is scored. */
  completions?: { good: string; bad: string }
}

/** A sentence token by token. */
export interface TokenProbabilities {
  tokens: string[]
  /** The text of each unknown token, null for the others; absent where there is none. */
  surfaces?: (string | null)[]
  /** In nats; null for what is not scored. */
  logProbabilities: (number | null)[]
}

/** A bundled set of pairs. */
export interface PairSet {
  name: string
  description: string
  licence: string
  source: string
  path: string
}

/** How a file or folder of pairs would be read. */
export interface PairPreview {
  /** Of the first file. */
  columns: string[]
  found: { good: string | null; bad: string | null; paradigm: string | null }
  paradigms: { name: string; phenomenon: string | null; pairs: number }[]
  examples: { good: string; bad: string }[]
  pairs: number
  /** Why it cannot be read so, as a sentence. */
  problem: string | null
}
