import * as v from 'valibot'
import { count, name } from '../fields'
import type { FinetuneEstimate, FinetuneProgress } from '../finetune'
import { finetuneOptions } from '../finetuneRequests'
import { pretrainOptions, type PretrainEstimate, type PretrainProgress } from '../pretrain'
import type { Answer } from '../results'
import { engine } from './call'

/** Adapting a model to a task. */
export const finetuneCalls = {
  'finetune.estimate': engine<FinetuneEstimate>()(finetuneOptions),
  /** Trains, tests and stores the adapted model; an interrupted run goes on at its last epoch. */
  'finetune.run': engine<Answer<'finetune'>>()(finetuneOptions),
  /** Ends a run after its present update: it is tested and kept as far as it came. */
  'finetune.stop': engine<null>()(v.strictObject({ job: name })),
  /** How a run goes, with the updates after the first `from`; null for a job that is not training now. */
  'finetune.progress': engine<FinetuneProgress | null>()(v.strictObject({ job: name, from: v.optional(count, 0) })),
  'pretrain.estimate': engine<PretrainEstimate>()(pretrainOptions),
  /** Trains a model of a new shape from random weights; an interrupted run goes on where it was measured last. */
  'pretrain.run': engine<Answer<'pretrain'>>()(pretrainOptions),
  /** The same as `finetune.progress`. */
  'pretrain.progress': engine<PretrainProgress | null>()(v.strictObject({ job: name, from: v.optional(count, 0) }))
} as const
