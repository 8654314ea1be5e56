import * as tf from '@tensorflow/tfjs-core'
import type { FinetuneEpoch, FinetuneStep } from '@shared/finetune'
import type { JobHandle } from '@shared/jobs'
import type { PretrainOptions } from '@shared/pretrain'
import { UserError } from '@shared/userError'
import { Dropout } from '../dropout'
import { unlabelled } from '../losses'
import { objectiveScores } from '../objectives'
import { Optimiser } from '../optimisers'
import type { Stage } from '../recipe'
import { trainStage, type TrainingRun } from '../train'
import type { TrainableTransformer } from '../trainableTransformer'
import { batchOf, epochBatches, sortedBatchesOf } from './batches'
import { withoutDropout } from './evaluation'
import { languageObjective } from './input'
import type { LanguageModelSequence } from './languageModel'
import { layerOfParameter } from './layerOfParameter'
import { keptValues, type RunState, type SavedState } from './savedState'
import { drawnSource } from './sources'
import { MadeBatches } from './stages'

/** Times at least that a run is measured and its state stored. */
const leastMeasures = 10
/** Sequences measured at once. */
const measuredAtOnce = 16
/** Of all gradients together, above which they are shortened. */
const clip = 1

export interface PretrainInput {
  trainable: TrainableTransformer
  byLayer: readonly (readonly string[])[]
  settings: Pick<PretrainOptions, 'epochs' | 'batch' | 'learningRate' | 'warmup' | 'weightDecay' | 'dropout' | 'seed'>
  /** Tokens of each training sequence. */
  lengths: readonly number[]
  /** A training sequence as it is read in an epoch. */
  sequence(example: number, epoch: number): LanguageModelSequence
  heldOut: readonly LanguageModelSequence[]
  saved: SavedState | null
}

export interface PretrainWatcher {
  onStep(step: FinetuneStep): void
  onEpoch(epoch: FinetuneEpoch): void
}

/** Updates of an epoch. */
export function pretrainSteps(sequences: number, { batch }: Pick<PretrainOptions, 'batch'>): number {
  return Math.ceil(sequences / batch)
}

/**
 * Trains a language model from the values that it has, on all of its weights, and measures held-out sequences before
 * the first update and at least ten times along the way. The same input gives the same bits on the same backend and
 * threads, also where the run goes on from a saved state.
 * @throws UserError for a loss that is not a number
 */
export async function pretrain(
  { trainable, byLayer, settings, lengths, sequence, heldOut, saved }: PretrainInput,
  watcher: PretrainWatcher,
  job: JobHandle
): Promise<{ steps: FinetuneStep[]; epochs: FinetuneEpoch[] }> {
  const { epochs, batch, learningRate, warmup, weightDecay, dropout, seed } = settings
  const batches = new MadeBatches()
  const source = drawnSource(languageObjective, { lengths, sequence }, true)
  const numbers = Array.from({ length: epochs }, (_, epoch) =>
    epochBatches(lengths, batch, seed + 7919 * epoch).map((some) => batches.add(() => source.make(some, epoch)))
  ).flat()
  const total = numbers.length
  const perEpoch = total / epochs
  const measuredAt = measures(perEpoch, epochs)
  const trained = byLayer.flat()
  const stage: Stage = {
    name: 'language model',
    optimizer: { kind: 'AdamW', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    schedule: {
      kind: 'linear warm-up and decay',
      warmup_steps: Math.min(total - 1, Math.round(total * warmup)),
      total_steps: total
    },
    clip_norm: clip,
    groups: [
      {
        name: 'everything',
        parameters: trained,
        learning_rate: learningRate,
        weight_decay: weightDecay,
        trains: [[0, total]]
      }
    ],
    steps: numbers.map((number) => [{ objective: languageObjective, batch: number, weight: 1 }]),
    fresh_optimizer_at: []
  }
  const run: TrainingRun = {
    model: trainable,
    objectives: { [languageObjective]: { kind: 'language model' } },
    batches,
    teach: null,
    fisher: (name) => {
      throw new Error(`No Fisher information of '${name}' was computed.`)
    }
  }
  const state: RunState = { stage: 0, step: 0, stepsBefore: 0, steps: [], epochs: [], best: null }
  const optimiser = new Optimiser(stage.optimizer)
  const layerOf = layerOfParameter(byLayer)

  async function measure(): Promise<void> {
    const measured = { epoch: state.step / perEpoch, step: state.step, languageModelLoss: null }
    const epoch = { ...measured, ...(await measureHeldOut(run, heldOut, job)) }
    state.epochs.push(epoch)
    watcher.onEpoch(epoch)
  }

  try {
    const resumed = saved?.read(trainable.parameters, optimiser)
    if (resumed) {
      Object.assign(state, resumed.state)
      state.steps.forEach((step) => watcher.onStep(step))
      state.epochs.forEach((epoch) => watcher.onEpoch(epoch))
    } else await measure()
    if (dropout > 0) trainable.dropout = new Dropout(trainable.config.layers, dropout, seed)
    for (const { loss, gradientNorm, gradientSquares, rates } of trainStage(run, stage, {
      step: state.step,
      optimiser
    })) {
      state.step++
      const squares = new Array<number>(byLayer.length).fill(0)
      for (const [name, square] of Object.entries(gradientSquares)) squares[layerOf(name)]! += square
      const step: FinetuneStep = {
        step: state.step,
        loss,
        rates: { head: rates[0]!, model: rates[0]! },
        gradientNorm,
        layerNorms: squares.map(Math.sqrt)
      }
      state.steps.push(step)
      watcher.onStep(step)
      if (!Number.isFinite(loss))
        throw new UserError(
          `Training diverged: the loss of update ${state.step} of ${total} is not a number. Lower the learning rate.`
        )
      job.progress(state.step, total, `Epoch ${Math.ceil(state.step / perEpoch)} of ${epochs}`)
      await job.yield()
      if (!measuredAt.has(state.step)) continue
      await measure()
      saved?.write(state, trainable.parameters, trained, optimiser, keptValues())
    }
  } finally {
    trainable.dropout = null
    optimiser.dispose()
  }
  return { steps: state.steps, epochs: state.epochs }
}

/** Updates after which a run is measured: the ends of epochs, and evenly within them where those are few. */
function measures(perEpoch: number, epochs: number): ReadonlySet<number> {
  const parts = Math.ceil(leastMeasures / epochs)
  return new Set(
    Array.from({ length: epochs * parts }, (_, i) => Math.round(((i + 1) / parts) * perEpoch)).filter(
      (step) => step > 0
    )
  )
}

/** Mean loss of the predicted tokens in nats, and how many of them were predicted right; nothing is dropped. */
export async function measureHeldOut(
  run: TrainingRun,
  sequences: readonly LanguageModelSequence[],
  job: JobHandle
): Promise<{ heldOutLoss: number; heldOutScore: number }> {
  let [loss, right, count] = [0, 0, 0]
  for (const rows of sortedBatchesOf(
    sequences.map(({ ids }) => ids.length),
    measuredAtOnce
  )) {
    await job.yield()
    const chosen = rows.map((row) => sequences[row]!)
    const batch = batchOf(chosen, languageObjective, true)
    const labels = chosen.flatMap(({ labels: all }) => all.filter((label) => label !== unlabelled))
    if (labels.length === 0) continue
    const context = withoutDropout(run, batch)
    const [losses, hits] = context.compute(() => {
      const scores = objectiveScores(languageObjective, context)
      const gold = tf.tensor1d(labels, 'int32')
      const rowsOf = tf.stack([tf.range(0, labels.length, 1, 'int32'), gold], 1)
      return tf.stack([
        tf.neg(tf.sum(tf.gatherND(tf.logSoftmax(scores), rowsOf))),
        tf.sum(tf.cast(tf.equal(tf.argMax(scores, 1), gold), 'float32'))
      ])
    })
    loss += losses!
    right += hits!
    count += labels.length
  }
  return { heldOutLoss: loss / count, heldOutScore: right / count }
}
