import * as tf from '@tensorflow/tfjs-core'
import type { NamedTensorMap, Scalar, Tensor, Variable } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import { nativeTraining } from '../backends/nativeTraining'
import { gradientsOf } from './gradients'
import { Mixout } from './mixout'
import { fixedPart, objectiveLoss, type ObjectiveContext } from './objectives'
import { Optimiser } from './optimisers'
import type { Recipe, Regulariser, Stage } from './recipe'
import { penaltyOf, type Penalty } from './regularisers'
import { scheduleFactor } from './schedules'
import type { Trainable } from './trainable'
import type { TrainingBatch } from './trainingBatch'

/** What one update was like. */
export interface StepReport {
  /** What is minimised: the parts by their weights, and the penalty. */
  loss: number
  /** Loss of each part, without its weight. */
  parts: number[]
  /** The penalty; null in a stage without. */
  penalty: number | null
  /** Of each group of the stage; 0 where it does not train. */
  rates: number[]
  /** 2-norm of all gradients together, before clipping. */
  gradientNorm: number
  /** The same of each parameter alone, squared. */
  gradientSquares: Readonly<Record<string, number>>
}

/** The batches of a run by their numbers; they may be made when they are asked for. */
export interface Batches {
  readonly length: number
  at(index: number): TrainingBatch | undefined
}

/** Where a stage goes on that was begun earlier. */
export interface StageStart {
  /** Updates that were made. */
  step: number
  optimiser: Optimiser
}

export interface TrainingRun {
  model: Trainable
  objectives: Recipe['objectives']
  batches: Batches
  teach: ObjectiveContext['teach']
  /** Diagonal of the Fisher information of a parameter; for EWC. */
  fisher: (name: string) => Tensor
  /** Value of a parameter at the start of the stage, given away; its present one when left out. */
  start?: (name: string) => Tensor
  /** Called after the gradient of a step was computed and before anything is changed. */
  onGradient?: (step: number, gradients: NamedTensorMap) => void
}

/**
 * Trains a model by one stage of a recipe: a new optimiser, and parameters as the stage before left them. Every loss,
 * rate and norm is reported. Nothing is drawn but what is dropped, which follows from the model's seed: the same stage
 * gives the same bits on the same backend and threads.
 * @param start where it goes on; a stage that is begun gets an optimiser of its own
 * @param firstStep updates of the stages before, by which dropout counts
 * @throws UserError for a stage that names what the model or recipe does not have
 */
export function* trainStage(
  run: TrainingRun,
  stage: Stage,
  start: StageStart = { step: 0, optimiser: new Optimiser(stage.optimizer) },
  firstStep = 0
): Generator<StepReport> {
  const { parameters } = run.model
  for (const { parameters: names } of stage.groups)
    for (const name of names)
      if (!parameters.has(name))
        throw new UserError(`The stage '${stage.name}' trains '${name}', which the model lacks.`)
  let { optimiser } = start
  const { regulariser = null } = stage
  const penalty =
    regulariser && regulariser.kind !== 'mixout' ? penaltyOf(regulariser, parameters, run.fisher, run.start) : null
  const mixout = regulariser?.kind === 'mixout' ? mixoutOf(regulariser, run) : null
  run.model.mixout = mixout
  try {
    for (const [t, parts] of stage.steps.entries()) {
      if (t < start.step) continue
      run.model.dropout?.begin(firstStep + t)
      mixout?.begin(firstStep + t)
      if (stage.fresh_optimizer_at.includes(t)) {
        optimiser.dispose()
        optimiser = new Optimiser(stage.optimizer)
      }
      yield trainStep(run, stage, t, parts, optimiser, penalty)
    }
  } finally {
    optimiser.dispose()
    penalty?.dispose()
    run.model.mixout = null
    mixout?.dispose()
  }
}

function mixoutOf(
  { probability, seed, pretrained }: Extract<Regulariser, { kind: 'mixout' }>,
  { model: { parameters }, start = (name) => tf.clone(parameters.get(name)) }: TrainingRun
): Mixout {
  return new Mixout(probability, seed, new Map(pretrained.map((name) => [name, start(name)])))
}

/** One update from one or several parts. */
function trainStep(
  run: TrainingRun,
  stage: Stage,
  t: number,
  parts: Stage['steps'][number],
  optimiser: Optimiser,
  penalty: Penalty | null
): StepReport {
  const { parameters } = run.model
  const factor = scheduleFactor(stage.schedule, t)
  const trains = stage.groups.map((group) => group.trains.some(([from, to]) => t >= from && t < to))
  const rates = stage.groups.map((group, i) => (trains[i] ? group.learning_rate * factor : 0))
  const trained = stage.groups.flatMap((group, i) => (trains[i] ? group.parameters : []))
  const variables = new Map<string, Variable>(trained.map((name) => [name, parameters.get(name)]))

  const total: NamedTensorMap = {}
  const losses: number[] = []
  const addUp = (loss: () => Scalar, weight: number): number => {
    const { value, gradients } = gradientsOf(loss, variables)
    for (const [name, gradient] of Object.entries(gradients)) {
      const before = total[name]
      total[name] = tf.tidy(() => {
        const weighted = weight === 1 ? gradient : tf.mul(gradient, weight)
        return before ? tf.add(before, weighted) : tf.clone(weighted)
      })
      tf.dispose(before ? [before, gradient] : gradient)
    }
    const number = value.dataSync()[0]!
    value.dispose()
    return number
  }
  try {
    for (const { objective, batch, weight } of parts) {
      const context = contextOf(run, batch)
      const fixed = fixedPart(objective, context)
      losses.push(addUp(() => objectiveLoss(objective, context, fixed), weight))
      if (fixed) tf.dispose([fixed.target, ...(fixed.noise ? [fixed.noise] : [])])
    }
    const penalised = penalty ? penalty.addTo(total, trained) : null
    run.onGradient?.(t, total)
    const gradientSquares = squaresOf(total)
    const gradientNorm = Math.sqrt(Object.values(gradientSquares).reduce((sum, square) => sum + square, 0))
    const clip = stage.clip_norm === null ? 1 : Math.min(1, stage.clip_norm / (gradientNorm + 1e-6))
    for (const [i, group] of stage.groups.entries()) {
      if (!trains[i]) continue
      for (const name of group.parameters) {
        const gradient = total[name]
        if (!gradient) continue
        optimiser.update(name, parameters.get(name), gradient, rates[i]!, group.weight_decay, clip)
      }
    }
    const loss = losses.reduce((sum, one, i) => sum + one * parts[i]!.weight, penalised ?? 0)
    return { loss, parts: losses, penalty: penalised, rates, gradientNorm, gradientSquares }
  } finally {
    tf.dispose(total)
  }
}

/** The context of an objective on a batch of the run. @throws UserError for a batch that is not there */
export function contextOf({ model, objectives, batches, teach }: TrainingRun, batch: number): ObjectiveContext {
  const found = batches.at(batch)
  if (!found) throw new UserError(`The recipe has no batch ${batch}; its batches are 0 to ${batches.length - 1}.`)
  return { model, objectives, batch: found, teach }
}

/** Sum of squares of each gradient. */
function squaresOf(gradients: NamedTensorMap): Record<string, number> {
  const names = Object.keys(gradients)
  if (names.length === 0) return {}
  const tensors = Object.values(gradients)
  const sums = tf.tidy(
    () => nativeTraining()?.squareSums(tensors) ?? tf.stack(tensors.map((gradient) => tf.sum(tf.square(gradient))))
  )
  const squares = sums.dataSync()
  sums.dispose()
  return Object.fromEntries(names.map((name, i) => [name, squares[i]!]))
}
