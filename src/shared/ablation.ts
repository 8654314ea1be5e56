import type { Interval } from './probe'
import { meanOf } from './spread'
import type { FloatTensor, TensorData } from './tensorData'

/** What a scan switches off one after the other. */
export type UnitKind = 'head' | 'attention' | 'mlp' | 'block'

/** One part of a model that is changed as a whole; `head` is null for all of the block's. Both count from 0. */
export interface Unit {
  block: number
  head: number | null
}

/** A measure with a change, and the difference it makes. */
export interface Effect {
  value: number
  /** Value minus that of the model as it is. */
  difference: number
  /** 95 % of the difference, by resampling sentences; both values are taken over the same resample. */
  interval: Interval
}

export interface MeasureInfo {
  id: string
  title: string
  /** A share shown as percent, nats, a distance from 0 to 2, or a mean rank from 1 on. */
  unit: 'share' | 'nats' | 'distance' | 'rank'
  better: 'higher' | 'lower'
}

/** What was measured on. */
export interface AblationCorpusInfo {
  modelName: string
  datasetName: string
  split: string
  sentences: number
  words: number
}

/** What several random sets leave of a measure: the mean of their values, and an interval that holds all of theirs. */
export function summaryOfRandom(
  plain: number,
  random: readonly Effect[]
): { value: number; interval: Interval } | null {
  if (random.length === 0) return null
  return {
    value: meanOf(random.map(({ value }) => value)),
    interval: [
      plain + Math.min(...random.map(({ interval }) => interval[0])),
      plain + Math.max(...random.map(({ interval }) => interval[1]))
    ]
  }
}

/** What a set of interventions does, beside sets of the same size drawn at random. */
export interface AblationSetResult extends AblationCorpusInfo {
  measures: (MeasureInfo & { plain: number; effect: Effect; random: Effect[] })[]
  seconds: number
}

/** What every unit of a kind is worth, on one corpus. */
export interface AblationScan extends AblationCorpusInfo {
  kind: UnitKind
  edit: string
  units: Unit[]
  measures: (MeasureInfo & { plain: number; effects: Effect[] })[]
  seconds: number
}

/** A measure while more and more units are switched off. */
export interface PruningCurve {
  title: string
  /** Values, one for each number of units in `PruningResult.counts`. */
  values: number[]
}

export interface PruningResult {
  kind: UnitKind
  measure: MeasureInfo
  plain: number
  /** Units switched off. */
  counts: number[]
  /** In the order of importance: the least important first. */
  byImportance: PruningCurve
  order: Unit[]
  /**
   * Of heads, where the loss is measured: each head's importance by that derivative, in `order`, and how far both
   * orders agree (Spearman's correlation with the measured harm).
   */
  derivative?: { importance: number[]; agreement: number }
  /**
   * Of heads, where the loss is measured, by the size of its derivative by a mask on the head; of parts that are one a
   * block, from the top down, and from the bottom up.
   */
  further: PruningCurve[]
  /** Orders drawn at random. */
  random: PruningCurve[]
}

/** One guess of a language model. */
export interface TokenGuess {
  text: string
  probability: number
}

/** What the kept probes of a task say of the words of a sentence. */
export interface SentenceReading {
  runId: string
  task: string
  layers: number[]
  classes: string[]
  /** Label of every word, null where it has none; null for a typed sentence. */
  gold: (string | null)[] | null
  /** [layers, words]: class of every word, -1 for one without a token; as the model is and changed. */
  plain: TensorData<Int32Array>
  changed: TensorData<Int32Array>
}

/** What interventions do to one sentence. */
export interface SentenceEffect {
  tokens: string[]
  /** [layers + 1, tokens]: 1 - cos of each hidden state with and without the interventions. */
  movement: FloatTensor
  /** [layers, heads]: mean over queries of half the summed absolute difference of attention, from 0 to 1. */
  attentionChange: FloatTensor
  /** What a language-model head says at each token, as the model is and changed; null without a head. */
  guesses: { plain: TokenGuess[]; changed: TokenGuess[] }[] | null
  /** Words of the sentence, and what the probes that were asked for say of them at each layer. */
  words: string[]
  readings: SentenceReading[]
  milliseconds: number
}

/** What the head says of every layer (nostalgebraist 2020: the logit lens). */
export interface LogitLens {
  tokens: string[]
  /** [layers + 1][tokens]: the likeliest token. */
  best: TokenGuess[][]
  /** By watched token: its log-probability [layers + 1, tokens] and rank (1 is the likeliest) [layers + 1, tokens]. */
  watched: { text: string; logProbability: FloatTensor; rank: FloatTensor }[]
}

/** Activation patching over places: how far a value of one sentence, put into another, carries the answer over. */
export interface PatchGrid {
  kind: 'resid' | 'attention' | 'mlp' | 'head'
  /** Tokens of the sentence that is run, and of the one whose values are put into it. */
  tokens: string[]
  sourceTokens: string[]
  /** Of what is watched: log p(first) - log p(second) in the sentence as it is and in the other. */
  plain: number
  source: number
  /**
   * [rows, columns]: (patched - plain) / (source - plain); rows are layers 0 ... or blocks, columns tokens or heads.
   */
  restored: FloatTensor
}

/** What each head attends to over a corpus. */
export interface HeadTable {
  layers: number
  heads: number
  words: number
  patterns: {
    id: string
    title: string
    /** Queries that the score is a mean of. */
    queries: number
    /** For dependency relations: what the best fixed distance reaches. */
    baseline: number | null
    /** [layers * heads], NaN where there was no such query. */
    scores: number[]
  }[]
}
