import * as v from 'valibot'
import { attributionBaselines, attributionMethods, attributionScores } from './attribution'
import { count, fresh, jobId, layer, name, sentenceRef } from './fields'

const keysOf = <T extends string>(table: Readonly<Record<T, unknown>>): T[] => Object.keys(table) as T[]

export const attributionOptions = v.strictObject({
  modelId: name,
  sentence: sentenceRef,
  method: v.picklist(keysOf(attributionMethods)),
  /** Points of integrated gradients. */
  steps: v.pipe(count, v.minValue(1), v.maxValue(1000)),
  baseline: v.picklist(keysOf(attributionBaselines)),
  score: v.picklist(keysOf(attributionScores)),
  target: v.variant('kind', [
    /**
     * The language-model head's prediction at a token, counted from 0: of the token itself, which is masked, in a
     * masked model, and of the next one in any other. Null: at the mask, or at the last token.
     */
    v.strictObject({ kind: v.literal('token'), place: v.nullable(count) }),
    /** A class of a kept linear probe of words, at one layer and word. */
    v.strictObject({ kind: v.literal('probe'), runId: name, layer, word: count }),
    /** A class of the head that the model was trained with; `word` where it labels words. */
    v.strictObject({ kind: v.literal('head'), word: v.nullable(count) })
  ]),
  /** The token or class that is explained; null for the token that is there, or else the most probable answer. */
  label: v.nullable(name),
  /** The one that it is compared with; null for none. */
  against: v.nullable(name),
  jobId,
  fresh
})

export type AttributionOptions = v.InferOutput<typeof attributionOptions>
