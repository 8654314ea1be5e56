import * as v from 'valibot'
import { count, name } from './fields'

/** How a value that is patched in is judged. */
export const patchMeasures = {
  difference: 'difference of log-probabilities',
  kl: 'divergence (KL) from the other sentence’s predictions'
} as const
export type PatchMeasure = keyof typeof patchMeasures

/** The end of a path: the logits, a block's MLP, or the queries, keys or values of one head. Counts from 0. */
export type Receiver =
  { part: 'logits' } | { part: 'mlp'; block: number } | { part: 'q' | 'k' | 'v'; block: number; head: number }

const receiverForm = /^(?:logits|mlp:([1-9]\d{0,3})|([qkv]):([1-9]\d{0,3})\.([1-9]\d{0,3}))$/

/** A receiver as it is written: 'logits', 'mlp:3', 'q:3.2'; layers and heads count from 1, as in the window. */
export const receiverText = v.pipe(
  v.string(),
  v.regex(receiverForm, "must be 'logits', 'mlp:LAYER', or 'q:', 'k:' or 'v:' and LAYER.HEAD, counted from 1")
)

export function receiverOf(text: string): Receiver {
  const [, mlp, part, block, head] = receiverForm.exec(text)!
  if (mlp) return { part: 'mlp', block: Number(mlp) - 1 }
  if (part) return { part: part as 'q' | 'k' | 'v', block: Number(block) - 1, head: Number(head) - 1 }
  return { part: 'logits' }
}

const longText = v.pipe(v.string(), v.minLength(1), v.maxLength(20_000))

/** A sentence, the one whose values are patched in, and the two words whose log-probabilities are compared. */
export const patchPair = {
  text: longText,
  source: longText,
  first: name,
  second: name,
  /** Token whose prediction is read; the mask or the last one when null. */
  place: v.nullable(count)
}

/** Further pairs that a grid is the mean over. */
export const furtherPairs = v.optional(v.pipe(v.array(v.strictObject(patchPair)), v.maxLength(2000)))

/** Sentences whose answers are divided among the parts of the model. */
export const directSentences = v.pipe(
  v.array(
    v.strictObject({
      text: longText,
      /** The token whose logit is divided; the most probable one when null. */
      first: v.nullable(name),
      /** The token whose logit is subtracted; null for none. */
      second: v.nullable(name),
      place: v.nullable(count)
    })
  ),
  v.minLength(1),
  v.maxLength(2000)
)

/** A pair of sentences as a file of pairs has it. */
export type PatchPair = NonNullable<v.InferOutput<typeof furtherPairs>>[number]
export type DirectSentence = v.InferOutput<typeof directSentences>[number]
