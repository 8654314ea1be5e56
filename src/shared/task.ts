/** What an item of a task is: a word, a span of words, a pair of spans, or a sentence. */
export type TaskUnit = 'token' | 'span' | 'pair' | 'sentence'

/**
 * How a span of several words becomes a vector: the mean, both ends and their difference, or a sum weighted by
 * attention that the probe learns.
 */
export type SpanPooling = 'mean' | 'ends' | 'attention'

/** In the order in which tasks are offered. */
export const taskUnits: readonly TaskUnit[] = ['token', 'span', 'pair', 'sentence']

/** Names of units in headings. */
export const unitTitles: Readonly<Record<TaskUnit, string>> = {
  token: 'Token',
  span: 'Span',
  pair: 'Pair',
  sentence: 'Sentence'
}

/** What is counted in a task's parts, by its unit. */
export const itemTitles: Readonly<Record<TaskUnit, string>> = {
  token: 'word',
  span: 'span',
  pair: 'pair',
  sentence: 'sentence'
}

/** Something that a probe can be trained to predict, on one data set. */
export interface ProbeTask {
  /** Stable within a data set: the id of its label layer, or `arc.label`, `sentence.length`, ... */
  id: string
  title: string
  unit: TaskUnit
  /** A class from a closed list, or a quantity. */
  kind: 'class' | 'number'
  /** What an item is and where its label comes from, as sentences. */
  description: string
  /** Class ids are positions in this list, in every split; empty for a quantity. */
  classes: string[]
  /** Items with a label, over all splits. */
  labelled: number
  /** True where the labels mark spans of words (B-PER, I-PER, O), so that whole entities can be scored. */
  bio: boolean
  /** Whether an item is a pair of whole sentences, which a model can read as one input. */
  ofSentences?: boolean
}
