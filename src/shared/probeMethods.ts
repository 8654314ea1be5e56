import * as v from 'valibot'
import type { SpanPooling } from './task'

/**
 * The kinds of probes and what can be set of each: the contract, the command line and the window read it here. What is
 * left out of a request is filled in from here, and a result keeps all of it.
 */

const positive = (most: number) => v.pipe(v.number(), v.gtValue(0), v.maxValue(most))
const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
const share = (below: number) => v.pipe(v.number(), v.minValue(0), v.ltValue(below))

/** How probes that are trained by Adam (Kingma & Ba 2015) on minibatches are trained. */
const training = {
  learningRate: v.optional(positive(1), 1e-3),
  /** Items, or for the structural probe sentences, a step. */
  batch: v.optional(whole(1, 65_536), 256),
  /** At most so many passes over the training items. */
  epochs: v.optional(whole(1, 1000), 40),
  /** Ends after so many passes in a row without a lower loss on the held-out sentences. */
  patience: v.optional(whole(1, 1000), 4),
  /** What the learning rate is multiplied by after such a pass. */
  annealing: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1)), 0.5),
  /** Share of the training sentences that decide when to stop and are not trained on. Never the test part. */
  heldOut: v.optional(share(0.9), 0.1),
  /** Times the parameter itself, added to its gradient, as PyTorch's Adam does. */
  weightDecay: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(10)), 0)
}

const hiddenSizes = v.pipe(v.array(whole(1, 4096)), v.maxLength(2))
const dropout = v.optional(share(1), 0)
const ranks = v.pipe(v.array(whole(1, 4096)), v.minLength(1), v.maxLength(20))

const linear = v.strictObject({
  kind: v.literal('linear'),
  penalty: v.optional(v.picklist(['l2', 'l1', 'elastic']), 'l2'),
  /** Inverse strength of the penalty, as scikit-learn's C. */
  inverseRegularisation: v.optional(v.pipe(v.number(), v.minValue(1e-6), v.maxValue(1e6)), 1),
  /** Of `elastic`: the share of L1 in the penalty, as scikit-learn's l1_ratio. */
  l1Ratio: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.5)
})

const mlp = v.strictObject({
  kind: v.literal('mlp'),
  /** Sizes of one or two hidden layers; none makes a linear probe without penalty, trained by Adam. */
  hidden: v.optional(hiddenSizes, [256]),
  dropout,
  ...training
})

const lowRank = v.strictObject({
  kind: v.literal('lowRank'),
  /** The probe is trained at every rank; the last one is the one kept and scored in full. */
  ranks: v.optional(ranks, [10]),
  ...training
})

const mix = v.strictObject({
  kind: v.literal('mix'),
  /** Sizes of hidden layers above the mix; none for a linear probe. */
  hidden: v.optional(hiddenSizes, []),
  dropout,
  ...training
})

const knn = v.strictObject({
  kind: v.literal('knn'),
  /** Neighbours that vote. */
  k: v.optional(whole(1, 1000), 5),
  metric: v.optional(v.picklist(['euclidean', 'cosine']), 'euclidean')
})

const structural = v.strictObject({
  kind: v.literal('structural'),
  ranks: v.optional(ranks, [64]),
  ...training,
  /** Sentences, as published; so is the annealing. */
  batch: v.optional(whole(1, 1000), 20),
  annealing: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1)), 0.1)
})

export const probeMethod = v.variant('kind', [linear, mlp, lowRank, mix, knn, structural])

/** A probe with everything that was set of it. */
export type ProbeMethodOptions = v.InferOutput<typeof probeMethod>
export type ProbeKind = ProbeMethodOptions['kind']
export type OptionsOf<K extends ProbeKind> = Extract<ProbeMethodOptions, { kind: K }>
/** The part of the options that probes trained by Adam share. */
export type TrainingOptions = Pick<
  OptionsOf<'mlp'>,
  'learningRate' | 'batch' | 'epochs' | 'patience' | 'annealing' | 'heldOut' | 'weightDecay'
>

/** A kind with everything as it is by default. */
export function defaultMethod<K extends ProbeKind>(kind: K): OptionsOf<K> {
  return v.parse(probeMethod, { kind }) as OptionsOf<K>
}

/** How the kinds are called, and when to choose one. */
export const probeKinds: Record<ProbeKind, { title: string; explanation: string }> = {
  linear: {
    title: 'Linear',
    explanation: 'Reads what a layer holds in directly usable form; hard to fool, the one to start with.'
  },
  mlp: {
    title: 'MLP',
    explanation: 'One or two hidden layers: reads more, and learns more by heart; look at its selectivity.'
  },
  lowRank: {
    title: 'Low-rank',
    explanation: 'Linear through few dimensions: how small the part of the space is that holds the label.'
  },
  mix: {
    title: 'Scalar mix',
    explanation: 'Learns weights over all layers up to each one: where information is added (Tenney et al. 2019).'
  },
  knn: {
    title: 'Nearest neighbours',
    explanation: 'The nearest training items vote: what the geometry says without any training.'
  },
  structural: {
    title: 'Structural',
    explanation: 'Syntax trees as distances and depths in a projection of the space (Hewitt & Manning 2019).'
  }
}

/** 'linear, L1', 'MLP 256', 'rank 10': what was set, in a few words. */
export function methodTitle(method: ProbeMethodOptions): string {
  switch (method.kind) {
    case 'linear':
      return method.penalty === 'l2' ? 'linear' : `linear, ${method.penalty === 'l1' ? 'L1' : 'elastic net'}`
    case 'mlp':
      return method.hidden.length === 0
        ? 'linear, by Adam'
        : `MLP ${method.hidden.join('-')}${method.dropout > 0 ? `, dropout ${method.dropout}` : ''}`
    case 'lowRank':
      return `rank ${method.ranks.at(-1)}`
    case 'mix':
      return method.hidden.length > 0 ? `mix, MLP ${method.hidden.join('-')}` : 'mix, linear'
    case 'knn':
      return `${method.k} nearest, ${method.metric}`
    case 'structural':
      return `structural, rank ${method.ranks.at(-1)}`
  }
}

/**
 * Whether the probes of a run can be asked about words typed later: nearest neighbours would need the training words,
 * and a structural probe tells no labels.
 */
export function answersLater({ kind }: Pick<ProbeMethodOptions, 'kind'>): boolean {
  return kind !== 'knn' && kind !== 'structural'
}

/** A published way to probe, as near as Layerscope comes to it; what differs stands in docs/probing.md. */
export interface ProbePreset {
  title: string
  /** Where it was published. */
  source: string
  probe: ProbeMethodOptions
  control: boolean
  codelength: boolean
  /** How spans are pooled, in tasks of spans and pairs; the mean when left out. */
  span?: SpanPooling
}

export type PresetName =
  'liu2019' | 'hewittLiang2019' | 'tenney2019' | 'neuroX' | 'hewittManning2019' | 'voitaTitov2020'

export const probePresets: Record<PresetName, ProbePreset> = {
  liu2019: {
    title: 'Liu 2019',
    source:
      'Liu et al. 2019, Linguistic Knowledge and Transferability of Contextual Representations: a linear softmax, Adam at 0.001, batches of 80, at most 50 passes, patience 3',
    probe: { ...defaultMethod('mlp'), hidden: [], batch: 80, epochs: 50, patience: 3, annealing: 1 },
    control: false,
    codelength: false
  },
  hewittLiang2019: {
    title: 'Hewitt & Liang 2019',
    source:
      'Hewitt & Liang 2019, Designing and Interpreting Probes with Control Tasks: one hidden layer of 1,000, Adam at 0.001, at most 40 passes, annealing 0.5',
    probe: { ...defaultMethod('mlp'), hidden: [1000], annealing: 0.5, epochs: 40 },
    control: true,
    codelength: false
  },
  tenney2019: {
    title: 'Tenney 2019',
    source:
      'Tenney et al. 2019, BERT Rediscovers the Classical NLP Pipeline: a scalar mix below an MLP of 256, Adam at 0.0001, batches of 32, annealing 0.5',
    probe: { ...defaultMethod('mix'), hidden: [256], learningRate: 1e-4, batch: 32 },
    control: false,
    codelength: false,
    span: 'attention'
  },
  neuroX: {
    title: 'NeuroX',
    source: 'Dalvi et al. 2019, NeuroX: a linear probe with an elastic net',
    probe: { ...defaultMethod('linear'), penalty: 'elastic' },
    control: true,
    codelength: false
  },
  hewittManning2019: {
    title: 'Hewitt & Manning 2019',
    source:
      'Hewitt & Manning 2019, A Structural Probe for Finding Syntax in Word Representations: Adam at 0.001, batches of 20 sentences, at most 40 passes, annealing 0.1',
    probe: { ...defaultMethod('structural'), ranks: [64] },
    control: false,
    codelength: false
  },
  voitaTitov2020: {
    title: 'Voita & Titov 2020',
    source:
      'Voita & Titov 2020, Information-Theoretic Probing with Minimum Description Length: two hidden layers of 1,000, online codelength',
    probe: { ...defaultMethod('mlp'), hidden: [1000, 1000] },
    control: true,
    codelength: true
  }
}
