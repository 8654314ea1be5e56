import * as v from 'valibot'
import { parseHookName, type HookName } from './hookNames'

/**
 * What is changed in a forward pass, where, and how: plain data, so that it can be composed, named, saved, sent to a
 * colleague and taken back. One file of these is what `layerscope ablate --interventions FILE.json` reads and the
 * window saves.
 */

const index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000))
const indices = v.pipe(v.array(index), v.minLength(1), v.maxLength(100_000))
const finite = v.pipe(v.number(), v.finite())
const seed = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff))
const vector = v.pipe(v.array(finite), v.minLength(1), v.maxLength(100_000))

const hookName = v.pipe(
  v.string(),
  v.check(
    (name) => parseHookName(name) !== null,
    "is not the name of a value in the model; names are 'embed', 'resid_final' and 'blocks.N.' followed by " +
      'resid_pre, resid_mid, resid_post, attn.q, attn.k, attn.v, attn.pattern, attn.result, attn.out, mlp.post, ' +
      'mlp.out, mlp.router_logits, mlp.router_probs, mlp.router_weights, mixer.gate, mixer.state, mixer.out, or of ' +
      'an LSTM lstm.forward.i (f, g, o, c, h) and lstm.backward.i'
  ),
  v.transform((name) => name as HookName)
)

export const edit = v.variant('kind', [
  /** Replaced by 0. */
  v.strictObject({ kind: v.literal('zero') }),
  /** Replaced by its mean over the corpus, feature by feature. */
  v.strictObject({ kind: v.literal('mean') }),
  /** Replaced by the values of a token drawn from the corpus, a different one for every token. */
  v.strictObject({ kind: v.literal('resample'), seed }),
  /** Gaussian noise added; `size` in standard deviations of each feature over the corpus. */
  v.strictObject({ kind: v.literal('noise'), size: v.pipe(finite, v.minValue(0)), seed }),
  /**
   * The value it has in another sentence (activation patching); token i takes token `fromTokens[i]` of it, or token i.
   */
  v.strictObject({
    kind: v.literal('patch'),
    text: v.pipe(v.string(), v.minLength(1), v.maxLength(20_000)),
    fromTokens: v.optional(indices)
  }),
  /** Multiplied by a factor. */
  v.strictObject({ kind: v.literal('scale'), factor: finite }),
  /** Steering: `factor` times a direction added. */
  v.strictObject({ kind: v.literal('add'), direction: vector, factor: finite }),
  /** The subspace spanned by these vectors removed: INLP's projections, or a direction of your own. */
  v.strictObject({ kind: v.literal('project'), basis: v.pipe(v.array(vector), v.minLength(1), v.maxLength(4096)) }),
  /**
   * x - (x - mean) `right`^T `left` with `left` and `right` [rank, width]: LEACE's eraser (Belrose et al. 2023, theorem
   * 4.3).
   */
  v.strictObject({
    kind: v.literal('erase'),
    mean: vector,
    left: v.pipe(v.array(vector), v.minLength(1), v.maxLength(4096)),
    right: v.pipe(v.array(vector), v.minLength(1), v.maxLength(4096))
  }),
  /** The whole block skipped; only on `resid_post`. */
  v.strictObject({ kind: v.literal('skip') })
])

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(500))

/** What an edit was fitted to: on another model it would remove something else. */
const fitted = v.strictObject({
  model: v.strictObject({ id: text, name: text }),
  data: text,
  split: text,
  task: text,
  layer: index,
  method: v.picklist(['leace', 'inlp']),
  /** Items it was fitted to. */
  items: index,
  /** Directions it removes. */
  rank: index,
  /**
   * Fitted to the sentences of the part at even places, so that probes can be trained on the others; absent in erasers
   * of earlier versions, which were fitted to all.
   */
  sentences: v.optional(v.literal('even'))
})

export const intervention = v.strictObject({
  /** Name of the value (src/shared/hookNames.ts). */
  at: hookName,
  /** The heads it applies to, for values with several heads; all by default. */
  heads: v.optional(indices),
  /** The columns it applies to: neurons of `mlp.post`, dimensions of the residual stream; all by default. */
  neurons: v.optional(indices),
  /** The tokens it applies to, counting special tokens; all by default. */
  tokens: v.optional(indices),
  edit,
  /** Of an edit that was fitted to a model's vectors. */
  fitted: v.optional(fitted)
})

export const setName = v.pipe(v.string(), v.minLength(1), v.maxLength(200))

/** Interventions that act together, in this order, under one name. */
export const interventionSet = v.strictObject({
  name: setName,
  interventions: v.pipe(v.array(intervention), v.maxLength(10_000))
})

export type Edit = v.InferOutput<typeof edit>
export type EditKind = Edit['kind']
export type Intervention = v.InferOutput<typeof intervention>
export type Fitted = v.InferOutput<typeof fitted>
export type InterventionSet = v.InferOutput<typeof interventionSet>

/** A set that was kept, without what is in it. */
export interface KeptSet {
  name: string
  interventions: number
}
