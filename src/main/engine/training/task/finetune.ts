import * as tf from '@tensorflow/tfjs-core'
import { adaptKinds } from '@shared/adaptMethods'
import type { FinetuneEpoch, FinetuneStep } from '@shared/finetune'
import type { ProbedTask } from '@shared/finetuneProbes'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { Dropout } from '../dropout'
import { Optimiser } from '../optimisers'
import type { Objective, Stage } from '../recipe'
import { keptNear } from '../regularisers'
import { trainStage, type StepReport, type TrainingRun } from '../train'
import { batchOf } from './batches'
import { evaluate, judge, languageModelLoss } from './evaluation'
import {
  besideObjective,
  beforeObjective,
  distillationObjective,
  languageObjective,
  taskObjective,
  type FinetuneInput
} from './input'
import { layerOfParameter } from './layerOfParameter'
import { fisherDiagonal } from './fisher'
import { epochEnds, stagesOfRun } from './runStages'
import { keptValues, type RunState } from './savedState'
import { checkSignals, type FinetuneSettings } from './settings'
import { MadeBatches } from './stages'

/** Sequences that Fisher information is the mean over. */
export const fisherSequences = 64

/** How a run went; the trained values are in the parameters of `run.model`. */
export interface FinetuneOutcome {
  run: TrainingRun
  steps: FinetuneStep[]
  epochs: FinetuneEpoch[]
  keptEpoch: number
  /** Names of everything that trained. */
  trained: string[]
}

export interface FinetuneWatcher {
  onStep(step: FinetuneStep): void
  onEpoch(epoch: FinetuneEpoch): void
  /** What labels that are probed along the training tell so far. */
  onProbes?(probes: readonly ProbedTask[]): void
  /** Whether training is to end after the present update. */
  stops?(): boolean
  /** Stores the model as it is. @param step updates that were made */
  onCheckpoint?(step: number): void
}

/**
 * Trains as planned, and measures held-out items before the first update and after every epoch. The same input gives
 * the same bits on the same backend and threads, also where the run goes on from a saved state.
 * @throws UserError for settings that the model does not allow
 */
export async function finetune(
  input: FinetuneInput,
  watcher: FinetuneWatcher,
  job: JobHandle
): Promise<FinetuneOutcome> {
  const { trainable, settings, layers, saved, seed } = input
  checkSignals(settings, input.plan, input.languageModel !== null)
  const batches = new MadeBatches()
  let kept = keptValues()
  const valuesOf = (name: string): Float32Array => trainable.parameters.get(name).dataSync<'float32'>().slice()
  const tensorOf = (values: ReadonlyMap<string, Float32Array>, name: string): tf.Tensor =>
    tf.tensor(values.get(name)!, trainable.parameters.get(name).shape)
  const stages = stagesOfRun(input, batches)
  const run: TrainingRun = {
    model: trainable,
    objectives: {
      [taskObjective]: input.objective,
      [languageObjective]: { kind: 'language model' },
      ...(input.before && { [beforeObjective]: input.before.objective }),
      ...(input.beside && { [besideObjective]: besideOf(input.beside, settings) }),
      ...(input.distillation && { [distillationObjective]: input.distillation })
    },
    batches,
    teach: ({ taught }) => tf.tensor2d(taught!, [taught!.length / input.objective.classes, input.objective.classes]),
    fisher: (name) => tensorOf(kept.fisher, name),
    start: (name) => tensorOf(kept.start, name)
  }
  if (settings.dropout > 0 && adaptKinds[input.method.kind].trainsModel)
    trainable.dropout = new Dropout(layers, settings.dropout, seed)
  const trained = [...new Set(stages.flatMap(({ stage }) => stage.groups.flatMap(({ parameters }) => parameters)))]
  const total = stages.reduce((sum, { stage }) => sum + stage.steps.length, 0)
  const state: RunState = { stage: 0, step: 0, stepsBefore: 0, steps: [], epochs: [], best: null }
  let optimiser = new Optimiser(stages[0]!.stage.optimizer)
  const resumed = saved?.read(trainable.parameters, optimiser)
  if (resumed) {
    Object.assign(state, resumed.state)
    kept = resumed.kept
    state.steps.forEach((step) => watcher.onStep(step))
    state.epochs.forEach((epoch) => watcher.onEpoch(epoch))
    if (input.probes && state.probes) {
      input.probes.restore(state.probes)
      watcher.onProbes?.(input.probes.tasks)
    }
  } else await measure(0)

  /** Whether training ends after the present update. */
  function endsHere(): boolean {
    return state.steps.length === settings.updates || watcher.stops?.() === true
  }

  async function measure(epoch: number): Promise<FinetuneEpoch> {
    const { loss, score } = judge(
      await evaluate(run, taskObjective, input.heldOut, input.perToken, input.objective.classes, job),
      input.kind
    )
    const test = input.languageModel?.test ?? []
    const measured = {
      epoch,
      step: state.steps.length,
      heldOutLoss: loss,
      heldOutScore: score,
      languageModelLoss: test.length > 0 ? await languageModelLoss(run, languageObjective, test, job) : null
    }
    state.epochs.push(measured)
    watcher.onEpoch(measured)
    await probe(epoch)
    return measured
  }

  async function probe(epoch: number | null): Promise<void> {
    if (!input.probes) return
    await input.probes.measure(state.steps.length, epoch, job)
    state.probes = input.probes.state()
    watcher.onProbes?.(input.probes.tasks)
  }

  try {
    for (const [index, { stage, epochs, ofTask }] of stages.entries()) {
      if (index < state.stage) continue
      if (index > 0 && state.step === 0) {
        optimiser.dispose()
        optimiser = new Optimiser(stage.optimizer)
      }
      if (stage.regulariser && state.step === 0) {
        const pulled = keptNear(stage.regulariser)
        kept.start = new Map(pulled.map((name) => [name, valuesOf(name)]))
        if (stage.regulariser.kind === 'EWC') kept.fisher = await fisherOf(input, run, pulled, job)
      }
      const ends = epochEnds(epochs)
      const start = { step: state.step, optimiser }
      const rates = ratesOf(stage, input)
      for (const report of trainStage(run, stage, start, state.stepsBefore)) {
        const made = state.steps.length + 1
        const step = stepOf(made, report, input, rates(report))
        state.steps.push(step)
        state.step++
        watcher.onStep(step)
        if (!Number.isFinite(report.loss))
          throw new UserError(
            `Training diverged: the loss of update ${made} of ${total} is not a number. Lower the learning rate, or ` +
              'clip gradients.'
          )
        job.progress(made, total, `Epoch ${state.epochs.length}`)
        await job.yield()
        const isEnd = ends.includes(state.step)
        const isStopped = endsHere()
        if (settings.checkpoints === 'epoch' ? isEnd : settings.checkpoints && made % settings.checkpoints === 0) {
          watcher.onCheckpoint?.(made)
          if (!isEnd && !isStopped) await probe(null)
        }
        if (!isEnd && !isStopped) continue
        const measured = await measure(state.epochs.length)
        const stops = ofTask && keepBest(measured)
        // What is stored stays that of the last epoch, where the whole run would go on.
        if (isStopped) break
        if (stops || state.step === stage.steps.length)
          Object.assign(state, { stage: index + 1, step: 0, stepsBefore: state.stepsBefore + state.step })
        saved?.write(state, trainable.parameters, trained, optimiser, kept)
        if (stops) break
      }
      if (endsHere()) break
    }
  } finally {
    trainable.dropout = null
    optimiser.dispose()
  }

  /** @returns whether training ends */
  function keepBest({ epoch, heldOutScore }: FinetuneEpoch): boolean {
    if (settings.patience === null) return false
    if (!state.best || heldOutScore > state.best.score) {
      state.best = { epoch, score: heldOutScore }
      kept.best = new Map(trained.map((name) => [name, valuesOf(name)]))
    }
    return epoch - state.best.epoch >= settings.patience
  }

  for (const [name, values] of kept.best) trainable.parameters.assign(name, values)
  const keptEpoch = state.best?.epoch ?? state.epochs.at(-1)!.epoch
  return { run, steps: state.steps, epochs: state.epochs, keptEpoch, trained }
}

/** Of adversarial noise: how long the noise is, as a share of it, at which the gradient is taken. */
const adversarialStep = 0.1

function besideOf(beside: NonNullable<FinetuneInput['beside']>, { beside: wanted }: FinetuneSettings): Objective {
  if ('objective' in beside) return beside.objective
  const consistency = { kind: 'consistency' as const, head: taskObjective }
  if (wanted.kind !== 'consistency') return consistency
  const { change, share: size } = wanted
  if (change === 'noise') return { ...consistency, noise: { kind: 'random', size } }
  if (change !== 'adversarial') return consistency
  return { ...consistency, noise: { kind: 'adversarial', size, step: adversarialStep * size } }
}

/** Fisher information for what is not to be forgotten, on the first sequences of its training text. */
function fisherOf(
  { before, languageModel }: FinetuneInput,
  run: TrainingRun,
  names: readonly string[],
  job: JobHandle
): Promise<Map<string, Float32Array>> {
  if (before) {
    const sequences = before.train.slice(0, fisherSequences)
    const batches = sequences.map((example) => batchOf([example], beforeObjective, before.perToken))
    return fisherDiagonal(run, beforeObjective, batches, names, job)
  }
  const { lengths, sequence } = languageModel!
  const count = Math.min(fisherSequences, lengths.length)
  const batches = Array.from({ length: count }, (_, i) => batchOf([sequence(i, 0)], languageObjective, true))
  return fisherDiagonal(run, languageObjective, batches, names, job)
}

/** The rates that are drawn: of the head, and of the highest layer that trains. */
function ratesOf(stage: Stage, { plan }: FinetuneInput): (report: StepReport) => FinetuneStep['rates'] {
  const planned = plan.stages.find(({ name }) => name === stage.name)?.groups ?? []
  const places = stage.groups.map((_, i) => ({ i, layer: planned[i]?.layer ?? (planned.length > 0 ? null : 0) }))
  return ({ rates }) => ({
    head: Math.max(0, ...places.filter(({ layer }) => layer === null).map(({ i }) => rates[i]!)),
    model: Math.max(0, ...places.filter(({ layer }) => layer !== null).map(({ i }) => rates[i]!))
  })
}

function stepOf(
  step: number,
  { loss, gradientNorm, gradientSquares }: StepReport,
  { layers, byLayer }: FinetuneInput,
  rates: FinetuneStep['rates']
): FinetuneStep {
  const squares = new Array<number>(layers + 2).fill(0)
  const layerOf = layerOfParameter(byLayer)
  for (const [name, square] of Object.entries(gradientSquares)) squares[layerOf(name)]! += square
  return { step, loss, rates, gradientNorm, layerNorms: squares.map(Math.sqrt) }
}
