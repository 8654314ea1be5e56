import { adaptKindNames, adaptKinds, defaultAdaptation } from '@shared/adaptMethods'
import type { CallInput } from '@shared/contract'
import type { ModelInfo } from '@shared/model'
import type { ProbeTask } from '@shared/task'

export type FinetuneInput = CallInput<'finetune.run'>

/** One training of a figure, with its place in it. */
export interface FigureRun {
  request: FinetuneInput
  /** What it starts from: what is open, its untrained twin, or, of such a twin, the checkpoint. */
  start: 'as open' | 'untrained' | 'checkpoint'
  row: string
  column: string
  /** Where the figure has an axis of numbers. */
  x: number
}

/** What a figure is made from: the form as it is set, and what is open. */
export interface FigureContext {
  base: FinetuneInput
  model: Pick<ModelInfo, 'head' | 'untrained'>
  tasks: readonly ProbeTask[]
  /** Task that is trained before, where one is chosen. */
  beforeTask: string | null
}

export interface AdaptFigure {
  title: string
  source: string
  runs(context: FigureContext): FigureRun[]
  /** What of the figure cannot be made of what is open, and why; empty for nothing. */
  missing?(context: FigureContext): string
}

const restarts = 20
const sizes = [50, 100, 200, 500] as const
const rateFactors = [0.1, 0.3, 1, 3] as const
const decays = [1, 1.3, 1.7, 2.6] as const
const mostTasks = 3
const languageModelFirst = 'language model first'

const place = { start: 'as open', row: '', column: '', x: 0 } as const

/** The intermediate task: the one chosen, or the first of the others. */
function intermediate({ base, tasks, beforeTask }: FigureContext): string | undefined {
  return beforeTask ?? tasks.find(({ id }) => id !== base.task)?.id
}

/** The task, and others with classes of the same unit, so that their scores can be compared. */
function comparable(base: FinetuneInput, tasks: readonly ProbeTask[]): ProbeTask[] {
  const here = tasks.filter(({ id }) => id === base.task)
  const others = tasks.filter(({ id, unit, kind }) => id !== base.task && unit === here[0]?.unit && kind === 'class')
  return [...here, ...others].slice(0, mostTasks)
}

/** Figures of the literature on what is open. Each is a list of trainings; those that are kept are not run again. */
export const adaptFigures = {
  restarts: {
    title: 'Restarts with and without a task before',
    source:
      `Phang et al. 2018, figure 1: ${restarts} seeds each; a run that is not above the majority class is ` +
      'degenerate',
    runs: (context) => {
      const { base } = context
      const before = intermediate(context)
      const seeds = Array.from({ length: restarts }, (_, i) => i + 1)
      const plain: FinetuneInput = { ...base, before: { kind: 'nothing' } }
      const tasked: FinetuneInput = {
        ...base,
        before: { kind: 'task', task: before ?? '', trainSplit: base.trainSplit }
      }
      return [
        ...seeds.map((seed) => ({ ...place, request: { ...plain, seed }, column: 'the task alone' })),
        ...(before === undefined
          ? []
          : seeds.map((seed) => ({ ...place, request: { ...tasked, seed }, column: `${before} first` })))
      ]
    }
  },
  sizes: {
    title: 'Score by number of training sentences',
    source:
      'Howard & Ruder 2018, figure 3: from scratch, pretrained, and with the language model trained first on the ' +
      'same sentences',
    runs: ({ base, model }) => {
      const nothing = { kind: 'nothing' } as const
      const isTwin = model.untrained !== null
      const pretrained = isTwin ? ('checkpoint' as const) : ('as open' as const)
      const { method = { kind: 'full' } } = base
      const ways: (Pick<FigureRun, 'column' | 'start'> & { before: FinetuneInput['before'] })[] = [
        { column: 'from scratch', start: isTwin ? 'as open' : 'untrained', before: nothing },
        { column: 'pretrained', start: pretrained, before: nothing },
        ...(model.head && adaptKinds[method.kind].trainsModel
          ? [{ column: languageModelFirst, start: pretrained, before: { kind: 'language model' as const } }]
          : [])
      ]
      return ways.flatMap(({ column, start, before }) =>
        sizes.map((size) => ({ ...place, request: { ...base, maxTrain: size, before }, start, column, x: size }))
      )
    },
    missing: ({ base, model }) => {
      if (!model.head) return 'This checkpoint has no language-model head, so there is no line with that trained first.'
      return adaptKinds[(base.method ?? { kind: 'full' }).kind].trainsModel
        ? ''
        : 'Feature extraction leaves the model as it is, so there is no line with the language model trained first.'
    }
  },
  grid: {
    title: 'Learning rate x layer decay',
    source: 'Howard & Ruder 2018, section 3.2: the rate of the top layer, and how fast rates fall below it',
    runs: ({ base }) => {
      const { method = { kind: 'full' }, learningRate } = base
      const rate = learningRate ?? adaptKinds[method.kind].usual.model
      return decays.flatMap((layerDecay) =>
        rateFactors.map((factor) => {
          const scaled = Number((rate * factor).toPrecision(2))
          const request = { ...base, learningRate: scaled, layerDecay }
          return { ...place, request, row: String(layerDecay), column: String(scaled) }
        })
      )
    }
  },
  methods: {
    title: 'Methods x tasks',
    source: 'Every method with its usual settings on this task and others: score, time and what is kept for a task',
    runs: ({ base, tasks }) => {
      const { modelId, datasetId, trainSplit, testSplit, maxTrain, maxTest, seed } = base
      const { probes } = base
      const data = { modelId, datasetId, trainSplit, testSplit, maxTrain, maxTest, seed, save: false }
      const kinds = adaptKindNames.filter((kind) => !adaptKinds[kind].teaches)
      return kinds.flatMap((kind) =>
        comparable(base, tasks).map(({ id, title }) => ({
          ...place,
          request: {
            ...data,
            ...(probes && adaptKinds[kind].trainsModel && { probes }),
            task: id,
            method: defaultAdaptation(kind)
          },
          row: adaptKinds[kind].title,
          column: title
        }))
      )
    }
  },
  layers: {
    title: 'Layers before and after, by task',
    source:
      'Peters, Ruder & Smith 2019: what probes find in every layer of the unchanged model (feature extraction) and ' +
      'after fine-tuning, for the task itself and for others, the most similar labels first',
    runs: ({ base, tasks }) => {
      const { trainSplit, testSplit, method = { kind: 'full' } } = base
      const probed = comparable(base, tasks)
      const probes = { tasks: probed.map(({ id }) => id), trainSplit, testSplit }
      const { trainsModel, teaches } = adaptKinds[method.kind]
      const trained = trainsModel && !teaches ? method : defaultAdaptation('full')
      return probed.map(({ id, title }) => ({
        ...place,
        request: { ...base, method: trained, task: id, probes },
        row: title
      }))
    }
  }
} satisfies Record<string, AdaptFigure>

export type AdaptFigureId = keyof typeof adaptFigures
export const adaptFigureIds = Object.keys(adaptFigures) as AdaptFigureId[]

/** What the trainings of a figure differ in beside the seed: the cost of equal ones is estimated once. */
export function costKey({ request }: FigureRun): string {
  return JSON.stringify({ ...request, seed: null })
}
