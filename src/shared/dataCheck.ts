/** Test sentences that also occur in the training part. */
export interface RepeatedSentences {
  sentences: number
  /** Test items in them. */
  items: number
  /** A few of them, as written in the test part. */
  examples: string[]
}

/** What the test part of a run shares with its training part, as far as the run used them. */
export interface DataCheck {
  trainSentences: number
  testSentences: number
  testItems: number
  /** Word for word. */
  exact: RepeatedSentences
  /** Ignoring case and punctuation; includes those of `exact`. */
  folded: RepeatedSentences
  /** Documents that are in both parts; null if the data names none. */
  documents: { inBoth: number; test: number; testSentences: number; examples: string[] } | null
}

/** A test item for which several layers confidently agree on an answer other than its label. */
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

/** The probability from which a wrong answer counts against the label. */
export const suspectProbability = 0.9
/** Number of layers that must agree. */
export const suspectLayers = 2

/** Whether a reader of the accuracy must know of it. */
export function leaks({ folded, documents }: DataCheck): boolean {
  return folded.sentences > 0 || (documents?.inBoth ?? 0) > 0
}
