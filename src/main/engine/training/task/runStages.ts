import type { PlannedGroup } from '../methods/planner'
import type { Stage } from '../recipe'
import { epochBatches } from './batches'
import { withBeside } from './beside'
import { beforeObjective, distillationObjective, languageObjective, taskObjective, type FinetuneInput } from './input'
import { drawnSource, examplesSource, type Source } from './sources'
import { MadeBatches, meanUpdates, stageOf, stagesOf, type Epochs, type StageOptions } from './stages'

/** A stage with what its steps are made of. */
export interface RunStage {
  stage: Stage
  epochs: Epochs
  /** Whether the task is learned in it, so that its epochs are judged by the held-out score. */
  ofTask: boolean
}

/** Updates of all stages of a run. */
export function totalUpdates(input: FinetuneInput): number {
  return stagesOfRun(input, new MadeBatches()).reduce((sum, { stage }) => sum + stage.steps.length, 0)
}

/** The stages of a run: what is trained before the task, and those of the method. */
export function stagesOfRun(input: FinetuneInput, batches: MadeBatches): RunStage[] {
  const { plan, settings, layers, trainable } = input
  const added = new Set(plan.newParameters.map(({ name }) => name))
  const common: Omit<StageOptions, 'name' | 'groups' | 'epochs'> = {
    settings,
    layers,
    isNew: (name) => added.has(name) || name.startsWith('heads.')
  }
  const stages: RunStage[] = []
  const first = firstStage(input, batches, common)
  if (first) stages.push(first)
  const make = epochsOf(input, batches, settings.epochs, taskSource(input))
  const epochs = plan.stages.map((_, i) => withBeside(input, make(i), batches, i))
  const further = input.beside && 'head' in input.beside ? input.beside.head : []
  for (const group of plan.stages.flatMap(({ groups }) => groups))
    for (const name of group.parameters)
      if (!trainable.parameters.has(name)) throw new Error(`The plan trains '${name}', which does not exist.`)
  const groups =
    further.length > 0 ? [{ name: 'head beside', layer: null, parameters: further, from: 0, to: settings.epochs }] : []
  const stagesWithHeads = plan.stages.map((one) => ({ ...one, groups: [...one.groups, ...groups] }))
  const planned = stagesOf({ ...plan, stages: stagesWithHeads }, (i) => epochs[i]!, common)
  planned.forEach((stage, i) => stages.push({ stage, epochs: epochs[i]!, ofTask: i === planned.length - 1 }))
  return stages
}

/** The training examples of the task, learned from their labels or from a teacher. */
function taskSource({ train, perToken, distillation }: FinetuneInput): Source {
  const objective = distillation ? distillationObjective : taskObjective
  return examplesSource(objective, train, perToken, taskObjective)
}

/** What is trained before the task, on all weights; null for nothing. */
function firstStage(
  input: FinetuneInput,
  batches: MadeBatches,
  common: Omit<StageOptions, 'name' | 'groups' | 'epochs'>
): RunStage | null {
  const { settings, layers, byLayer, method, languageModel, before: task } = input
  const { before } = settings
  if (before.kind === 'nothing' || method.kind === 'features') return null
  const groups: PlannedGroup[] = byLayer.flatMap((parameters, layer) =>
    parameters.length === 0
      ? []
      : [{ name: `layer ${layer}`, layer: Math.min(layer, layers), parameters, from: 0, to: before.epochs }]
  )
  if (before.kind === 'task') {
    const { train, perToken, head } = task!
    const source = examplesSource(beforeObjective, train, perToken)
    const epochs = epochsOf(input, batches, before.epochs, source)(0)
    const stage = stageOf({
      ...common,
      settings: { ...settings, learningRate: before.learningRate ?? settings.learningRate },
      name: 'task before',
      groups: [...groups, { name: 'head before', layer: null, parameters: head, from: 0, to: before.epochs }],
      epochs
    })
    return { stage, epochs, ofTask: false }
  }
  const source = drawnSource(languageObjective, languageModel!, true)
  const epochs = epochsOf(input, batches, before.epochs, source)(0)
  const stage = stageOf({
    ...common,
    settings: { ...settings, learningRate: before.learningRate },
    name: 'language model',
    groups,
    epochs
  })
  return { stage, epochs, ofTask: false }
}

/** Makes the updates of the epochs of a stage, of batches that are shuffled by seed, stage and epoch. */
function epochsOf(
  { settings, seed }: FinetuneInput,
  batches: MadeBatches,
  epochs: number,
  { objective, lengths, make }: Source
): (stage: number) => Epochs {
  return (stage) =>
    Array.from({ length: epochs }, (_, epoch) => {
      const made = epochBatches(lengths, settings.batch, seed + 7919 * (stage * epochs + epoch)).map((some) =>
        batches.add(() => make(some, epoch))
      )
      return meanUpdates(made, objective, settings.accumulate)
    })
}

/** Updates after which an epoch of a stage has ended. */
export function epochEnds(epochs: Epochs): number[] {
  let made = 0
  return epochs.map((updates) => (made += updates.length))
}
