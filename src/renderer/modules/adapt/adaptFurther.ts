import type { CallInput } from '@shared/contract'
import type { FinetuneOptions } from '@shared/finetuneRequests'
import { trainingSlices, type SliceId } from '@shared/finetuneSlices'
import { number, readNumbers, withoutEmpty, type TextField } from './adaptSettings'

type Beside = FinetuneOptions['beside']
type FurtherText =
  | 'besideWeight'
  | 'share'
  | 'confidence'
  | 'rounds'
  | 'updates'
  | 'every'
  | Extract<SliceId, 'wrong' | 'rare' | 'long' | 'short'>

/** What is trained beside the task, on unlabelled sentences, how far, and what is kept on the way, as it is typed. */
export type AdaptFurther = Record<FurtherText, string> & {
  head: 'new' | 'kept'
  beside: Beside['kind']
  besideTask: string | null
  sampling: Extract<Beside, { kind: 'task' }>['sampling']
  change: Extract<Beside, { kind: 'consistency' }>['change']
  /** Part of the data whose labels are not read; null for no self-training. */
  selfTraining: string | null
  checkpoints: 'none' | 'epoch' | 'updates'
  slices: 'none' | 'scores' | 'weights'
}

export const noFurther: AdaptFurther = {
  head: 'new',
  beside: 'nothing',
  besideTask: null,
  sampling: 'beside',
  change: 'mask',
  selfTraining: null,
  checkpoints: 'none',
  slices: 'none',
  besideWeight: '',
  share: '',
  confidence: '',
  rounds: '',
  updates: '',
  every: '',
  wrong: '',
  rare: '',
  long: '',
  short: ''
}

export const headChoices = [
  { value: 'new', title: 'New', hint: 'A head with drawn values' },
  {
    value: 'kept',
    title: "The model's",
    hint: 'Training goes on with the head that the model has for such a task, as saved here or by transformers'
  }
] as const

export const besideChoices = [
  { value: 'nothing', title: 'Nothing', hint: 'The task alone' },
  {
    value: 'language model',
    title: 'Language model',
    hint: 'Chronopoulou et al. 2019: on the same sentences, its weight falling; about twice the time'
  },
  {
    value: 'task',
    title: 'Another task',
    hint: 'Liu et al. 2019: with a head of its own; about twice the time where it is a part of every update'
  },
  {
    value: 'consistency',
    title: 'Consistency',
    hint: 'Xie et al. 2020: the same answer when a sentence is changed; somewhat more than twice the time'
  }
] as const

export const samplingChoices = [
  { value: 'beside', title: 'Every update', hint: 'A part of every update' },
  { value: 'proportional', title: 'By size', hint: 'Updates of its own, by its number of sentences' },
  { value: 'sqrt', title: 'By root', hint: 'Updates of its own, by the square root of that' },
  {
    value: 'annealed',
    title: 'Annealed',
    hint: 'By a power of that which falls from 1 to 0.2 (Stickland & Murray 2019)'
  }
] as const

export const changeChoices = [
  { value: 'mask', title: 'Masked', hint: 'Changed words are masked' },
  { value: 'replace', title: 'Replaced', hint: 'Changed words are replaced by other words of the sentences' },
  { value: 'noise', title: 'Noise', hint: 'Noise is added to the embeddings, in a drawn direction' },
  {
    value: 'adversarial',
    title: 'Adversarial',
    hint: 'Noise in the direction that changes the answer most (Miyato et al. 2019); about three times the time'
  }
] as const

export const checkpointChoices = [
  { value: 'none', title: 'None', hint: 'Only the adapted model is stored' },
  {
    value: 'epoch',
    title: 'Every epoch',
    hint: 'A model is stored after every epoch; each takes the disk of the model'
  },
  { value: 'updates', title: 'Every N updates', hint: 'A model is stored after every so many updates' }
] as const

export const sliceChoices = [
  { value: 'none', title: 'None', hint: 'One score for all test items' },
  {
    value: 'scores',
    title: 'Scores',
    hint: 'Scores by length, rare words, class and errors of the base; one more pass over the data'
  },
  {
    value: 'weights',
    title: 'Weighted',
    hint: 'The same, and training items of some slices weigh more (after Chen et al. 2019)'
  }
] as const

const sliceNames = { wrong: 'Errors of the base', rare: 'Rare words', long: 'Long', short: 'Short' } as const
const weighed = trainingSlices.filter((id): id is keyof typeof sliceNames => id in sliceNames)

/** The fields that what is chosen has, with what is used where nothing is typed. */
export function furtherFields(further: AdaptFurther): (TextField<FurtherText> & { usual: string })[] {
  const { beside, change, selfTraining, checkpoints, slices } = further
  return [
    ...(beside === 'nothing'
      ? []
      : [
          {
            ...number<FurtherText>('besideWeight', 'Weight beside', 'Of the loss beside the task', [1e-9, 1000]),
            usual: beside === 'language model' ? '0.2' : '1'
          }
        ]),
    ...(beside === 'consistency'
      ? [
          {
            ...(change === 'mask' || change === 'replace'
              ? number<FurtherText>('share', 'Words changed', 'Share of the tokens', [0, 0.95])
              : number<FurtherText>('share', 'Length of noise', 'The embeddings of the sentence being 1', [0, 0.95])),
            usual: '0.15'
          }
        ]
      : []),
    ...(selfTraining === null
      ? []
      : [
          {
            ...number<FurtherText>('confidence', 'Confidence', 'Probability above which a class is added', [0, 1]),
            usual: '0.9'
          },
          {
            ...number<FurtherText>('rounds', 'Rounds', 'Trainings after the first, at most', [1, 100], true),
            usual: '3'
          }
        ]),
    {
      ...number<FurtherText>('updates', 'End after', 'Updates after which the run ends and is kept', [1, 1e9], true),
      usual: 'all updates'
    },
    ...(checkpoints === 'updates'
      ? [{ ...number<FurtherText>('every', 'Store every', 'Updates between two models', [1, 1e9], true), usual: '100' }]
      : []),
    ...(slices === 'weights'
      ? weighed.map((id) => ({
          ...number<FurtherText>(id, sliceNames[id], 'Weight of their training items', [1e-9, 1000]),
          usual: '1'
        }))
      : [])
  ]
}

type Set = Pick<
  CallInput<'finetune.run'>,
  'keepHead' | 'beside' | 'selfTraining' | 'updates' | 'checkpoints' | 'slices'
>

/**
 * The fields of a request that are set, or a sentence about the first one that is wrong.
 * @param changes whether the method changes the model: nothing is trained beside it or stored on the way otherwise
 * @param trainSplit part of the data with the labels of a task beside
 */
export function typedFurther(
  further: AdaptFurther,
  changes: boolean,
  trainSplit: string
): { options: Set; problem: string } {
  const { head, beside, besideTask, sampling, change, selfTraining, checkpoints, slices } = further
  const { numbers, problem } = readNumbers(furtherFields(further), further)
  const { besideWeight: weight, share, confidence: threshold, rounds, updates, every } = numbers
  const besides: Record<Beside['kind'], () => Set['beside']> = {
    nothing: () => ({ kind: 'nothing' }),
    'language model': () => withoutEmpty({ kind: 'language model' as const, weight }),
    task: () => withoutEmpty({ kind: 'task' as const, task: besideTask ?? '', trainSplit, sampling, weight }),
    consistency: () => withoutEmpty({ kind: 'consistency' as const, change, share, weight })
  }
  const weights = weighed.flatMap((slice) => {
    const typed = numbers[slice]
    return typed === undefined ? [] : [{ slice, weight: typed }]
  })
  return {
    options: {
      ...(head === 'kept' && { keepHead: true }),
      // Also where it is nothing: a recipe may have set something.
      beside: besides[changes ? beside : 'nothing'](),
      ...(selfTraining !== null && { selfTraining: withoutEmpty({ split: selfTraining, threshold, rounds }) }),
      ...(updates !== undefined && { updates }),
      ...(changes && checkpoints !== 'none' && { checkpoints: checkpoints === 'epoch' ? checkpoints : (every ?? 100) }),
      ...(slices !== 'none' && { slices: { weights: slices === 'weights' ? weights : [] } })
    },
    problem: problem || (beside === 'task' && besideTask === null ? 'Choose the task that is trained beside.' : '')
  }
}

/** What a published recipe sets of it. */
export function furtherOf({ beside }: Partial<FinetuneOptions>): AdaptFurther {
  if (!beside || beside.kind === 'nothing') return { ...noFurther }
  return {
    ...noFurther,
    beside: beside.kind,
    besideWeight: String(beside.weight),
    ...(beside.kind === 'consistency' && { change: beside.change, share: String(beside.share) })
  }
}
