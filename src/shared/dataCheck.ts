/** Test sentences that stand in the training part as well. */
export interface RepeatedSentences {
  sentences: number
  /** Test items in them. */
  items: number
  /** A few of them, as written in the test part. */
  examples: string[]
}

/** What the test part of a run shares with its training part, as far as both were used. */
export interface DataCheck {
  trainSentences: number
  testSentences: number
  testItems: number
  /** Word for word. */
  exact: RepeatedSentences
  /** Case and punctuation apart; those of `exact` included. */
  folded: RepeatedSentences
  /** Documents that lie in both parts; null where the data names none. */
  documents: { inBoth: number; test: number; testSentences: number; examples: string[] } | null
}

/** A test item that several layers answer alike, surely, and otherwise than its label says. */
export interface SuspectLabel {
  split: string
  sentence: number
  position: number
  form: string
  left: string
  right: string
  gold: string
  predicted: string
  /** Layers that give this answer with at least `suspectProbability`. */
  layers: number[]
  /** Mean over those layers. */
  probability: number
}

/** From this probability on, a wrong answer speaks against the label. */
export const suspectProbability = 0.9
/** Layers that have to agree on it. */
export const suspectLayers = 2

/** Whether a reader of the accuracy has to know of it. */
export function leaks({ folded, documents }: DataCheck): boolean {
  return folded.sentences > 0 || (documents?.inBoth ?? 0) > 0
}
