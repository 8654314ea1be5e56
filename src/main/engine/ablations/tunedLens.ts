import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { joinWindows } from '../activations/extract'
import type { Window } from '../activations/windows'
import type { TokenBatch } from '../models/transformer/batch'
import type { TransformerModel } from '../models/transformer/transformerModel'
import { gradientsOf } from '../training/gradients'
import { Optimiser } from '../training/optimisers'
import { scheduleFactor } from '../training/schedules'
import type { TrainableTransformer } from '../training/trainableTransformer'
import { free } from './sentenceEffect'

/** The translators of the layers below the top: x + x A + b. */
export interface Translators {
  /** [layers, width, width] */
  matrices: { shape: number[]; data: Float32Array }
  /** [layers, width] */
  offsets: { shape: number[]; data: Float32Array }
}

export interface TunedLensTraining {
  /** The batch of every update, in their order. */
  batches: readonly TokenBatch[]
  /** Learning rate of the first; it falls to 0 in a line. */
  rate: number
}

/**
 * Trains a tuned lens (Belrose et al. 2023, section 3): for every layer below the top an affine map of its hidden
 * states, after which the head's predictions come nearest to the model's own: the mean over tokens of KL(final || lens)
 * is made smaller by Adam. They start as the identity, which is the logit lens.
 * @param trainable the same checkpoint as `model`, of which only the norm and the head are differentiated
 */
export async function trainTranslators(
  model: TransformerModel,
  trainable: TrainableTransformer,
  { batches, rate }: TunedLensTraining,
  job: JobHandle
): Promise<Translators> {
  const { layers, width } = model.config
  const optimiser = new Optimiser({ kind: 'Adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 })
  const schedule = { kind: 'linear warm-up and decay', warmup_steps: 0, total_steps: batches.length } as const
  const translators = tf.tidy(() =>
    Array.from({ length: layers }, () => ({
      matrix: tf.variable(tf.zeros<tf.Rank.R2>([width, width])),
      offset: tf.variable(tf.zeros<tf.Rank.R1>([width]))
    }))
  )
  try {
    for (const [step, batch] of batches.entries()) {
      job.progress(step, batches.length, 'Training the tuned lens')
      const run = model.run(batch, { hiddenStates: true, attentions: false, logits: true })
      const wanted = tf.softmax(run.logits!)
      try {
        for (const [layer, { matrix, offset }] of translators.entries()) {
          await job.yield()
          const state = run.hiddenStates[layer]!
          const loss = (): Scalar => {
            const scores = trainable.readOut(translated(state, asMatrix(matrix), asVector(offset)), layer)
            // The divergence but for the entropy of the model's own predictions, which is fixed.
            return tf.mean(tf.sub(tf.logSumExp(scores, 1), tf.sum(tf.mul(wanted, scores), 1))) as Scalar
          }
          const variables = new Map<string, Variable>([
            [`matrix ${layer}`, matrix],
            [`offset ${layer}`, offset]
          ])
          const { value, gradients } = gradientsOf(loss, variables)
          for (const [name, variable] of variables)
            optimiser.update(name, variable, gradients[name]!, rate * scheduleFactor(schedule, step), 0)
          tf.dispose([value, ...Object.values(gradients)])
        }
      } finally {
        free(run)
        wanted.dispose()
      }
    }
    const data = (of: (translator: (typeof translators)[number]) => Variable): Float32Array =>
      tf.tidy(() => tf.stack(translators.map(of)).dataSync<'float32'>())
    return {
      matrices: { shape: [layers, width, width], data: data(({ matrix }) => matrix) },
      offsets: { shape: [layers, width], data: data(({ offset }) => offset) }
    }
  } finally {
    tf.dispose(translators.flatMap(({ matrix, offset }) => [matrix, offset]))
    optimiser.dispose()
  }
}

function translated(state: Tensor2D, matrix: Tensor2D, offset: Tensor1D): Tensor2D {
  return tf.add(tf.add(state, tf.matMul(state, matrix)), offset)
}
const asMatrix = (variable: Variable): Tensor2D => variable as unknown as Tensor2D
const asVector = (variable: Variable): Tensor1D => variable as unknown as Tensor1D

/** Translates the state of a layer below the top; the caller disposes of what it gives. */
export function translatorOf({ matrices, offsets }: Translators): (state: Tensor2D, layer: number) => Tensor2D {
  const [, width] = offsets.shape as [number, number]
  const part = (data: Float32Array, layer: number, size: number): Float32Array =>
    data.subarray(layer * size, (layer + 1) * size)
  return (state, layer) =>
    tf.tidy(() =>
      translated(
        state,
        tf.tensor2d(part(matrices.data, layer, width * width), [width, width]),
        tf.tensor1d(part(offsets.data, layer, width))
      )
    )
}

/**
 * Mean over tokens of the divergence of each layer's prediction from the top layer's, in nats: [layers] by the logit
 * lens, and by a tuned one.
 */
export async function lensDivergences(
  model: TransformerModel,
  translators: Translators,
  batches: readonly TokenBatch[],
  job: JobHandle
): Promise<{ logit: number[]; tuned: number[] }> {
  const { layers } = model.config
  const translate = translatorOf(translators)
  const [logit, tuned] = [new Array<number>(layers).fill(0), new Array<number>(layers).fill(0)]
  let tokens = 0
  for (const batch of batches) {
    const run = model.run(batch, { hiddenStates: true, attentions: false, logits: true })
    const final = tf.logSoftmax(run.logits!)
    try {
      tokens += batch.ids.length
      for (let layer = 0; layer < layers; layer++) {
        await job.yield()
        const state = run.hiddenStates[layer]!
        const read = translate(state, layer)
        logit[layer]! += divergence(final, model.readOut(state, layer))
        tuned[layer]! += divergence(final, model.readOut(read, layer))
        read.dispose()
      }
    } finally {
      free(run)
      final.dispose()
    }
  }
  return { logit: logit.map((sum) => sum / tokens), tuned: tuned.map((sum) => sum / tokens) }
}

/** The sum over rows of KL(final || scores); the scores are disposed of. */
function divergence(final: Tensor2D, scores: Tensor2D): number {
  const sum = tf.tidy(() => tf.sum(tf.mul(tf.exp(final), tf.sub(final, tf.logSoftmax(scores)))).dataSync()[0]!)
  scores.dispose()
  return sum
}

/** Windows side by side, about as many tokens as wanted and at least one window each. */
export function batchesOfTokens(windows: readonly Window[], tokens: number): TokenBatch[] {
  const batches: Window[][] = []
  let held = Infinity
  for (const window of windows) {
    if (held + window.ids.length > tokens) {
      batches.push([])
      held = 0
    }
    batches.at(-1)!.push(window)
    held += window.ids.length
  }
  return batches.map(joinWindows)
}
