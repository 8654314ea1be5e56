import * as v from 'valibot'
import { UserError } from '@shared/userError'

/** What config.json of a Transformer-XL says, as far as it is needed. */
export interface TransfoXlConfig {
  vocabulary: number
  /** Ends of the clusters of words, that of the last included. */
  ends: readonly number[]
  layers: number
  width: number
  embeddingWidth: number
  heads: number
  headWidth: number
  mlpWidth: number
  /** Each cluster's embeddings are this many times narrower than those of the cluster before. */
  divisor: number
  /** Distances beyond it are read as this one; null: none are. */
  clamp: number | null
  /** Rows of memory in the reference implementation. */
  memory: number
  /** Every token of a segment sees equally many keys. */
  sameLength: boolean
  normsBefore: boolean
  /** Biases of each layer. */
  untied: boolean
  epsilon: number
}

const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1 << 24))
const flag = (fallback: boolean) => v.optional(v.boolean(), fallback)

const schema = v.object({
  vocab_size: size,
  cutoffs: v.pipe(v.array(size), v.maxLength(64)),
  d_model: size,
  d_embed: size,
  n_head: size,
  d_head: size,
  d_inner: size,
  n_layer: v.pipe(size, v.maxValue(1000)),
  div_val: v.optional(size, 4),
  pre_lnorm: flag(false),
  mem_len: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1 << 20)), 1600),
  clamp_len: v.optional(v.pipe(v.number(), v.integer()), -1),
  same_length: flag(true),
  attn_type: v.optional(v.literal(0), 0),
  untie_r: flag(true),
  adaptive: v.optional(v.literal(true), true),
  layer_norm_epsilon: v.optional(v.pipe(v.number(), v.minValue(0)), 1e-5)
})

/** @throws UserError naming the field that is missing or not implemented */
export function readTransfoXlConfig(json: unknown): TransfoXlConfig {
  const parsed = v.safeParse(schema, json)
  if (!parsed.success) {
    const issue = parsed.issues[0]
    throw new UserError(
      `config.json has a field '${v.getDotPath(issue) ?? ''}' that is not read as Transformer-XL's: ${issue.message}.`
    )
  }
  const config = parsed.output
  const ends = [...config.cutoffs, config.vocab_size]
  if (ends.some((end, i) => i > 0 && end <= ends[i - 1]!))
    throw new UserError("config.json has 'cutoffs' that do not ascend to below 'vocab_size'.")
  return {
    vocabulary: config.vocab_size,
    ends,
    layers: config.n_layer,
    width: config.d_model,
    embeddingWidth: config.d_embed,
    heads: config.n_head,
    headWidth: config.d_head,
    mlpWidth: config.d_inner,
    divisor: config.div_val,
    clamp: config.clamp_len > 0 ? config.clamp_len : null,
    memory: config.mem_len,
    sameLength: config.same_length,
    normsBefore: config.pre_lnorm,
    untied: config.untie_r,
    epsilon: config.layer_norm_epsilon
  }
}
