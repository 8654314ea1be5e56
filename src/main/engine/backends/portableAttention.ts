import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { AttentionInput, AttentionOutput } from './kernels'

/** Large enough that exp underflows to 0 in float32, small enough to stay finite when scores are added. */
const masked = -1e30

/**
 * Scores of a sequence held at a time if the map is not wanted: longer ones are computed head by head, in blocks of
 * queries.
 */
const scoresAtOnce = 2 ** 20

/** Scaled dot-product attention (Vaswani et al. 2017, eq. 1) from plain TensorFlow.js operations. */
export function portableAttention(input: AttentionInput): AttentionOutput {
  const { lengths, tokens } = input
  if (!lengths || lengths.every((length) => length === tokens)) return paddedAttention(input)
  const places = paddedPlaces(lengths, tokens)
  const [result, pattern] = tf.tidy(() => {
    const mask = tf.tensor4d(places.mask, [lengths.length, 1, 1, tokens])
    const bias = input.bias ? (tf.add(input.bias, mask) as Tensor4D) : mask
    const qkv = tf.gather(input.qkv, tf.tensor1d(places.rowOfPlace, 'int32'))
    const padded = paddedAttention({ ...input, qkv, bias })
    const rows = tf.gather(padded.result, tf.tensor1d(places.placeOfRow, 'int32'))
    if (!padded.pattern) return [rows]
    // Rows of padding queries hold weights too; only those of real tokens are returned.
    const real = tf.tensor4d(places.real, [lengths.length, 1, tokens, 1])
    return [rows, tf.mul(padded.pattern, real)]
  }) as [Tensor2D, Tensor4D?]
  return { result, pattern: pattern ?? null }
}

/** How rows without padding and [sequences, tokens] places correspond. Places of padding read row 0 and are masked. */
function paddedPlaces(
  lengths: readonly number[],
  tokens: number
): { rowOfPlace: Int32Array; placeOfRow: Int32Array; mask: Float32Array; real: Float32Array } {
  const places = lengths.length * tokens
  const rowOfPlace = new Int32Array(places)
  const mask = new Float32Array(places).fill(masked)
  const real = new Float32Array(places)
  const placeOfRow: number[] = []
  lengths.forEach((length, sequence) => {
    for (let t = 0; t < length; t++) {
      const place = sequence * tokens + t
      rowOfPlace[place] = placeOfRow.length
      mask[place] = 0
      real[place] = 1
      placeOfRow.push(place)
    }
  })
  return { rowOfPlace, placeOfRow: Int32Array.from(placeOfRow), mask, real }
}

function paddedAttention(input: AttentionInput): AttentionOutput {
  const { qkv, batch, tokens, heads, keyValueHeads = heads, wantPattern } = input
  const headWidth = qkv.shape[1] / (heads + 2 * keyValueHeads)
  const [result, pattern] = tf.tidy(() => {
    const counts = [heads, keyValueHeads, keyValueHeads]
    // (B T, (H + 2 Hkv) dHead) -> (B, T, H, dHead), 2 x (B, T, Hkv, dHead). Split first: wasm transposes four
    // dimensions 100 times faster than five.
    const [q, k, v] = tf
      .split(
        qkv,
        counts.map((count) => count * headWidth),
        1
      )
      .map((part, i) => everyHead(tf.reshape(part, [batch * tokens, counts[i]!, headWidth]), heads))
      .map((part) => tf.reshape(part, [batch, tokens, heads, headWidth])) as [Tensor4D, Tensor4D, Tensor4D]
    const queries = tf.transpose(q, [0, 2, 1, 3])
    // (B, H, dHead, T)
    const keys = tf.transpose(k, [0, 2, 3, 1])
    const values = tf.transpose(v, [0, 2, 1, 3])
    const all: Heads = { queries, keys, values, bias: input.bias, sinks: input.sinks ?? null }
    const { mixed, weights } =
      wantPattern || heads * tokens ** 2 <= scoresAtOnce
        ? queryBlock(input, all, 0, tokens)
        : { mixed: headByHead(input, all), weights: null }
    // (B, H, T, dHead) -> (B T, H dHead)
    const rowsOut = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * tokens, heads * headWidth])
    return wantPattern ? [rowsOut, weights!] : [rowsOut]
  }) as [Tensor2D, Tensor4D?]
  return { result, pattern: pattern ?? null }
}

/**
 * Some sequences' heads: queries and values (B, H, T, dHead), keys (B, H, dHead, T), and what is added to their scores.
 */
interface Heads {
  queries: Tensor4D
  keys: Tensor4D
  values: Tensor4D
  bias: Tensor4D | null
  /** (H) */
  sinks: Tensor1D | null
}

/**
 * Every head by itself, a block of queries at a time: (B, H, T, dHead). wasm multiplies single matrices several times
 * faster than batches of them.
 */
function headByHead(input: AttentionInput, { queries, keys, values, bias, sinks }: Heads): Tensor4D {
  const [batch, heads, tokens, headWidth] = queries.shape
  const rows = Math.max(1, Math.floor(scoresAtOnce / tokens))
  const mixed: Tensor[] = []
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      mixed.push(
        tf.tidy(() => {
          const one = (x: Tensor4D): Tensor4D => tf.slice(x, [b, h, 0, 0], [1, 1, -1, -1])
          const headBias =
            bias && tf.slice(bias, [bias.shape[0] === 1 ? 0 : b, bias.shape[1] === 1 ? 0 : h, 0, 0], [1, 1, -1, -1])
          const sink = sinks && tf.slice(sinks, h, 1)
          const head = { queries: one(queries), keys: one(keys), values: one(values), bias: headBias, sinks: sink }
          const parts: Tensor4D[] = []
          for (let first = 0; first < tokens; first += rows)
            parts.push(tf.tidy(() => queryBlock(input, head, first, Math.min(rows, tokens - first)).mixed))
          return parts.length === 1 ? parts[0]! : tf.concat(parts, 2)
        })
      )
    }
  }
  return tf.reshape(tf.concat(mixed, 1), [batch, heads, tokens, headWidth])
}

/** The queries [first, first + count) of every head: their outputs, and their rows of the map. */
function queryBlock(
  input: AttentionInput,
  { queries, keys, values, bias, sinks }: Heads,
  first: number,
  count: number
): { mixed: Tensor4D; weights: Tensor4D } {
  const { scale, scoreCap, causal = false, window = null } = input
  const [batch, heads, tokens, headWidth] = queries.shape
  const whole = count === tokens
  // Keys out of reach of all of these queries are skipped.
  const from = whole || window === null ? 0 : Math.max(0, first - window + 1)
  const to = whole
    ? tokens
    : causal
      ? first + count
      : window === null
        ? tokens
        : Math.min(tokens, first + count - 1 + window)
  const all = from === 0 && to === tokens
  const q = whole ? queries : tf.slice(queries, [0, 0, first, 0], [batch, heads, count, headWidth])
  const k = all ? keys : tf.slice(keys, [0, 0, 0, from], [batch, heads, headWidth, to - from])
  const v = all ? values : tf.slice(values, [0, 0, from, 0], [batch, heads, to - from, headWidth])
  // (B, H, count, dHead) x (B, H, dHead, keys) -> (B, H, count, keys)
  const product = tf.matMul(q, k)
  let scores: Tensor = scoreCap ? tf.mul(tf.tanh(tf.mul(product, scale / scoreCap)), scoreCap) : tf.mul(product, scale)
  if (bias) scores = tf.add(scores, partOfBias(bias, first, count, from, to))
  if (causal || window !== null)
    scores = tf.add(scores, placesMasked(causal, window ?? Infinity, first, count, from, to))
  const weights = sinks ? softmaxWithSinks(scores, sinks) : (tf.softmax(scores) as Tensor4D)
  return { mixed: tf.matMul(weights, v) as Tensor4D, weights }
}

/** softmax over the scores (B, H, count, keys) and one more for each head (H), which is dropped. */
function softmaxWithSinks(scores: Tensor, sinks: Tensor1D): Tensor4D {
  const [batch, heads, count, keys] = scores.shape as [number, number, number, number]
  const more = tf.broadcastTo(tf.reshape(sinks, [1, heads, 1, 1]), [batch, heads, count, 1])
  return tf.slice(tf.softmax(tf.concat([scores, more], 3)), [0, 0, 0, 0], [batch, heads, count, keys]) as Tensor4D
}

/** (R, Hkv, dHead) -> (R, H, dHead): consecutive query heads share a head of keys and values. */
function everyHead(x: Tensor, heads: number): Tensor {
  const [rows, count, headWidth] = x.shape as [number, number, number]
  if (count === heads) return x
  return tf.reshape(tf.tile(tf.reshape(x, [rows, count, 1, headWidth]), [1, 1, heads / count, 1]), [
    rows,
    heads,
    headWidth
  ])
}

function partOfBias(bias: Tensor4D, first: number, count: number, from: number, to: number): Tensor4D {
  const [batch, heads, queries, keys] = bias.shape
  const rows = queries === 1 ? [0, 1] : [first, count]
  const columns = keys === 1 ? [0, 1] : [from, to - from]
  if (rows[1] === queries && columns[1] === keys) return bias
  return tf.slice(bias, [0, 0, rows[0]!, columns[0]!], [batch, heads, rows[1]!, columns[1]!])
}

/** (1, 1, count, to - from): what keeps a query from keys after it and from keys too far away. */
function placesMasked(
  causal: boolean,
  window: number,
  first: number,
  count: number,
  from: number,
  to: number
): Tensor4D {
  const values = new Float32Array(count * (to - from))
  for (let q = 0, i = 0; q < count; q++) {
    for (let k = from; k < to; k++, i++) {
      const distance = first + q - k
      if ((causal && distance < 0) || distance >= window || -distance >= window) values[i] = masked
    }
  }
  return tf.tensor4d(values, [1, 1, count, to - from])
}
