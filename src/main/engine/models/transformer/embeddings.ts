import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import type { Kernels } from '../../backends/kernels'
import { placesOf, shapeOf, zeroPadding, type TokenBatch } from './batch'
import type { PositionTable, TransformerConfig } from './config'
import { shifted } from './mixers/tokenShift'
import { normalise } from './norms'
import type { TransformerWeights } from './weights'
import type { TokenTable } from './weightSource'

/** Rows of the token embeddings, before anything is done to them: (R, W). */
export function tokenVectors({ tokenEmbedding }: TransformerWeights, ids: Int32Array): Tensor2D {
  return tf.tidy(() => rowsOf(tokenEmbedding, ids))
}

/**
 * Token, position and segment rows added up, then normed and projected where the config says so: (R, W).
 * @param tokens in place of the rows of the token embeddings
 */
export function embed(
  kernels: Kernels,
  config: TransformerConfig,
  weights: TransformerWeights,
  input: TokenBatch,
  tokens?: Tensor2D
): Tensor2D {
  checkIds(input.ids, config.vocabulary)
  const project = (x: Tensor2D): Tensor2D =>
    kernels.dense(x, weights.embeddingProjection!.weight, weights.embeddingProjection!.bias, 'none')
  return tf.tidy(() => {
    let sum = tokens ?? rowsOf(weights.tokenEmbedding, input.ids)
    if (config.embeddingScale !== 1) sum = tf.mul(sum, config.embeddingScale)
    if (config.maskDropout) sum = tf.mul(sum, keptShares(config.maskDropout, input))
    if (config.embeddingNeighbours) sum = withNeighbours(sum, input)
    if (config.embeddingProjection === 'token') sum = project(sum)
    if (config.positions)
      sum = tf.add(
        sum,
        tf.gather(weights.positionEmbedding!, tf.tensor1d(positionRows(config.positions, input), 'int32'))
      )
    sum = addSegments(sum, config, weights, input)
    sum = addMarks(sum, config, weights, input)
    if (config.embeddingNorm) {
      const normEpsilon = config.embeddingNormEpsilon ?? config.normEpsilon
      sum = normalise(kernels, { norm: config.norm, normEpsilon }, weights.embeddingNorm!, sum)
    }
    if (config.embeddingProjection === 'sum') sum = project(sum)
    const done = config.padding.zeroed === 'no' ? sum : zeroPadding(sum, input)
    return done === tokens ? tf.clone(done) : done
  })
}

/** The rows of a table that is in pieces: (ids, W). */
export function rowsOf(pieces: readonly TokenTable[], ids: Int32Array): Tensor2D {
  if (pieces.length === 1) return rowsOfPiece(pieces[0]!, ids)
  const parts: Tensor2D[] = []
  // Place of every row among those of all parts.
  const places = new Int32Array(ids.length)
  let first = 0
  let placed = 0
  for (const piece of pieces) {
    const end = first + piece.shape[0]
    const rows: number[] = []
    for (const [i, id] of ids.entries()) {
      if (id < first || id >= end) continue
      places[i] = placed + rows.length
      rows.push(id - first)
    }
    if (rows.length) parts.push(rowsOfPiece(piece, rows))
    placed += rows.length
    first = end
  }
  return tf.gather(tf.concat(parts, 0), tf.tensor1d(places, 'int32'))
}

/** Rows of the next token, the token and the previous one side by side, 0 where there is none: (R, E) -> (R, 3 E). */
function withNeighbours(rows: Tensor2D, input: TokenBatch): Tensor2D {
  const shape = shapeOf(input)
  return tf.concat([shifted(rows, shape, -1), rows, shifted(rows, shape)], 1)
}

function rowsOfPiece(piece: TokenTable, rows: Int32Array | number[]): Tensor2D {
  const chosen = tf.tensor1d(rows, 'int32')
  return piece instanceof tf.Tensor ? tf.gather(piece, chosen) : piece.take(chosen)
}

/** The factor of every row, (R, 1): 0 for a token that stands for a missing one. */
function keptShares({ maskId, trained }: { maskId: number; trained: number }, input: TokenBatch): Tensor2D {
  const factors = new Float32Array(input.ids.length)
  let first = 0
  for (const length of input.lengths) {
    const ids = input.ids.subarray(first, first + length)
    const missing = ids.reduce((count, id) => count + Number(id === maskId), 0)
    const attended = input.mask ? input.mask.subarray(first, first + length).reduce((sum, one) => sum + one, 0) : length
    const factor = (1 - trained) / (1 - missing / attended)
    for (const [i, id] of ids.entries()) factors[first + i] = id === maskId ? 0 : factor
    first += length
  }
  return tf.tensor2d(factors, [factors.length, 1])
}

function addSegments(
  sum: Tensor2D,
  { relative }: TransformerConfig,
  { segmentEmbedding }: TransformerWeights,
  { segments }: TokenBatch
): Tensor2D {
  if (segmentEmbedding) {
    const rows = segments
      ? tf.gather(segmentEmbedding, tf.tensor1d(segments, 'int32'))
      : tf.slice(segmentEmbedding, [0, 0], [1, segmentEmbedding.shape[1]])
    return tf.add(sum, rows)
  }
  if (segments?.some((segment) => segment !== 0) && relative?.kind !== 'transformerXl') {
    throw new UserError('This model has no embeddings for a second sentence; its input must be one segment.')
  }
  return sum
}

/** Tasks and languages: without a word about them the first task, and no language. */
function addMarks(
  sum: Tensor2D,
  { taskTypes }: TransformerConfig,
  { markEmbedding }: TransformerWeights,
  { marks }: TokenBatch
): Tensor2D {
  if (!markEmbedding) return sum
  if (!marks) return taskTypes ? tf.add(sum, tf.slice(markEmbedding, [0, 0], [1, -1])) : sum
  const wrong = marks.find((mark) => mark < 0 || mark >= markEmbedding.shape[0])
  if (wrong !== undefined)
    throw new UserError(`The input names the language or task ${wrong}; the model has ${markEmbedding.shape[0]}.`)
  return tf.add(sum, tf.gather(markEmbedding, tf.tensor1d(marks, 'int32')))
}

/** Row of the position table for every token. */
function positionRows(table: PositionTable, input: TokenBatch): Int32Array {
  const rows = table.count === 'place' ? placesOf(input).map((place) => place + table.first) : countedRows(table, input)
  const last = rows.reduce((largest, row) => Math.max(largest, row), 0)
  if (last >= table.rows)
    throw new UserError(
      `An input needs position ${last + 1 - table.first}, but the model has ${table.rows - table.first}; ` +
        'make the input shorter.'
    )
  return rows
}

function countedRows({ count, first, paddingId }: PositionTable, { lengths, ids, mask }: TokenBatch): Int32Array {
  const rows = new Int32Array(ids.length)
  let row = 0
  for (const length of lengths) {
    let counted = 0
    for (let t = 0; t < length; t++, row++) {
      const counts = count === 'attended' ? !mask || mask[row] === 1 : ids[row] !== paddingId
      rows[row] = counts ? first + counted++ : first - 1
    }
  }
  return rows
}

export function checkIds(ids: Int32Array, vocabulary: number): void {
  const wrong = ids.find((id) => id < 0 || id >= vocabulary)
  if (wrong !== undefined)
    throw new UserError(
      `The input has the token id ${wrong}, but the model's vocabulary has ${vocabulary} tokens (0 to ` +
        `${vocabulary - 1}). The tokenizer does not match the model.`
    )
}
