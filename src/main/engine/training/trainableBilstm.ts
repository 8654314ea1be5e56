import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { seededRandom, type Random } from '@shared/random'
import { UserError } from '@shared/userError'
import { portableKernels } from '../backends/portableKernels'
import { lstmSteps } from '../backends/portableLstm'
import { elementsOf } from '../checkpoints/checkpoint'
import { torchNames, type Direction } from '../models/recurrent/lstm'
import { bilstmEmbedding, bilstmPrefix, embeddingRange } from '../models/recurrent/systems/bilstm'
import type { TokenBatch } from '../models/transformer/batch'
import type { Dropout } from './dropout'
import type { Mixout } from './mixout'
import { Parameters } from './parameters'
import type { Trainable, TrainablePass } from './trainable'

const directions = ['forward', 'backward'] as const

export interface BilstmSizes {
  /** Rows of the embedding: words, and one for all others. */
  rows: number
  /** Numbers of an embedding. */
  width: number
  /** Numbers of the cell in each direction. */
  hidden: number
}

/** Tensors of the LSTM with their shapes, by PyTorch's names; gates are in the order i, f, g, o. */
export function lstmShapes({ width, hidden }: Omit<BilstmSizes, 'rows'>): Record<string, number[]> {
  return Object.fromEntries(
    directions.flatMap((direction) => {
      const { wi, wh, bi, bh } = torchNames(bilstmPrefix, 0, direction)
      return [
        [wi, [4 * hidden, width]],
        [wh, [4 * hidden, hidden]],
        [bi, [4 * hidden]],
        [bh, [4 * hidden]]
      ] as [string, number[]][]
    })
  )
}

/**
 * A bidirectional LSTM of one layer over word embeddings (Tang et al. 2019, section 3.1), differentiated by
 * TensorFlow.js. Hidden state 0 is the embedding, 1 the two directions side by side.
 */
export class TrainableBilstm implements Trainable {
  readonly parameters = new Parameters()
  dropout: Dropout | null = null
  mixout: Mixout | null = null

  /** Takes a value for the embedding and for each tensor of `lstmShapes`. */
  constructor(values: Readonly<Record<string, { data: Float32Array; shape: number[] }>>) {
    for (const [name, { data, shape }] of Object.entries(values))
      tf.tidy(() => void this.parameters.add(name, tf.tensor(data, shape)))
  }

  run({ ids, mask, lengths }: TokenBatch): TrainablePass {
    const real = Int32Array.from(ids.keys()).filter((row) => mask?.[row] !== 0)
    const counts = lengthsOf(lengths, mask)
    const embedded = tf.gather(
      this.parameters.get(bilstmEmbedding) as unknown as Tensor2D,
      tf.tensor1d(
        real.map((row) => ids[row]!),
        'int32'
      )
    )
    const states = tf.concat(
      directions.map((direction) => this.direction(direction, embedded, counts)),
      1
    ) as Tensor2D
    return {
      hiddenStates: [embedded, states].map((rows) => padded(rows, real, ids.length)),
      logits: () => {
        throw new UserError('A BiLSTM has no language-model head.')
      }
    }
  }

  private direction(direction: Direction, x: Tensor2D, lengths: readonly number[]): Tensor2D {
    const { wi, wh, bi, bh } = torchNames(bilstmPrefix, 0, direction)
    const matrix = (name: string): Tensor2D => tf.transpose(this.parameters.get(name)) as Tensor2D
    const bias = tf.add(this.parameters.get(bi), this.parameters.get(bh)) as Tensor1D
    const recurrent = matrix(wh)
    const [inputs, outputs] = recurrent.shape
    return lstmSteps(portableKernels.dense.bind(portableKernels), {
      gates: portableKernels.dense(x, matrix(wi), bias, 'none'),
      lengths,
      backward: direction === 'backward',
      recurrent: { tensor: recurrent, inputs, outputs, dispose: () => recurrent.dispose() },
      projection: null,
      cellClip: null,
      projectionClip: null
    })
  }

  dispose(): void {
    this.parameters.dispose()
  }
}

/** Tokens of each sequence without its padding. */
function lengthsOf(lengths: readonly number[], mask: TokenBatch['mask']): number[] {
  let first = 0
  return lengths.map((length) => {
    const row = mask?.subarray(first, (first += length))
    return row ? row.reduce((sum, one) => sum + one, 0) : length
  })
}

/** Rows at their places among those of a padded batch; padding is zeros. */
function padded(rows: Tensor2D, real: Int32Array, all: number): Tensor2D {
  if (real.length === all) return rows
  const places = new Int32Array(all).fill(real.length)
  real.forEach((place, row) => (places[place] = row))
  const withZeros = tf.concat([rows, tf.zeros([1, rows.shape[1]])], 0)
  return tf.gather(withZeros, tf.tensor1d(places, 'int32')) as Tensor2D
}

/**
 * Values of a BiLSTM before training: an LSTM as PyTorch draws it, embeddings even within `embeddingRange` but for
 * words that have a vector; all other words have zeros.
 * @param vectorOf a vector of a row; null for none
 */
export function drawnBilstm(
  sizes: BilstmSizes,
  vectorOf: (row: number) => Float32Array | null,
  seed: number
): ConstructorParameters<typeof TrainableBilstm>[0] {
  const random = seededRandom(seed)
  const { rows, width, hidden } = sizes
  const embedding = evenly(rows * width, embeddingRange, random)
  embedding.fill(0, (rows - 1) * width)
  for (let row = 0; row < rows - 1; row++) {
    const vector = vectorOf(row)
    if (vector) embedding.set(vector, row * width)
  }
  return {
    [bilstmEmbedding]: { data: embedding, shape: [rows, width] },
    ...Object.fromEntries(
      Object.entries(lstmShapes(sizes)).map(([name, shape]) => {
        return [name, { data: evenly(elementsOf(shape), 1 / Math.sqrt(hidden), random), shape }]
      })
    )
  }
}

/** Numbers from -bound to bound. */
export function evenly(count: number, bound: number, random: Random): Float32Array {
  return Float32Array.from({ length: count }, () => (2 * random.next() - 1) * bound)
}
