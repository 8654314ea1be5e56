import { isWholeInput, labelledItem } from '@shared/finetune'
import type { ProbeTask } from '@shared/task'
import type { Batches } from '../train'
import type { TrainingBatch } from '../trainingBatch'
import type { AdaptPlan, PlannedGroup } from '../methods/planner'
import type { Objective, Regulariser, Stage } from '../recipe'
import { labelsTokens } from './examples'
import { outputsOf } from './newParameters'
import type { FinetuneSettings } from './settings'

/** Batches that are made when they are asked for. */
export class MadeBatches implements Batches {
  private readonly makers: (() => TrainingBatch)[] = []

  get length(): number {
    return this.makers.length
  }

  at(index: number): TrainingBatch | undefined {
    return this.makers[index]?.()
  }

  /** @returns its number */
  add(make: () => TrainingBatch): number {
    return this.makers.push(make) - 1
  }
}

/** One update: parts of its loss with their weights. */
export type Update = Stage['steps'][number]

/** The epochs of one stage: the updates of each. */
export type Epochs = readonly (readonly Update[])[]

export interface StageOptions {
  name: string
  groups: readonly PlannedGroup[]
  epochs: Epochs
  settings: FinetuneSettings
  /** Number of blocks. */
  layers: number
  /** Names of parameters that the checkpoint does not have. */
  isNew: (name: string) => boolean
}

/** Updates of an epoch of that many batches. */
export function updatesOf(batches: number, accumulate: number): number {
  return Math.ceil(batches / accumulate)
}

/** Updates that are the means of batches. */
export function meanUpdates(batches: readonly number[], objective: string, accumulate: number): Update[] {
  return Array.from({ length: updatesOf(batches.length, accumulate) }, (_, i) => {
    const parts = batches.slice(i * accumulate, (i + 1) * accumulate)
    return parts.map((batch) => ({ objective, batch, weight: 1 / parts.length }))
  })
}

/** A planned stage as a recipe states it. */
export function stageOf({ name, groups, epochs, settings, layers, isNew }: StageOptions): Stage {
  const { weightDecay, clip } = settings
  const steps = epochs.flatMap((updates) => [...updates])
  const ends = [0]
  for (const updates of epochs) ends.push(ends.at(-1)! + updates.length)
  const regulariser = regulariserOf(
    settings,
    groups.flatMap(({ parameters }) => parameters),
    isNew
  )
  return {
    name,
    optimizer: optimizerOf(settings),
    schedule: scheduleOf(settings, steps.length),
    clip_norm: clip,
    groups: groups.map((group) => ({
      name: group.name,
      parameters: [...group.parameters],
      learning_rate: rateOf(group, settings, layers),
      weight_decay: weightDecay,
      trains: [[ends[group.from]!, ends[group.to]!]]
    })),
    steps,
    fresh_optimizer_at: [],
    ...(regulariser && { regulariser })
  }
}

/** What keeps trained parameters near those of the pretrained model, as a recipe states it. */
function regulariserOf(
  { near, seed }: FinetuneSettings,
  trained: readonly string[],
  isNew: (name: string) => boolean
): Regulariser | null {
  const pretrained = trained.filter((name) => !isNew(name))
  switch (near.kind) {
    case 'none':
      return null
    case 'l2sp':
      return { kind: 'L2-SP', alpha: near.alpha, beta: near.beta, pretrained, new: trained.filter(isNew) }
    case 'ewc':
      return { kind: 'EWC', lambda: near.lambda, parameters: pretrained }
    case 'mixout':
      return { kind: 'mixout', probability: near.probability, seed, pretrained }
  }
}

/**
 * Howard & Ruder (2018), section 3.2: the rate of a layer is that of the layer above divided by the decay, unless it
 * was set by hand.
 */
export function rateOf(
  { layer, rate }: Pick<PlannedGroup, 'layer' | 'rate'>,
  { learningRate, headLearningRate, layerDecay }: FinetuneSettings,
  layers: number
): number {
  return rate ?? (layer === null ? headLearningRate : learningRate / layerDecay ** (layers - layer))
}

function optimizerOf({ optimizer }: FinetuneSettings): Stage['optimizer'] {
  if (optimizer === 'Adadelta') return { kind: 'Adadelta', rho: 0.95, epsilon: 1e-6 }
  return optimizer === 'SGD'
    ? { kind: 'SGD', momentum: 0.9, nesterov: false }
    : { kind: optimizer, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
}

function scheduleOf({ schedule, warmup }: FinetuneSettings, total: number): Stage['schedule'] {
  if (schedule === 'constant') return { kind: 'constant' }
  if (schedule === 'linear')
    return {
      kind: 'linear warm-up and decay',
      warmup_steps: Math.min(total - 1, Math.round(total * warmup)),
      total_steps: total
    }
  // At least one step has to rise.
  const fraction = Math.max(warmup, 1 / total)
  return { kind: 'slanted triangular', cut_fraction: fraction, ratio: 32, total_steps: total }
}

/** All stages of a plan. @param epochsOf updates of each epoch of a stage */
export function stagesOf(
  { stages }: AdaptPlan,
  epochsOf: (stage: number) => Epochs,
  common: Omit<StageOptions, 'name' | 'groups' | 'epochs'>
): Stage[] {
  return stages.map(({ name, groups }, i) => stageOf({ ...common, name, groups, epochs: epochsOf(i) }))
}

/** What a task of the app is as an objective. */
export function objectiveOf(
  task: Pick<ProbeTask, 'unit' | 'kind' | 'classes' | 'ofSentences'>,
  { pooling, head }: Pick<FinetuneSettings, 'pooling' | 'head'>,
  mixed: boolean,
  classWeights: number[] | null
): Extract<Objective, { head: string; hidden_state: string }> {
  const on = {
    head,
    hidden_state: mixed ? ('scalar mix' as const) : ('last' as const),
    classes: outputsOf(task),
    ...(classWeights && { class_weights: classWeights })
  }
  if (labelsTokens(task)) return { kind: 'word tagging', ...on }
  const what = isWholeInput(labelledItem(task)) ? 'sentence' : 'span'
  return { kind: `${what} ${task.kind === 'number' ? 'regression' : 'classification'}`, pooling, ...on }
}

/** Weight of each class: items of all by items of it, so that every class counts alike. */
export function balancedWeights(labels: readonly number[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const label of labels) if (label >= 0) counts[label]!++
  const present = counts.filter((count) => count > 0).length
  const all = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => (count === 0 ? 1 : all / (present * count)))
}
