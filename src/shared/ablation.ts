import type { DrawnPart } from './drawing'
import type { ClusterCount, Interval } from './probe'
import { meanOf } from './spread'
import type { PatchMeasure } from './patching'
import type { FloatTensor, TensorData } from './tensorData'

/** What a scan switches off one after the other. */
export type UnitKind = 'head' | 'expert' | 'attention' | 'mlp' | 'block' | 'gate' | 'state' | 'direction'

/** Parts by kind, one and several of them. */
export const partTitles: Readonly<Record<UnitKind, { one: string; many: string }>> = {
  head: { one: 'head', many: 'heads' },
  expert: { one: 'expert', many: 'experts' },
  attention: { one: 'attention', many: 'attentions' },
  mlp: { one: 'MLP', many: 'MLPs' },
  block: { one: 'layer', many: 'layers' },
  gate: { one: 'gate', many: 'gates' },
  state: { one: 'state', many: 'states' },
  direction: { one: 'direction', many: 'directions' }
}

/**
 * One part of a model that is changed as a whole; `head` is the number of a head, or of an expert, and null for a part
 * that is one a block. Both count from 0.
 */
export interface Unit {
  block: number
  head: number | null
  /** Of a gate, a state or a direction: what comes after `blocks.N.` in its name. */
  site?: string
}

/** A measure under a change, and the difference from the unchanged model. */
export interface Effect {
  value: number
  /** Value minus that of the unchanged model. */
  difference: number
  /** 95 % interval of the difference, by resampling clusters; both values use the same resamples. */
  interval: Interval
}

export interface MeasureInfo {
  id: string
  title: string
  /** A share shown as percent, nats, a distance from 0 to 2, or a mean rank from 1 on. */
  unit: 'share' | 'nats' | 'distance' | 'rank'
  better: 'higher' | 'lower'
}

/** The corpus measured on. */
export interface AblationCorpusInfo {
  modelName: string
  datasetName: string
  split: string
  sentences: number
  words: number
  /** What was drawn of the split; absent where all words were taken, or the first ones. */
  drawn?: DrawnPart
  /** What intervals resampled as a whole; absent in results of earlier versions, and where pairs were. */
  clusters?: ClusterCount
}

/** A measure under several random sets: their mean, and an interval that contains all of their intervals. */
export function summaryOfRandom(
  plain: number,
  random: readonly Effect[]
): { value: number; interval: Interval } | null {
  if (random.length === 0) return null
  return {
    value: meanOf(random.map(({ value }) => value)),
    interval: moved(plain, hull(random.map(({ interval }) => interval)))
  }
}

/** The least interval that holds all of them; null where one of them is not known. */
function hull(intervals: readonly Interval[]): Interval {
  const ends = intervals.filter((interval) => interval !== null)
  if (ends.length < intervals.length || ends.length === 0) return null
  return [Math.min(...ends.map(([low]) => low)), Math.max(...ends.map(([, high]) => high))]
}

/** An interval of a difference, as one of the value: both ends by `plain` further. */
export function moved(plain: number, interval: Interval): Interval {
  return interval && [plain + interval[0], plain + interval[1]]
}

/** The effect of a set of interventions, with random sets of the same size for comparison. */
export interface AblationSetResult extends AblationCorpusInfo {
  measures: (MeasureInfo & { plain: number; effect: Effect; random: Effect[] })[]
  seconds: number
}

/** The effect of switching off each unit of a kind, on one corpus. */
export interface AblationScan extends AblationCorpusInfo {
  kind: UnitKind
  edit: string
  units: Unit[]
  measures: (MeasureInfo & { plain: number; effects: Effect[] })[]
  seconds: number
}

/** A measure as more and more units are switched off. */
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
  /** By importance, the least important first. */
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

/** One prediction of a language model. */
export interface TokenGuess {
  text: string
  probability: number
}

/** Predictions of a task's kept probes for the words of a sentence. */
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

/** The effect of interventions on one sentence. */
export interface SentenceEffect {
  tokens: string[]
  /** [layers + 1, tokens]: 1 - cos of each hidden state with and without the interventions. */
  movement: FloatTensor
  /** [layers, heads]: mean over queries of half the summed absolute difference of attention, from 0 to 1. */
  attentionChange: FloatTensor
  /** Predictions of the language-model head at each token, unchanged and changed; null without a head. */
  guesses: { plain: TokenGuess[]; changed: TokenGuess[] }[] | null
  /** Words of the sentence, and the requested probes' predictions for them at each layer. */
  words: string[]
  readings: SentenceReading[]
  milliseconds: number
}

/** The head's prediction from every layer (nostalgebraist 2020: the logit lens). */
export interface LogitLens {
  tokens: string[]
  /** [layers + 1][tokens]: the most probable token. */
  best: TokenGuess[][]
  /**
   * By watched token: its log-probability [layers + 1, tokens] and rank (1 is the most probable) [layers + 1, tokens].
   */
  watched: { text: string; logProbability: FloatTensor; rank: FloatTensor }[]
}

/** Activation patching by place: how much of the answer a value of one sentence carries into another. */
export interface PatchGrid {
  kind: 'resid' | 'attention' | 'mlp' | 'head' | 'path'
  /** Of paths, where they end, as it is written: 'mlp:3'; absent for the logits. */
  receiver?: string
  /** Number of pairs that it is the mean over; absent for one, which the tokens are of. */
  pairs?: number
  /** Absent for the difference of log-probabilities. */
  measure?: PatchMeasure
  /** Tokens of the sentence that is run, and of the one whose values are patched in. */
  tokens: string[]
  sourceTokens: string[]
  /** The text of each unknown token, null for the others; absent where there is none. */
  surfaces?: (string | null)[]
  sourceSurfaces?: (string | null)[]
  /**
   * The measure in the unchanged sentence and in the other: log p(first) - log p(second), or the divergence, which is
   * 0 in the other.
   */
  plain: number
  source: number
  /**
   * [rows, columns]: (patched - plain) / (source - plain); rows are layers 0 ... or blocks, columns tokens or heads. Of
   * paths from heads that the receiver does not read, 0.
   */
  restored: FloatTensor
}

/**
 * What each part of a model adds to the logit of a token, or to the difference of two, through the final norm: means
 * over sentences.
 */
export interface DirectLogits {
  layers: number
  heads: number
  sentences: number
  /** The tokens of the first sentence; `second` is null where one logit alone is divided. */
  first: string
  second: string | null
  /** The model's answer, which everything else adds up to. */
  total: number
  embeddings: number
  /** From the offset of the final norm and the bias of the head. */
  offset: number
  /** [layers] each: `biases` of attention, which come from no head. */
  mlps: number[]
  biases: number[]
  /** [layers * heads] */
  byHead: number[]
  /** Standard errors of the means; null for a single sentence. */
  errors: { mlps: number[]; byHead: number[] } | null
}

/** Sequences of random tokens, each repeated in a row: where induction heads are looked for. */
export interface RepeatedTokens {
  sequences: number
  /** Tokens of a sequence, and how often it occurs in a row. */
  tokens: number
  repeats: number
  seed: number
}

/** Which values a patching grid carries from one sentence to the other. */
export const patchedTitles: Readonly<Record<PatchGrid['kind'], string>> = {
  resid: 'the residual stream',
  attention: 'attention',
  mlp: 'MLPs',
  head: 'heads',
  path: 'paths from heads'
}

/** What each head attends to over a corpus. */
export interface HeadTable {
  layers: number
  heads: number
  words: number
  /** What was drawn of the split; absent where all words were taken, or the first ones. */
  drawn?: DrawnPart
  /** What the pattern `repeated` was measured on; all others are measured on the corpus. Absent without it. */
  stimulus?: RepeatedTokens
  patterns: {
    id: string
    title: string
    /** Number of queries that the score averages. */
    queries: number
    /** For dependency relations: the score of the best fixed distance. */
    baseline: number | null
    /** [layers * heads], NaN where there was no such query. */
    scores: number[]
  }[]
}

/** '50 sequences of 25 random tokens, each 4 times in a row' */
export function stimulusText({ sequences, tokens, repeats }: RepeatedTokens): string {
  return `${sequences} sequences of ${tokens} random tokens, each ${repeats} times in a row`
}
