import type { NearWord } from './projection'
import type { FloatTensor } from './tensorData'

/** How often values occur among words, the most frequent first. */
export interface WordCounts {
  /** 'Word', 'Next word', or the title of a label layer. */
  title: string
  counts: { value: string; count: number }[]
  /** Words without a value: the last of a sentence has no next word. */
  none: number
}

/** Words of a corpus in their contexts, with what they have in common (exBERT: Hoover et al. 2020). */
export interface ContextSearch {
  /** Words found; a page of them is in `hits`. */
  total: number
  hits: NearWord[]
  /** Over all words found: form, next word, and every label layer of words. */
  counts: WordCounts[]
}

/** A neuron of a layer and how strongly its value goes with a label. */
export interface LabelTie {
  label: string
  neuron: number
  /** Correlation of the value with whether a word has the label (point-biserial). */
  correlation: number
}

/** Neurons most tied to each label of a task. */
export interface NeuronTies {
  layer: number
  neurons: number
  words: number
  /** Of each class, the most frequent first: words that have it, and its neurons, the strongest tie first. */
  classes: { label: string; words: number; ties: LabelTie[] }[]
}

/** A token that a neuron makes more likely (or less) by the logit lens. */
export interface PromotedToken {
  token: string
  /** Change of its logit by one standard deviation of the neuron. */
  change: number
}

/** One neuron of a layer over a corpus. */
export interface NeuronLook {
  layer: number
  neuron: number
  mean: number
  deviation: number
  /** Words by value, in bins of equal width from `low` to `high`. */
  histogram: { low: number; high: number; counts: number[] }
  /** Words with the highest and with the lowest values; `distance` is the value. */
  highest: NearWord[]
  lowest: NearWord[]
  ties: LabelTie[]
  /** By the logit lens; null for a model without a language-model head. */
  promotes: PromotedToken[] | null
  suppresses: PromotedToken[] | null
}

/** A neuron's values over a sentence: [layers + 1, tokens]. */
export interface NeuronInSentence {
  tokens: string[]
  values: FloatTensor
}
