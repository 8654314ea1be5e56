import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Activation, AttentionInput, AttentionOutput, Kernels, PackedWeight, RowSpans } from './kernels'

const activations: Record<Activation, (x: Tensor) => Tensor> = {
  none: (x) => x,
  // x * (1 + erf(x / sqrt 2)) / 2 (Hendrycks & Gimpel 2016)
  gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(erf(tf.mul(x, Math.SQRT1_2)), 1)),
  geluTanh: (x) => {
    const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1))
  },
  relu: (x) => tf.relu(x),
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  tanh: (x) => tf.tanh(x)
}

/** Numerator and denominator of erf(x) / x in x squared, highest power first; the fit of resources/native/vector.h. */
const erfNumerator = [1.98679511e-6, 2.84565763e-4, 3.88331227e-3, 5.31016444e-2, 1.93544241e-1, 1.12837914]
const erfDenominator = [3.74203026e-5, 1.18556465e-3, 1.52071851e-2, 1.15349668e-1, 5.04856674e-1, 1]

function erf(x: Tensor): Tensor {
  // wasm computes its erf number by number; sums and products of whole arrays, in vectors, are three times as fast for the same 4e-7.
  if (tf.getBackend() !== 'wasm') return tf.erf(x)
  const clipped = tf.clipByValue(x, -4, 4)
  const square = tf.square(clipped)
  const horner = ([first, ...rest]: readonly number[]): Tensor =>
    rest.reduce<Tensor>((sum, coefficient) => tf.add(tf.mul(sum, square), coefficient), tf.scalar(first!))
  return tf.clipByValue(tf.div(tf.mul(clipped, horner(erfNumerator)), horner(erfDenominator)), -1, 1)
}

/**
 * From plain TensorFlow.js ops, right on every backend. No fused op and no transposed operand of a fused op is used: wasm's
 * `fused.matMul` with `transposeB` and a bias is wrong in 4.22, and its transposed products are slow.
 */
export const portableKernels: Kernels = {
  pack(weight) {
    const tensor = tf.keep(tf.clone(weight))
    const [inputs, outputs] = weight.shape
    return { tensor, inputs, outputs, dispose: () => tensor.dispose() }
  },
  // wasm copies into its own memory at once; cpu computes on the array, and TensorFlow on a GPU copies when it first computes.
  packCopies: () => tf.getBackend() === 'wasm',
  embed: (parts, norm, epsilon) =>
    tf.tidy(() => {
      const gathered = parts.map(({ table, rows }) => tf.gather(table, tf.tensor1d(rows, 'int32')))
      const sum = gathered.reduce((total, part) => tf.add(total, part))
      return norm ? normalise(sum, norm.gamma, norm.beta, epsilon) : sum
    }),
  dense,
  layerNorm: (x, gamma, beta, epsilon) => tf.tidy(() => normalise(x, gamma, beta, epsilon)),
  addLayerNorm: (x, residual, gamma, beta, epsilon) => tf.tidy(() => normalise(tf.add(x, residual), gamma, beta, epsilon)),
  denseAddLayerNorm: (x, { weight, bias }, residual, { gamma, beta }, epsilon) =>
    tf.tidy(() => normalise(tf.add(dense(x, weight, bias, 'none'), residual), gamma, beta, epsilon)),
  feedForward: (x, up, activation, down, { gamma, beta }, epsilon) =>
    tf.tidy(() => {
      const middle = dense(x, up.weight, up.bias, activation)
      return normalise(tf.add(dense(middle, down.weight, down.bias, 'none'), x), gamma, beta, epsilon)
    }),
  attention,
  attentionSublayer({ x, qkv, out, norm, epsilon, ...rest }) {
    const [result, pattern] = tf.tidy(() => {
      const mixed = attention({ ...rest, qkv: dense(x, qkv.weight, qkv.bias, 'none') })
      const output = normalise(tf.add(dense(mixed.result, out.weight, out.bias, 'none'), x), norm.gamma, norm.beta, epsilon)
      return mixed.pattern ? [output, mixed.pattern] : [output]
    }) as [Tensor2D, Tensor4D?]
    return { result, pattern: pattern ?? null }
  },
  poolRows(hidden, spans, target) {
    poolArray(hidden.dataSync<'float32'>(), hidden.shape[1], spans, target)
  }
}

function poolArray(rows: Float32Array, width: number, { starts, counts, targets }: RowSpans, target: Float32Array): void {
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i]! * width
    const count = counts[i]!
    const out = targets[i]! * width
    target.set(rows.subarray(start, start + width), out)
    if (count === 1) continue
    for (let r = 1; r < count; r++) for (let c = 0; c < width; c++) target[out + c]! += rows[start + r * width + c]!
    for (let c = 0; c < width; c++) target[out + c]! /= count
  }
}

function dense(x: Tensor2D, weight: Tensor2D | PackedWeight, bias: Tensor1D | null, activation: Activation): Tensor2D {
  return tf.tidy(() => {
    const product = tf.matMul(x, 'tensor' in weight ? weight.tensor as Tensor2D : weight)
    return activations[activation](bias ? tf.add(product, bias) : product) as Tensor2D
  })
}

function normalise(x: Tensor2D, gamma: Tensor1D, beta: Tensor1D, epsilon: number): Tensor2D {
  const centred = tf.sub(x, tf.mean(x, 1, true))
  const variance = tf.mean(tf.square(centred), 1, true)
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), gamma), beta)
}

function attention(input: AttentionInput): AttentionOutput {
  const { lengths, tokens } = input
  if (!lengths || lengths.every((length) => length === tokens)) return paddedAttention(input)
  const places = paddedPlaces(lengths, tokens)
  const [result, pattern] = tf.tidy(() => {
    const mask = tf.tensor4d(places.mask, [lengths.length, 1, 1, tokens])
    const bias = input.bias ? tf.add(input.bias, mask) as Tensor4D : mask
    const qkv = tf.gather(input.qkv, tf.tensor1d(places.rowOfPlace, 'int32'))
    const padded = paddedAttention({ ...input, qkv, bias })
    const rows = tf.gather(padded.result, tf.tensor1d(places.placeOfRow, 'int32'))
    if (!padded.pattern) return [rows]
    // Rows of padding queries are weights too; only those of real tokens are part of the answer.
    const real = tf.tensor4d(places.real, [lengths.length, 1, tokens, 1])
    return [rows, tf.mul(padded.pattern, real)]
  }) as [Tensor2D, Tensor4D?]
  return { result, pattern: pattern ?? null }
}

/** Large enough that exp underflows to 0 in float32, small enough to stay finite when scores are added. */
const masked = -1e9

/** How rows without padding and [sequences, tokens] places correspond. Places of padding read row 0 and are masked. */
function paddedPlaces(lengths: readonly number[], tokens: number): { rowOfPlace: Int32Array; placeOfRow: Int32Array; mask: Float32Array; real: Float32Array } {
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

function paddedAttention({ qkv, batch, tokens, heads, scale, bias, wantPattern }: AttentionInput): AttentionOutput {
  const width = qkv.shape[1] / 3
  const [result, pattern] = tf.tidy(() => {
    // (B T, 3 heads dHead) -> 3 x (B, T, heads, dHead). Split first: wasm transposes four dimensions 100 times faster than five.
    const [q, k, v] = tf.split(qkv, 3, 1).map((part) => tf.reshape(part, [batch, tokens, heads, width / heads])) as [Tensor4D, Tensor4D, Tensor4D]
    const byHead = (x: Tensor4D): Tensor4D => tf.transpose(x, [0, 2, 1, 3])
    // (B, heads, T, dHead) x (B, heads, dHead, T) -> (B, heads, T, T)
    const scores = tf.mul(tf.matMul(byHead(q), tf.transpose(k, [0, 2, 3, 1])), scale)
    const weights = tf.softmax(bias ? tf.add(scores, bias) : scores) as Tensor4D
    // (B, heads, T, T) x (B, heads, T, dHead) -> (B, heads, T, dHead) -> (B T, width)
    const mixed = tf.reshape(tf.transpose(tf.matMul(weights, byHead(v)), [0, 2, 1, 3]), [batch * tokens, width]) as Tensor2D
    return wantPattern ? [mixed, weights] : [mixed]
  }) as [Tensor2D, Tensor4D?]
  return { result, pattern: pattern ?? null }
}
