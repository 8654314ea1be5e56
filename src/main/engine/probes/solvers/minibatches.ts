import type { JobHandle } from '@shared/jobs'
import type { TrainingOptions } from '@shared/probeMethods'
import { seededRandom, shuffle, type Random } from '@shared/random'
import { Adam } from './adam'

/** Something with parameters and a loss. */
export interface Trainable {
  /** Changed in place. */
  parameters: readonly Float32Array[]
  /** Mean loss over some examples and its gradients, one a parameter. @param random for dropout */
  gradients(examples: Int32Array, random: Random): { loss: number; gradients: Float32Array[] }
  /** Mean loss over some examples. */
  loss(examples: Int32Array): number
}

/** Examples to train on and to decide by when to stop. */
export interface HeldOutSplit {
  train: Int32Array
  heldOut: Int32Array
}

export interface TrainingOutcome {
  /** Passes made. */
  epochs: number
  /** Whether it ended because nothing got better, not because the passes were used up. */
  converged: boolean
  /** Mean loss on the held-out examples of the parameters kept; on those of the last pass where none are held out. */
  loss: number
}

/** Milliseconds of work between two chances for others. */
const patience = 60

/** Examples whose loss is measured at once. */
const measured = 4096

/**
 * Takes whole sentences out of training, drawn by the seed: at least one where there are two.
 * @param sentences of every example
 */
export function holdOut(sentences: Int32Array, share: number, seed: number): HeldOutSplit {
  const examples = Int32Array.from(sentences, (_, i) => i)
  const order = [...new Set(sentences)]
  if (share === 0 || order.length < 2) return { train: examples, heldOut: new Int32Array(0) }
  shuffle(order, seededRandom(seed))
  const taken = new Set(order.slice(0, Math.min(order.length - 1, Math.max(1, Math.round(share * order.length)))))
  return {
    train: examples.filter((i) => !taken.has(sentences[i]!)),
    heldOut: examples.filter((i) => taken.has(sentences[i]!))
  }
}

/**
 * Adam over shuffled minibatches with early stopping: the parameters of the pass with the lowest held-out loss are
 * kept. Where nothing is held out, all passes are made and the last parameters kept. The same seed makes the same
 * steps.
 */
export async function trainByAdam(
  model: Trainable,
  { train, heldOut }: HeldOutSplit,
  options: TrainingOptions,
  seed: number,
  job: JobHandle,
  onProgress: (share: number) => void
): Promise<TrainingOutcome> {
  const random = seededRandom(seed)
  const optimiser = new Adam(model.parameters, options.weightDecay)
  const order = train.slice()
  const pause = pauses(job)
  let best: Float32Array[] = []
  let outcome: TrainingOutcome = { epochs: 0, converged: false, loss: Number.POSITIVE_INFINITY }
  let learningRate = options.learningRate
  let stale = 0
  for (let epoch = 1; epoch <= options.epochs && stale < options.patience; epoch++) {
    shuffle(order, random)
    let sum = 0
    for (let from = 0; from < order.length; from += options.batch) {
      const examples = order.subarray(from, from + options.batch)
      const { loss, gradients } = model.gradients(examples, random)
      optimiser.step(gradients, learningRate)
      sum += loss * examples.length
      onProgress((epoch - 1 + from / order.length) / options.epochs)
      await pause()
    }
    if (heldOut.length === 0) {
      outcome = { epochs: epoch, converged: true, loss: sum / order.length }
      continue
    }
    const loss = await meanLoss(model, heldOut, options.batch, pause)
    if (loss < outcome.loss) {
      best = model.parameters.map((values) => values.slice())
      stale = 0
      outcome = { ...outcome, loss }
    } else {
      stale++
      learningRate *= options.annealing
    }
    outcome = { ...outcome, epochs: epoch, converged: stale >= options.patience }
  }
  best.forEach((kept, p) => model.parameters[p]!.set(kept))
  onProgress(1)
  return outcome
}

async function meanLoss(
  model: Trainable,
  examples: Int32Array,
  batch: number,
  pause: () => Promise<void>
): Promise<number> {
  const step = Math.max(batch, Math.min(measured, 16 * batch))
  let sum = 0
  for (let from = 0; from < examples.length; from += step) {
    const some = examples.subarray(from, from + step)
    sum += model.loss(some) * some.length
    await pause()
  }
  return sum / examples.length
}

/** Yields once enough time has passed since it last did. */
function pauses(job: JobHandle): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < patience) return
    await job.yield()
    last = performance.now()
  }
}
