import * as v from 'valibot'

/** Fields that many requests have. */

export const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
export const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096))
export const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000_000))
export const offset = count
export const limit = v.pipe(count, v.maxValue(500))
export const seed = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff))
export const pool = v.picklist(['first', 'last', 'mean'])
export const metric = v.picklist(['cosine', 'euclidean'])
export const layer = v.pipe(count, v.maxValue(1000))
export const jobId = v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(64)))
/** Whether something that is kept already is computed again. */
export const fresh = v.optional(v.boolean())
/** Whether nobody waits for it: what a person asks for goes before it in the queue. */
export const background = v.optional(v.boolean())
export const bytes = v.instance(Uint8Array)

/** Characters of a typed sentence. */
export const longestText = 20_000

const typedText = v.pipe(v.string(), v.maxLength(longestText))
/** Tokens that are masked, by their places. */
const masked = v.optional(v.pipe(v.array(count), v.maxLength(longestText)))

export const sentenceRef = v.variant('kind', [
  v.strictObject({ kind: v.literal('dataset'), datasetId: name, split: name, index: count, masked }),
  v.strictObject({ kind: v.literal('text'), text: typedText, second: v.optional(typedText), masked })
])
