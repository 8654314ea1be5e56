import { adaptKindNames, adaptKinds, defaultAdaptation } from '@shared/adaptMethods'
import type { CallInput } from '@shared/contract'
import type { ModelInfo } from '@shared/model'
import type { ProbeTask } from '@shared/task'

export type FinetuneInput = CallInput<'finetune.run'>

/** One training of a figure, with its place in it. */
export interface FigureRun {
  request: FinetuneInput
  /** Whether it starts from the model's untrained twin. */
  scratch: boolean
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
}

const restarts = 20
const sizes = [50, 100, 200, 500] as const
const rateFactors = [0.1, 0.3, 1, 3] as const
const decays = [1, 1.3, 1.7, 2.6] as const
const mostTasks = 3

const place = { scratch: false, row: '', column: '', x: 0 }

/** The intermediate task: the one chosen, or the first of the others. */
function intermediate({ base, tasks, beforeTask }: FigureContext): string | undefined {
  return beforeTask ?? tasks.find(({ id }) => id !== base.task)?.id
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
      'Howard & Ruder 2018, figure 3: from scratch, pretrained, and with the language model first where the ' +
      'checkpoint has its head',
    runs: ({ base, model }) => {
      const ways: { column: string; scratch: boolean; before: FinetuneInput['before'] }[] = [
        ...(model.untrained === null
          ? [{ column: 'from scratch', scratch: true, before: { kind: 'nothing' as const } }]
          : []),
        { column: 'pretrained', scratch: false, before: { kind: 'nothing' } },
        ...(model.head
          ? [{ column: 'language model first', scratch: false, before: { kind: 'language model' as const } }]
          : [])
      ]
      return ways.flatMap(({ column, scratch, before }) =>
        sizes.map((size) => ({ ...place, request: { ...base, maxTrain: size, before }, scratch, column, x: size }))
      )
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
      const here = tasks.filter(({ id }) => id === base.task)
      const others = tasks.filter(
        ({ id, unit, kind }) => id !== base.task && unit === here[0]?.unit && kind === 'class'
      )
      const kinds = adaptKindNames.filter((kind) => !adaptKinds[kind].teaches)
      return kinds.flatMap((kind) =>
        [...here, ...others].slice(0, mostTasks).map(({ id, title }) => ({
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
  }
} as const satisfies Record<string, AdaptFigure>

export type AdaptFigureId = keyof typeof adaptFigures
export const adaptFigureIds = Object.keys(adaptFigures) as AdaptFigureId[]

/** What the trainings of a figure differ in beside the seed: the cost of equal ones is estimated once. */
export function costKey({ request }: FigureRun): string {
  return JSON.stringify({ ...request, seed: null })
}
