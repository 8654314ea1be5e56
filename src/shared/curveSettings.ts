import * as v from 'valibot'

/**
 * The curves that probing papers draw, each with everything that can be set of it: the contract, the command line and
 * the window read it here.
 */

const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
const share = v.pipe(v.number(), v.gtValue(0), v.maxValue(1))
const listOf = <Item extends v.GenericSchema>(item: Item, least: number) =>
  v.pipe(v.array(item), v.minLength(least), v.maxLength(50))

const size = v.strictObject({
  kind: v.literal('size'),
  /** Shares of the training sentences. */
  shares: v.optional(listOf(share, 1), [1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]),
  /** Draws of the sentences. Within a draw, each smaller set is part of every larger one. */
  draws: v.optional(whole(1, 50), 3)
})

const hidden = v.strictObject({
  kind: v.literal('hidden'),
  /** Sizes of one hidden layer; 0 is the linear probe. */
  sizes: v.optional(listOf(whole(0, 4096), 1), [0, 8, 32, 128, 512])
})

const pareto = v.strictObject({
  kind: v.literal('pareto'),
  /** Sizes of one hidden layer, of probes from the simplest on; 0 is the linear probe. */
  sizes: v.optional(listOf(whole(0, 4096), 1), [0, 2, 4, 8, 32, 128])
})

const rank = v.strictObject({
  kind: v.literal('rank'),
  ranks: v.optional(listOf(whole(1, 4096), 1), [1, 2, 4, 8, 16, 32, 64])
})

const restarts = v.strictObject({
  kind: v.literal('restarts'),
  /** Random starts; for a probe with a unique minimum they show how close to it the solver stops. */
  starts: v.optional(whole(2, 200), 20)
})

const languages = v.strictObject({
  kind: v.literal('languages'),
  /** Parts of the data set, one per language; each is both trained on and tested on. */
  splits: listOf(v.pipe(v.string(), v.minLength(1), v.maxLength(200)), 2),
  /**
   * Share of the sentences that are trained on, the same places in every part: of parallel data no sentence is tested
   * on whose translation was trained on.
   */
  trainShare: v.optional(v.pipe(v.number(), v.minValue(0.05), v.maxValue(0.95)), 0.7)
})

export const curveSettings = v.variant('kind', [size, hidden, pareto, rank, restarts, languages])

export type CurveSettings = v.InferOutput<typeof curveSettings>
export type CurveKind = CurveSettings['kind']

/** The title, axis and explanation of each kind. */
export const curveKinds: Record<CurveKind, { title: string; axis: string; explanation: string }> = {
  size: {
    title: 'Training size',
    axis: 'training items',
    explanation: 'Accuracy by amount of training data: which layers need few examples.'
  },
  hidden: {
    title: 'Hidden size',
    axis: 'hidden units (0: linear)',
    explanation:
      'Accuracy by the size of the probe’s hidden layer, with the control task: how much of it comes from ' +
      'the probe itself.'
  },
  pareto: {
    title: 'Complexity',
    axis: 'complexity: shuffled labels learnt by heart',
    explanation:
      'Accuracy against complexity: of probes of several sizes, those that no simpler one equals, beside a random ' +
      'vector for every word type (Pimentel et al. 2020).'
  },
  rank: {
    title: 'Rank',
    axis: 'rank',
    explanation: 'Accuracy of a linear probe of low rank: how small a subspace holds the label.'
  },
  restarts: {
    title: 'Restarts',
    axis: 'layer',
    explanation:
      'The same probe from many random starts: how much of a difference between layers is due to chance in training.'
  },
  languages: {
    title: 'Languages',
    axis: 'layer',
    explanation:
      'Trained on one language and tested on the others: which layers encode the label in the same way for all.'
  }
}

/** A kind with all of its defaults. @param splits parts of the data set, for `languages` */
export function defaultCurve(kind: CurveKind, splits: readonly string[] = []): CurveSettings {
  return v.parse(curveSettings, kind === 'languages' ? { kind, splits } : { kind })
}
