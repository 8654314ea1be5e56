import * as v from 'valibot'
import { background, count, fresh, jobId, name, seed } from './fields'
import type { FinetuneEpoch, FinetuneStep } from './finetune'
import { positive, share, whole } from './probeMethods/method'

/** Families that a new model can be of: what they read, and what they learn from text. */
export const pretrainFamilies = {
  bert: { title: 'BERT', causal: false, learns: 'masked tokens, from both sides (Devlin et al. 2019)' },
  gpt2: { title: 'GPT-2', causal: true, learns: 'the next token (Radford et al. 2019)' },
  llama: { title: 'Llama', causal: true, learns: 'the next token (Touvron et al. 2023)' }
} as const
export type PretrainFamily = keyof typeof pretrainFamilies
export const pretrainFamilyNames = Object.keys(pretrainFamilies) as PretrainFamily[]

export const pretrainOptions = v.pipe(
  v.strictObject({
    /** The model whose tokenizer the new one has. */
    modelId: name,
    datasetId: name,
    split: name,
    /** What the loss is watched on; null: a tenth of the sentences is held out for it. */
    heldOutSplit: v.optional(v.nullable(name), null),
    /** Sentences to train on, drawn with the seed; null for all. */
    maxTrain: v.optional(v.nullable(v.pipe(count, v.minValue(2))), null),
    family: v.optional(v.picklist(pretrainFamilyNames), 'bert'),
    layers: v.optional(whole(1, 100), 4),
    width: v.optional(whole(2, 8192), 128),
    heads: v.optional(whole(1, 256), 4),
    /** Units of an MLP; null: four times the width. */
    mlpWidth: v.optional(v.nullable(whole(1, 65_536)), null),
    /** Tokens of the longest sequence. */
    window: v.optional(whole(4, 8192), 128),
    epochs: v.optional(whole(1, 10_000), 10),
    batch: v.optional(whole(1, 4096), 32),
    learningRate: v.optional(positive(1), 1e-3),
    /** Share of the updates in which the rate rises; then it falls to 0 in a line. */
    warmup: v.optional(share(1), 0.1),
    weightDecay: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(10)), 0.01),
    dropout: v.optional(share(0.95), 0),
    /** Whether the model is stored. */
    save: v.optional(v.boolean(), true),
    seed,
    jobId,
    fresh,
    background
  }),
  v.check(({ width, heads }) => width % heads === 0, 'Expected a width that its heads can share evenly')
)
export type PretrainOptions = v.InferOutput<typeof pretrainOptions>

/** A model that was trained from random weights. */
export interface PretrainResult {
  dataset: { name: string; split: string }
  /** Sentences that it was trained on. */
  sentences: number
  family: PretrainFamily
  shape: { layers: number; width: number; heads: number; mlpWidth: number; window: number; vocabulary: number }
  /** The model whose tokenizer it has. */
  tokenizer: string
  settings: Pick<PretrainOptions, 'epochs' | 'batch' | 'learningRate' | 'warmup' | 'weightDecay' | 'dropout' | 'seed'>
  parameters: number
  /** What the loss was watched on, in words. */
  heldOut: string
  /** Tokens of the training text, special ones included. */
  tokens: number
  steps: FinetuneStep[]
  /** Measured before the first update and along the way: the loss in nats, and how many tokens were predicted right. */
  epochs: FinetuneEpoch[]
  /** Folder of the model; null where it is not stored. */
  checkpoint: string | null
  backend: string
  seconds: number
}

/** How a run goes, while it runs. */
export interface PretrainProgress {
  jobId: string
  steps: FinetuneStep[]
  epochs: FinetuneEpoch[]
  totalSteps: number
}

/** What a run will take. */
export interface PretrainEstimate {
  seconds: number
  memoryBytes: number
  diskBytes: number
  parameters: number
  steps: number
  sentences: number
  tokens: number
}
