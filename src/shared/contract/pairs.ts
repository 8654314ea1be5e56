import * as v from 'valibot'
import { count, fresh, jobId, limit, name, offset, path } from '../fields'
import type { PairPreview, PairSet, ScoredPair, TokenProbabilities } from '../minimalPairs'
import type { Answer } from '../results'
import { engine, nothing } from './call'

/** The path of minimal pairs, and their columns if they cannot be recognised. */
const pairSource = { path, good: v.optional(name), bad: v.optional(name), paradigm: v.optional(name) }
const withinWord = v.optional(v.boolean())
const sentenceText = v.pipe(v.string(), v.minLength(1), v.maxLength(20_000))

/** Minimal pairs. */
export const pairsCalls = {
  /** The bundled sets of minimal pairs. */
  'pairs.sets': engine<PairSet[]>()(nothing),
  /** How a file or folder of pairs would be read. */
  'pairs.preview': engine<PairPreview>()(v.strictObject(pairSource)),
  /** Which sentence of each minimal pair is more probable under a language model. */
  'pairs.run': engine<Answer<'pairs'>>()(
    v.strictObject({
      modelId: name,
      ...pairSource,
      pairs: v.nullable(v.pipe(count, v.minValue(1))),
      /** Whether the rest of a word is masked with each of its tokens. */
      withinWord,
      /** How scores are divided by length; sums when absent. */
      length: v.optional(v.picklist(['mean', 'penalty'])),
      jobId,
      fresh
    })
  ),
  /** Pairs of a kept run with their scores, the largest errors first. */
  'pairs.page': engine<{ total: number; rows: ScoredPair[] }>()(
    v.strictObject({ runId: name, paradigm: v.nullable(v.pipe(v.string(), v.maxLength(500))), offset, limit })
  ),
  /** Both sentences of one pair, token by token. */
  'pairs.tokens': engine<{ good: TokenProbabilities; bad: TokenProbabilities }>()(
    v.strictObject({
      modelId: name,
      good: sentenceText,
      bad: sentenceText,
      completions: v.optional(v.strictObject({ good: sentenceText, bad: sentenceText })),
      withinWord,
      jobId
    })
  )
} as const
