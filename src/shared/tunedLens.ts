import * as v from 'valibot'
import type { AblationCorpusInfo } from './ablation'
import { limitedPart } from './drawing'
import { count, fresh, jobId, name, seed } from './fields'

export const tunedLensOptions = v.strictObject({
  modelId: name,
  ...limitedPart,
  /** Updates of every layer's translator. */
  steps: v.pipe(count, v.minValue(1), v.maxValue(100_000)),
  /** Tokens of an update, in whole sentences. */
  batch: v.pipe(count, v.minValue(1), v.maxValue(100_000)),
  /** Learning rate of the first update; it falls to 0 in a line. */
  rate: v.pipe(v.number(), v.gtValue(0), v.maxValue(100)),
  seed,
  jobId,
  fresh
})
export type TunedLensOptions = v.InferOutput<typeof tunedLensOptions>

/** What the window and the command line train with. */
export const tunedLensDefaults = { steps: 250, batch: 256, rate: 0.001, seed: 1 } as const

/** A tuned lens: for every layer an affine map after which the head predicts what the top layer predicts. */
export interface TunedLens extends AblationCorpusInfo {
  steps: number
  batch: number
  rate: number
  /** Sentences that no update has seen, and that the divergences are means over the tokens of. */
  heldOut: number
  /** Divergence (KL) of each layer's prediction from the top layer's, in nats, by the logit lens and by this one. */
  layers: { layer: number; logit: number; tuned: number }[]
}
