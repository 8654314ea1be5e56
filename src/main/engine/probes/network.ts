import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import type { TrainingOptions } from '@shared/probeMethods'
import { seededRandom, type Random } from '@shared/random'
import type { DenseLayer } from './dense'
import type { TrainingItems } from './method'
import { holdOut, trainByAdam, type Trainable, type TrainingOutcome } from './minibatches'
import { rowsPerStep } from './pace'
import { measureFeatures, standardisedRows, type Standardisation } from './standardise'

export interface NetworkShape {
  /** Sizes of the layers between input and classes. */
  hidden: readonly number[]
  activation: 'relu' | 'none'
  dropout: number
  /** Whether the input is a weighted sum of the layers with learned weights; otherwise it is the only layer. */
  mixes: boolean
}

export interface TrainedNetwork extends TrainingOutcome {
  /** Over the standardised vectors, or their mix. */
  layers: DenseLayer[]
  /** Softmaxed weights and the factor, where it mixes. */
  mix: { weights: number[]; gamma: number } | null
}

/** The training items' vectors as tensors, standardised: one a layer, [rows, width]. */
export class NetworkInput {
  private constructor(readonly layers: readonly Tensor2D[], readonly standardisations: readonly Standardisation[], readonly width: number, readonly rows: number) {}

  /** @param scaling of all features alike, or each by its own deviation */
  static async load({ layers, width, rows }: TrainingItems, scaling: (measured: Standardisation) => Standardisation, job: JobHandle): Promise<NetworkInput> {
    const tensors: Tensor2D[] = []
    const standardisations: Standardisation[] = []
    try {
      for (const values of layers) {
        const data = { values, width, rows }
        const standardisation = scaling(await measureFeatures(data, job))
        const blocks: Tensor2D[] = []
        const step = rowsPerStep(width, 64 * width)
        for (let from = 0; from < rows.length; from += step) {
          blocks.push(standardisedRows(data, standardisation, from, Math.min(rows.length, from + step)))
        }
        tensors.push(blocks.length === 1 ? blocks[0]! : tf.concat(blocks, 0))
        if (blocks.length > 1) tf.dispose(blocks)
        standardisations.push(standardisation)
        await job.yield()
      }
      return new NetworkInput(tensors, standardisations, width, rows.length)
    } catch (error) {
      tf.dispose(tensors)
      throw error
    }
  }

  dispose(): void {
    tf.dispose([...this.layers])
  }
}

/**
 * Softmax classifier over the input, by cross-entropy, Adam and early stopping (minibatches.ts). Weights and biases start as PyTorch's `nn.Linear` does,
 * uniform within 1 / sqrt(inputs); mixing weights start equal and their factor at 1 (Peters et al. 2018, equation 1).
 * @param sentences of every row
 */
export async function trainNetwork(
  input: NetworkInput, labels: Int32Array, sentences: Int32Array, classes: number, shape: NetworkShape, options: TrainingOptions, seed: { split: number; start: number },
  job: JobHandle, onProgress: (share: number) => void
): Promise<TrainedNetwork> {
  const random = seededRandom(seed.start)
  const sizes = [input.width, ...shape.hidden, classes]
  const dense = sizes.slice(1).map((outputs, i) => ({ weight: startingAt([sizes[i]!, outputs], sizes[i]!, random), bias: startingAt([outputs], sizes[i]!, random) }))
  const mixing = shape.mixes ? { scores: tf.variable(tf.zeros([1, input.layers.length])) as Variable, gamma: tf.variable(tf.ones([1])) as Variable } : null
  const variables = [...dense.flatMap(({ weight, bias }) => [weight, bias]), ...(mixing ? [mixing.scores, mixing.gamma] : [])]
  try {
    const model: Trainable = {
      variables,
      loss: (examples, draw) => {
        const indices = tf.tensor1d(examples, 'int32')
        const gold = tf.oneHot(tf.tensor1d(Int32Array.from(examples, (i) => labels[i]!), 'int32'), classes)
        let values = mixing ? mixed(input.layers, indices, mixing) : tf.gather(input.layers[0]!, indices)
        dense.forEach(({ weight, bias }, i) => {
          values = tf.add(tf.matMul(values, weight as Tensor as Tensor2D), bias) as Tensor2D
          if (i === dense.length - 1) return
          if (shape.activation === 'relu') values = tf.relu(values)
          if (draw && shape.dropout > 0) values = tf.mul(values, dropoutMask(values.shape, shape.dropout, draw)) as Tensor2D
        })
        return tf.losses.softmaxCrossEntropy(gold, values) as Scalar
      }
    }
    const outcome = await trainByAdam(model, holdOut(sentences, options.heldOut, seed.split), options, seed.start, job, onProgress)
    return {
      ...outcome,
      layers: dense.map(({ weight, bias }) => ({ weight: Float32Array.from(weight.dataSync<'float32'>()), bias: Float32Array.from(bias.dataSync<'float32'>()) })),
      mix: mixing && { weights: softmaxed(mixing.scores.dataSync<'float32'>()), gamma: mixing.gamma.dataSync<'float32'>()[0]! }
    }
  } finally {
    tf.dispose(variables)
  }
}

function startingAt(shape: number[], inputs: number, random: Random): Variable {
  const bound = 1 / Math.sqrt(inputs)
  const values = Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => bound * (2 * random.next() - 1))
  return tf.tidy(() => tf.variable(tf.tensor(values, shape)))
}

// gamma sum_l s_l h_l, [examples, width]
function mixed(layers: readonly Tensor2D[], indices: Tensor1D, { scores, gamma }: { scores: Variable; gamma: Variable }): Tensor2D {
  const weights = tf.unstack(tf.reshape(tf.softmax(scores as Tensor), [layers.length, 1]), 0)
  const terms = layers.map((layer, l) => tf.mul(tf.gather(layer, indices), weights[l]!))
  return tf.mul(terms.length === 1 ? terms[0]! : tf.addN(terms), gamma as Tensor) as Tensor2D
}

function dropoutMask(shape: readonly number[], share: number, random: Random): Tensor {
  const kept = 1 / (1 - share)
  return tf.tensor(Float32Array.from({ length: shape[0]! * shape[1]! }, () => (random.next() < share ? 0 : kept)), [shape[0]!, shape[1]!])
}

function softmaxed(scores: ArrayLike<number>): number[] {
  const values = Array.from(scores)
  const top = Math.max(...values)
  const powers = values.map((value) => Math.exp(value - top))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}
