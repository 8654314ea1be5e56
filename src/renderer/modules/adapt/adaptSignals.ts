import type { CallInput } from '@shared/contract'
import type { FinetuneOptions } from '@shared/finetuneRequests'
import { number, readNumbers, withoutEmpty, type TextField } from './adaptSettings'

/** What is learned besides the task, as it is typed: what weights are kept near, and what is trained before. */
export interface AdaptSignals {
  near: FinetuneOptions['near']['kind']
  before: FinetuneOptions['before']['kind']
  /** Task that is trained before. */
  beforeTask: string | null
  strength: string
  beforeEpochs: string
  beforeRate: string
  beforeSentences: string
}

type SignalText = 'strength' | 'beforeEpochs' | 'beforeRate' | 'beforeSentences'

export const noSignals: AdaptSignals = {
  near: 'none',
  before: 'nothing',
  beforeTask: null,
  strength: '',
  beforeEpochs: '',
  beforeRate: '',
  beforeSentences: ''
}

export const nearChoices = [
  { value: 'none', title: 'Free', hint: 'Weights may move as far as the task takes them' },
  {
    value: 'l2sp',
    title: 'L2-SP',
    hint: 'Li et al. 2018: weights pay for their squared distance from the pretrained ones; one more copy of them'
  },
  {
    value: 'ewc',
    title: 'EWC',
    hint:
      'Kirkpatrick et al. 2017: the same, each weight by how much the language model, or the task before, depends on ' +
      'it; 64 backward passes first, and two more copies of the weights'
  },
  {
    value: 'mixout',
    title: 'Mixout',
    hint:
      'Lee et al. 2020: in each update a share of the numbers of every matrix is the pretrained one; two more copies ' +
      'of the weights'
  }
] as const

export const beforeChoices = [
  { value: 'nothing', title: 'Nothing', hint: 'The task is trained at once' },
  {
    value: 'language model',
    title: 'Language model',
    hint: 'Howard & Ruder 2018: all weights, on the training sentences without their labels'
  },
  {
    value: 'task',
    title: 'Another task',
    hint: 'Phang et al. 2018: all weights, on a task with more data, with a head of its own'
  }
] as const

const strengths: Readonly<Record<Exclude<AdaptSignals['near'], 'none'>, TextField<SignalText>>> = {
  l2sp: number('strength', 'Alpha', 'Strength of the pull towards the pretrained weights', [1e-9, 100]),
  ewc: number('strength', 'Lambda', 'Strength of the pull towards the weights before the task', [1e-9, 1e9]),
  mixout: number('strength', 'Probability', 'Share of the numbers that are the pretrained ones', [0, 0.95])
}
const usualStrengths = { none: '', l2sp: '0.01', ewc: '100', mixout: '0.7' } as const

const beforeFields: readonly TextField<SignalText>[] = [
  number('beforeEpochs', 'Epochs before', 'Passes over the text before the task', [1, 1000], true),
  number('beforeRate', 'Rate before', 'Learning rate of all weights before the task', [1e-9, 1])
]
const beforeSentences = number(
  'beforeSentences',
  'Sentences before',
  'Sentences with the labels of the task before, drawn with the seed; empty: all',
  [2, 1e9],
  true
)

/** The fields that the chosen signals have, with what is used where nothing is typed. */
export function signalFields({ near, before }: AdaptSignals): (TextField<SignalText> & { usual: string })[] {
  const usual: Record<SignalText, string> = {
    strength: usualStrengths[near],
    beforeEpochs: before === 'task' ? '2' : '1',
    beforeRate: before === 'task' ? 'as the task' : '0.00005',
    beforeSentences: 'all'
  }
  const fields = [
    ...(near === 'none' ? [] : [strengths[near]]),
    ...(before === 'nothing' ? [] : beforeFields),
    ...(before === 'task' ? [beforeSentences] : [])
  ]
  return fields.map((field) => ({ ...field, usual: usual[field.name] }))
}

/**
 * The fields of a request that the signals set, or a sentence about the first one that is wrong.
 * @param trainSplit part of the data with the labels of the task before
 */
export function typedSignals(
  signals: AdaptSignals,
  trainSplit: string
): { options: Pick<CallInput<'finetune.run'>, 'near' | 'before'>; problem: string } {
  const { near, before, beforeTask } = signals
  const { numbers, problem } = readNumbers(signalFields(signals), signals)
  const { strength, beforeEpochs: epochs, beforeRate: learningRate, beforeSentences: maxTrain } = numbers
  const missing = before === 'task' && beforeTask === null ? 'Choose the task that is trained before.' : ''
  return {
    options: {
      near:
        near === 'none'
          ? { kind: 'none' }
          : near === 'l2sp'
            ? withoutEmpty({ kind: 'l2sp' as const, alpha: strength })
            : near === 'ewc'
              ? withoutEmpty({ kind: 'ewc' as const, lambda: strength })
              : withoutEmpty({ kind: 'mixout' as const, probability: strength }),
      before:
        before === 'nothing'
          ? { kind: 'nothing' }
          : before === 'language model'
            ? withoutEmpty({ kind: 'language model' as const, epochs, learningRate })
            : withoutEmpty({
                kind: 'task' as const,
                task: beforeTask ?? '',
                trainSplit,
                maxTrain,
                epochs,
                learningRate
              })
    },
    problem: problem || missing
  }
}

/** The signals of a published recipe. */
export function signalsOf({ near, before }: Partial<FinetuneOptions>): AdaptSignals {
  const signals = { ...noSignals, near: near?.kind ?? 'none', before: before?.kind ?? 'nothing' }
  if (before?.kind !== 'language model') return signals
  return { ...signals, beforeEpochs: String(before.epochs), beforeRate: String(before.learningRate) }
}
