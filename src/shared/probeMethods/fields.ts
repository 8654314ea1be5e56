import * as v from 'valibot'
import { positive, share, whole, type MethodField } from './method'

/** Options that several kinds of probes have. */

const hiddenSizes = v.pipe(v.array(whole(1, 4096)), v.maxLength(2))
const rankList = v.pipe(v.array(whole(1, 4096)), v.minLength(1), v.maxLength(20))

/** Sizes of hidden layers. @param usual those where none are given */
export function hiddenField(usual: number[]) {
  return {
    schema: v.optional(hiddenSizes, usual),
    flag: 'hidden',
    label: 'Hidden',
    hint: 'Sizes of one or two hidden layers, such as 256 or 500, 500; empty for a linear probe',
    range: 'at most two sizes from 1 to 4,096, as 256 or 500, 500',
    type: 'numbers',
    inWindow: true,
    tunable: true
  } as const satisfies MethodField
}

/** @param inWindow whether the window offers it */
export function dropoutField(inWindow: boolean) {
  return {
    schema: v.optional(share(1), 0),
    flag: 'dropout',
    label: 'Dropout',
    hint: 'Share of the hidden units left out at every training step',
    range: 'a share from 0 to below 1',
    type: 'number',
    inWindow,
    tunable: true
  } as const satisfies MethodField
}

/** @param usual rank where none is given */
export function ranksField(usual: number) {
  return {
    schema: v.optional(rankList, [usual]),
    flag: 'rank',
    label: 'Rank',
    hint: 'One rank, or several to compare, such as 2, 8, 32; the last one is scored in full',
    range: 'one or more ranks from 1 to 4,096, as 10 or 2, 8, 32',
    type: 'numbers',
    inWindow: true
  } as const satisfies MethodField
}

/** How probes that are trained by Adam (Kingma & Ba 2015) on minibatches are trained. */
export const trainingFields = {
  learningRate: {
    schema: v.optional(positive(1), 1e-3),
    flag: 'learning-rate',
    label: 'Learning rate',
    hint: 'Learning rate of Adam',
    range: 'a number above 0, at most 1',
    type: 'number',
    inWindow: false,
    tunable: true
  },
  batch: {
    schema: v.optional(whole(1, 65_536), 256),
    flag: 'batch',
    label: 'Batch',
    hint: 'Items per step; for a structural probe, sentences',
    range: 'a whole number from 1 to 65,536; for a structural probe, to 1,000',
    type: 'number',
    inWindow: false
  },
  epochs: {
    schema: v.optional(whole(1, 1000), 40),
    flag: 'epochs',
    label: 'Passes',
    hint: 'Passes over the training items, at most',
    range: 'a whole number from 1 to 1,000',
    type: 'number',
    inWindow: false
  },
  patience: {
    schema: v.optional(whole(1, 1000), 4),
    flag: 'patience',
    label: 'Patience',
    hint: 'Passes in a row without a lower loss on the held-out sentences, after which training ends',
    range: 'a whole number from 1 to 1,000',
    type: 'number',
    inWindow: false
  },
  annealing: {
    schema: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1)), 0.5),
    flag: 'annealing',
    label: 'Annealing',
    hint: 'Factor on the learning rate after a pass without a lower loss',
    range: 'a number above 0, at most 1',
    type: 'number',
    inWindow: false
  },
  heldOut: {
    schema: v.optional(share(0.9), 0.1),
    flag: 'held-out',
    label: 'Held out',
    hint: 'Share of the training sentences used to decide when to stop; the test part is never used',
    range: 'a share from 0 to below 0.9',
    type: 'number',
    inWindow: false
  },
  weightDecay: {
    schema: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(10)), 0),
    flag: 'weight-decay',
    label: 'Weight decay',
    hint: 'Added to the gradient, times the parameter itself, as in PyTorch’s Adam',
    range: 'a number from 0 to 10',
    type: 'number',
    inWindow: false,
    tunable: true
  }
} as const satisfies Record<string, MethodField>

/** Options that probes trained by Adam share. */
export type TrainingOptions = {
  [Name in keyof typeof trainingFields]: v.InferOutput<(typeof trainingFields)[Name]['schema']>
}

/** How Adam was set, as a sentence. @param unit what a batch is made of: 'items', 'sentences' */
export function trainingSentence(
  { learningRate, batch, epochs, patience, annealing, heldOut, weightDecay }: TrainingOptions,
  unit: string
): string {
  const decay = weightDecay > 0 ? `, weight decay ${weightDecay}` : ''
  const stopping =
    heldOut > 0
      ? `${Number((heldOut * 100).toFixed(2))} % of the training sentences were held out: after a pass without ` +
        `gain on them the learning rate was multiplied by ${annealing}, and after ${patience} such passes in a ` +
        'row training ended'
      : 'no training sentences were held out'
  return (
    `It was trained by Adam [kingmaBa2015] (learning rate ${learningRate}${decay}) in batches of ${batch} ${unit} ` +
    `for at most ${epochs} passes; ${stopping}.`
  )
}
