import type { FloatTensor } from './tensorData'

/** How a score is divided among the tokens. */
export const attributionMethods = {
  integrated: {
    title: 'Integrated gradients',
    hint: 'Mean gradient on the straight path from a baseline, times the difference; the values sum to the change'
  },
  gradientInput: { title: 'Gradient × input', hint: 'The gradient times the token’s embedding' },
  gradient: { title: 'Gradient', hint: 'Length of the gradient: how much the score would react, without a sign' }
} as const
export type AttributionMethod = keyof typeof attributionMethods

/** What integrated gradients start from. */
export const attributionBaselines = {
  zero: 'vectors of zeros',
  mask: 'mask tokens in place of the words’ tokens',
  pad: 'padding tokens in place of the words’ tokens'
} as const
export type AttributionBaseline = keyof typeof attributionBaselines

/** The score that is attributed, of one of the possible answers; with a second one, the difference of both. */
export const attributionScores = {
  logProbability: 'log-probability',
  logit: 'logit',
  probability: 'probability'
} as const
export type AttributionScore = keyof typeof attributionScores

/** What each token of a sentence contributes to one score of a model. */
export interface Attribution {
  method: AttributionMethod
  /** Of integrated gradients: points on the path, and where it starts; null for the other methods. */
  steps: number | null
  baseline: AttributionBaseline | null
  score: AttributionScore
  /** What gives the scores: 'prediction at token 4', 'probe of UPOS, layer 3, word 2'. */
  output: string
  /** The answer whose score it is, and the one that it is compared with; null where there is none. */
  label: string
  against: string | null
  tokens: string[]
  /** The text of each unknown token, null for the others; absent where there is none. */
  surfaces?: (string | null)[]
  words: string[]
  /** For every token the word it is a piece of, -1 for special tokens. */
  wordOfToken: number[]
  /** [tokens]; of `gradient` the Euclidean length, of the others a sum over dimensions. */
  values: FloatTensor
  /** The score of the sentence, and of the baseline; null without one. */
  value: number
  baselineValue: number | null
}

/** How far integrated gradients are from adding up to the change of the score; null for other methods. */
export function completenessGap({ value, baselineValue, values }: Attribution): number | null {
  if (baselineValue === null) return null
  return values.data.reduce((sum, part) => sum + part, 0) - (value - baselineValue)
}
