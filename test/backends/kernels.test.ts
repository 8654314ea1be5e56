import * as tf from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { BackendName } from '@shared/backend'
import { activeKernels } from '../../src/main/engine/backends/activeKernels'
import type { Activation, Kernels } from '../../src/main/engine/backends/kernels'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { portableKernels } from '../../src/main/engine/backends/portableKernels'
import { nativeState } from '../../src/main/engine/backends/provision/provision'
import * as reference from './reference'
import type { Matrix } from './reference'

const native = nativeState()
if (native.state !== 'ready') console.warn(`The native backend is left out of this run: ${native.reason}`)

/**
 * Every implementation on every backend that is here. Plain JavaScript sums in float64 and rounds, so it has the same
 * tolerance.
 */
const subjects: [string, BackendName, () => Kernels][] = [
  ...(native.state === 'ready'
    ? ([
        ['own kernels on native TensorFlow', 'tensorflow', activeKernels],
        ['plain ops on native TensorFlow', 'tensorflow', () => portableKernels]
      ] satisfies [string, BackendName, () => Kernels][])
    : []),
  ['plain ops on wasm', 'wasm', activeKernels],
  ['plain ops on plain JavaScript', 'cpu', activeKernels]
]

// Float32 sums of up to 1536 products of numbers around 1: rounding alone is some 1e-6 of the result's size.
const relative = 3e-6

/**
 * Rows around a register tile (8), around a row block (48), more than one; inputs past one block (384); outputs that
 * fill no panel (32).
 */
const shapes: [number, number, number][] = [
  [1, 1, 1],
  [1, 384, 384],
  [7, 16, 16],
  [8, 33, 31],
  [9, 64, 33],
  [47, 5, 100],
  [48, 384, 64],
  [49, 385, 65],
  [200, 400, 96],
  [333, 1536, 40]
]

describe.each(subjects)('%s', (_, backend, choose) => {
  let kernels: Kernels
  let tensorsBefore = 0
  let random: () => number

  beforeAll(async () => {
    const report = await pickBackend({ prefer: backend })
    expect(report.name).toBe(backend)
    kernels = choose()
  })

  beforeEach(() => {
    random = reference.numbers(7)
    tensorsBefore = tf.memory().numTensors
  })

  afterEach(() => {
    // Kernels leave behind only what they return.
    expect(tf.memory().numTensors).toBe(tensorsBefore)
  })

  const draw = (rows: number, columns: number, size = 1): Matrix =>
    reference.matrix(rows, columns, () => Math.fround(random() * size))
  const tensor = (m: Matrix): tf.Tensor2D => tf.tensor2d(Float32Array.from(m.data), [m.rows, m.columns])
  const vector = (m: Matrix): tf.Tensor1D => tf.tensor1d(Float32Array.from(m.data))

  function expectClose(ours: tf.Tensor, theirs: Float64Array, tolerance = relative): void {
    const values = ours.dataSync()
    expect(values.length).toBe(theirs.length)
    let worst = 0
    let size = 1
    for (let i = 0; i < values.length; i++) {
      // NaN compares as false: it must count as the worst there is.
      const difference = Math.abs(values[i]! - theirs[i]!)
      worst = difference >= 0 ? Math.max(worst, difference) : Infinity
      size = Math.max(size, Math.abs(theirs[i]!))
    }
    expect(worst / size).toBeLessThan(tolerance)
  }

  test.each(shapes)('dense: %i rows, %i inputs, %i outputs', (rows, inputs, outputs) => {
    const x = draw(rows, inputs)
    const weight = draw(inputs, outputs)
    const bias = draw(1, outputs)
    const theirs = reference.dense(x, weight, bias, 'gelu')
    tf.tidy(() => {
      const w = tensor(weight)
      expectClose(kernels.dense(tensor(x), w, vector(bias), 'gelu'), theirs.data)
      const packed = kernels.pack(w)
      expect([packed.inputs, packed.outputs]).toEqual([inputs, outputs])
      expectClose(kernels.dense(tensor(x), packed, vector(bias), 'gelu'), theirs.data)
      expectClose(kernels.dense(tensor(x), packed, null, 'none'), reference.multiply(x, weight).data)
      packed.dispose()
    })
  })

  test.each(Object.keys(reference.activations) as Activation[])('activation: %s, from -12 to 12', (activation) => {
    const x = reference.matrix(1, 4001, (_row, i) => Math.fround((i - 2000) * 0.006))
    const theirs = Float64Array.from(x.data, reference.activations[activation])
    // A product with 1 leaves x as it is: what is measured is the activation alone, absolute.
    tf.tidy(() => {
      const column = tf.tensor2d(Float32Array.from(x.data), [4001, 1])
      const ours = Array.from(kernels.dense(column, tf.tensor2d([[1]]), null, activation).dataSync())
      const worst = ours.reduce((largest, value, i) => Math.max(largest, Math.abs(value - theirs[i]!)), 0)
      expect(worst).toBeLessThan(2e-6)
    })
  })

  test('embeddings: three tables, summed and normalised', () => {
    const width = 37
    const tables = [draw(50, width), draw(20, width), draw(2, width)]
    const rows = tables.map((table) =>
      Int32Array.from({ length: 150 }, () => Math.floor(((random() + 1) / 2) * table.rows))
    )
    const sum = reference.matrix(150, width, (r, c) =>
      tables.reduce((total, table, t) => total + table.data[rows[t]![r]! * width + c]!, 0)
    )
    const [gamma, beta] = [draw(1, width), draw(1, width)]
    tf.tidy(() => {
      const parts = tables.map((table, t) => ({ table: tensor(table), rows: rows[t]! }))
      expectClose(
        kernels.embed(parts, { gamma: vector(gamma), beta: vector(beta) }, 1e-12),
        reference.layerNorm(sum, gamma, beta, 1e-12).data
      )
      expectClose(
        kernels.embed(parts.slice(0, 1), null, 0),
        reference.matrix(150, width, (r, c) => tables[0]!.data[rows[0]![r]! * width + c]!).data
      )
    })
  })

  test.each([
    [1, 1],
    [3, 7],
    [5, 384],
    [70, 385],
    [200, 100]
  ])('layer normalisation: %i rows of %i', (rows, width) => {
    const x = draw(rows, width, 3)
    const residual = draw(rows, width)
    const gamma = draw(1, width)
    const beta = draw(1, width)
    tf.tidy(() => {
      const alone = kernels.layerNorm(tensor(x), vector(gamma), vector(beta), 1e-5)
      expectClose(alone, reference.layerNorm(x, gamma, beta, 1e-5).data)
      const summed = kernels.addLayerNorm(tensor(x), tensor(residual), vector(gamma), vector(beta), 1e-5)
      expectClose(summed, reference.layerNorm(reference.add(x, residual), gamma, beta, 1e-5).data)
    })
  })

  test('layer normalisation keeps its digits when the mean is large', () => {
    const x = reference.matrix(4, 384, () => Math.fround(1000 + random()))
    const ones = reference.matrix(1, 384, () => 1)
    const zeros = reference.matrix(1, 384, () => 0)
    // Numbers near 1000 carry 6e-5 of rounding themselves: over a deviation of 0.6, and summed 384 times, that is a few
    // 1e-4.
    tf.tidy(() =>
      expectClose(
        kernels.layerNorm(tensor(x), vector(ones), vector(zeros), 1e-12),
        reference.layerNorm(x, ones, zeros, 1e-12).data,
        5e-4
      )
    )
  })

  test.each([
    [3, 16],
    [50, 33],
    [200, 96]
  ])('dense, sum and normalisation in one: %i rows of %i', (rows, width) => {
    const inputs = 2 * width
    const x = draw(rows, inputs)
    const weight = draw(inputs, width)
    const [bias, gamma, beta] = [draw(1, width), draw(1, width), draw(1, width)]
    const residual = draw(rows, width)
    const theirs = reference.layerNorm(
      reference.add(reference.dense(x, weight, bias, 'none'), residual),
      gamma,
      beta,
      1e-12
    )
    tf.tidy(() => {
      const norm = { gamma: vector(gamma), beta: vector(beta) }
      expectClose(
        kernels.denseAddLayerNorm(
          tensor(x),
          { weight: tensor(weight), bias: vector(bias) },
          tensor(residual),
          norm,
          1e-12
        ),
        theirs.data
      )
    })
  })

  test.each([
    [3, 16],
    [50, 33],
    [200, 96]
  ])('MLP sublayer in one: %i rows of %i', (rows, width) => {
    const middle = 4 * width
    const x = draw(rows, width)
    const [up, down] = [draw(width, middle, 0.3), draw(middle, width, 0.3)]
    const [upBias, downBias, gamma, beta] = [draw(1, middle), draw(1, width), draw(1, width), draw(1, width)]
    const inner = reference.dense(reference.dense(x, up, upBias, 'gelu'), down, downBias, 'none')
    const theirs = reference.layerNorm(reference.add(inner, x), gamma, beta, 1e-12)
    tf.tidy(() => {
      const norm = { gamma: vector(gamma), beta: vector(beta) }
      const first = kernels.pack(tensor(up))
      const second = kernels.pack(tensor(down))
      const input = {
        x: tensor(x),
        inputNorm: null,
        gate: null,
        activation: 'gelu',
        up: { weight: first, bias: vector(upBias) },
        down: { weight: second, bias: vector(downBias) }
      } as const
      expectClose(kernels.feedForward({ ...input, sumNorm: { ...norm, kind: 'layer', epsilon: 1e-12 } }), theirs.data)
      first.dispose()
      second.dispose()
    })
  })

  test.each([
    { lengths: [1], heads: 1, depth: 1 },
    { lengths: [5], heads: 3, depth: 7 },
    { lengths: [64, 64], heads: 12, depth: 32 },
    { lengths: [33, 33, 33], heads: 2, depth: 64 },
    { lengths: [1, 9, 32, 70, 3], heads: 4, depth: 32 },
    { lengths: [17, 2, 65], heads: 2, depth: 33 }
  ])('attention: sequences of $lengths tokens, $heads heads of $depth', ({ lengths, heads, depth }) => {
    const rows = lengths.reduce((sum, length) => sum + length, 0)
    const qkv = draw(rows, 3 * heads * depth, 2)
    const scale = 1 / Math.sqrt(depth)
    const theirs = reference.attention(qkv, lengths, heads, scale)
    const longest = Math.max(...lengths)
    tf.tidy(() => {
      const input = { qkv: tensor(qkv), batch: lengths.length, tokens: longest, lengths, heads, scale, bias: null }
      const { result, pattern } = kernels.attention({ ...input, wantPattern: true })
      expectClose(result, theirs.result.data)
      expect(pattern!.shape).toEqual([lengths.length, heads, longest, longest])
      expectClose(pattern!, theirs.pattern)
      const without = kernels.attention({ ...input, wantPattern: false })
      expect(without.pattern).toBeNull()
      expectClose(without.result, theirs.result.data)
    })
  })

  test.each([
    { name: 'a mask by key', shape: [2, 1, 1, 10] },
    { name: 'a bias by head and distance', shape: [1, 3, 10, 10] },
    { name: 'one number for all', shape: [1, 1, 1, 1] }
  ])('attention with $name', ({ shape }) => {
    const [batch, tokens, heads, depth] = [2, 10, 3, 8]
    const qkv = draw(batch * tokens, 3 * heads * depth, 2)
    const size = shape.reduce((product, extent) => product * extent, 1)
    const values = Float32Array.from({ length: size }, (_value, i) =>
      shape[0] === 2 && i % 10 > 6 ? -1e9 : Math.fround(random())
    )
    const at = (...index: number[]): number =>
      values[index.reduce((offset, i, axis) => offset * shape[axis]! + (shape[axis] === 1 ? 0 : i), 0)]!
    const theirs = reference.attention(qkv, [tokens, tokens], heads, 0.4, at)
    tf.tidy(() => {
      const bias = tf.tensor4d(values, shape as [number, number, number, number])
      const { result, pattern } = kernels.attention({
        qkv: tensor(qkv),
        batch,
        tokens,
        heads,
        scale: 0.4,
        bias,
        wantPattern: true
      })
      expectClose(result, theirs.result.data)
      expectClose(pattern!, theirs.pattern)
    })
  })

  test.each([
    { lengths: [5], heads: 2, width: 14 },
    { lengths: [40, 40, 40, 40, 40, 40, 40], heads: 3, width: 96 },
    { lengths: [70, 1, 3, 9, 30, 12, 2, 64, 33, 50], heads: 2, width: 66 }
  ])('attention sublayer in one: sequences of $lengths tokens, $width wide', ({ lengths, heads, width }) => {
    const rows = lengths.reduce((sum, length) => sum + length, 0)
    const x = draw(rows, width)
    const [qkv, out] = [draw(width, 3 * width, 0.5), draw(width, width, 0.5)]
    const [qkvBias, outBias, gamma, beta] = [draw(1, 3 * width), draw(1, width), draw(1, width), draw(1, width)]
    const scale = 1 / Math.sqrt(width / heads)
    const mixed = reference.attention(reference.dense(x, qkv, qkvBias, 'none'), lengths, heads, scale)
    const theirs = reference.layerNorm(
      reference.add(reference.dense(mixed.result, out, outBias, 'none'), x),
      gamma,
      beta,
      1e-12
    )
    tf.tidy(() => {
      const layer = {
        qkv: { weight: tensor(qkv), bias: vector(qkvBias) },
        out: { weight: tensor(out), bias: vector(outBias) }
      }
      const sumNorm = { gamma: vector(gamma), beta: vector(beta), kind: 'layer', epsilon: 1e-12 } as const
      const input = {
        x: tensor(x),
        ...layer,
        inputNorm: null,
        angles: null,
        sumNorm,
        batch: lengths.length,
        tokens: Math.max(...lengths),
        lengths,
        heads,
        scale,
        bias: null
      }
      const kept = kernels.attentionSublayer({ ...input, wantPattern: true })
      // Scores reach 20 here, so that their rounding of 2e-6 passes the exponential tenfold.
      expectClose(kept.result, theirs.data, 2e-5)
      expectClose(kept.pattern!, mixed.pattern, 2e-5)
      const bare = kernels.attentionSublayer({ ...input, wantPattern: false })
      expect(bare.pattern).toBeNull()
      expectClose(bare.result, theirs.data, 2e-5)
    })
  })

  test.each([
    [3, 16, 40],
    [50, 33, 100],
    [200, 96, 300]
  ])('gated MLP sublayer on normed input: %i rows of %i, %i in the middle', (rows, width, middle) => {
    const x = draw(rows, width)
    const [gate, up, down] = [draw(width, middle, 0.3), draw(width, middle, 0.3), draw(middle, width, 0.3)]
    const [gateBias, upBias, gamma] = [draw(1, middle), draw(1, middle), draw(1, width)]
    const read = reference.rmsNorm(x, gamma, 1e-5)
    const opened = reference.dense(read, gate, gateBias, 'silu')
    const lifted = reference.dense(read, up, upBias, 'none')
    const inner = reference.matrix(rows, middle, (r, c) => opened.data[r * middle + c]! * lifted.data[r * middle + c]!)
    const theirs = reference.add(reference.multiply(inner, down), x)
    tf.tidy(() => {
      const inputNorm = { gamma: vector(gamma), beta: vector(gamma), kind: 'rms', epsilon: 1e-5 } as const
      const layer = (weight: Matrix, bias: Matrix | null) => ({ weight: tensor(weight), bias: bias && vector(bias) })
      const ours = kernels.feedForward({
        x: tensor(x),
        inputNorm,
        gate: layer(gate, gateBias),
        activation: 'silu',
        up: layer(up, upBias),
        down: layer(down, null),
        sumNorm: null
      })
      expectClose(ours, theirs.data)
      expectClose(kernels.rmsNorm(tensor(x), vector(gamma), 1e-5), read.data)
    })
  })

  test.each([
    [70, 3, 8, 4],
    [5, 2, 33, 10],
    [60, 4, 64, 32]
  ])('rotary positions: %i rows, %i heads of %i, %i angles', (rows, heads, depth, half) => {
    const x = draw(rows, (heads + 1) * depth)
    const angles = draw(rows, half, 3)
    tf.tidy(() => {
      const of = (f: (x: number) => number): tf.Tensor2D => tf.tensor2d(Float32Array.from(angles.data, f), [rows, half])
      const ours = kernels.rotate(tensor(x), heads, depth, { cos: of(Math.cos), sin: of(Math.sin) })
      expectClose(ours, reference.rotate(x, heads, depth, angles).data)
    })
  })

  test.each([
    { name: 'causal', lengths: [70, 3, 33], heads: 4, keyValueHeads: 4, causal: true, window: null, scoreCap: null },
    {
      name: 'causal in a window, shared keys and values',
      lengths: [90],
      heads: 6,
      keyValueHeads: 2,
      causal: true,
      window: 17,
      scoreCap: null
    },
    {
      name: 'a window to both sides',
      lengths: [90, 90],
      heads: 2,
      keyValueHeads: 2,
      causal: false,
      window: 20,
      scoreCap: null
    },
    {
      name: 'capped scores, one key for all',
      lengths: [20, 41],
      heads: 3,
      keyValueHeads: 1,
      causal: true,
      window: null,
      scoreCap: 2
    }
  ])('attention: $name', ({ lengths, heads, keyValueHeads, causal, window, scoreCap }) => {
    const depth = 24
    const rows = lengths.reduce((sum, length) => sum + length, 0)
    const qkv = draw(rows, (heads + 2 * keyValueHeads) * depth, 2)
    const tokens = Math.max(...lengths)
    const far = (q: number, k: number): number =>
      (causal && k > q) || Math.abs(q - k) >= (window ?? Infinity) ? -1e9 : 0
    const theirs = reference.attention(
      reference.everyHead(qkv, heads, keyValueHeads),
      lengths,
      heads,
      0.2,
      (_s, _h, q, k) => far(q, k),
      scoreCap ?? Infinity
    )
    tf.tidy(() => {
      const input = {
        qkv: tensor(qkv),
        batch: lengths.length,
        tokens,
        lengths,
        heads,
        keyValueHeads,
        scale: 0.2,
        causal,
        window,
        scoreCap,
        bias: null
      }
      const { result, pattern } = kernels.attention({ ...input, wantPattern: true })
      expectClose(result, theirs.result.data)
      expectClose(pattern!, theirs.pattern)
      expectClose(kernels.attention({ ...input, wantPattern: false }).result, theirs.result.data)
    })
  })

  test.each([{ lengths: [30, 7] }, { lengths: [70, 1, 3, 9, 30, 12, 2, 64, 33, 50] }])(
    'attention sublayer on normed input, turned, with shared keys: $lengths tokens',
    ({ lengths }) => {
      const [heads, keyValueHeads, depth, width, half] = [4, 2, 10, 36, 5]
      const rows = lengths.reduce((sum, length) => sum + length, 0)
      const x = draw(rows, width)
      const [qkv, out] = [draw(width, (heads + 2 * keyValueHeads) * depth, 0.5), draw(heads * depth, width, 0.5)]
      const [gamma, angles] = [draw(1, width), draw(rows, half, 3)]
      const projected = reference.rotate(
        reference.multiply(reference.rmsNorm(x, gamma, 1e-5), qkv),
        heads + keyValueHeads,
        depth,
        angles
      )
      const future = (_s: number, _h: number, q: number, k: number): number => (k > q ? -1e9 : 0)
      const mixed = reference.attention(
        reference.everyHead(projected, heads, keyValueHeads),
        lengths,
        heads,
        0.3,
        future
      )
      const theirs = reference.add(reference.multiply(mixed.result, out), x)
      tf.tidy(() => {
        const of = (f: (x: number) => number): tf.Tensor2D =>
          tf.tensor2d(Float32Array.from(angles.data, f), [rows, half])
        const { result, pattern } = kernels.attentionSublayer({
          x: tensor(x),
          inputNorm: { gamma: vector(gamma), beta: vector(gamma), kind: 'rms', epsilon: 1e-5 },
          qkv: { weight: tensor(qkv), bias: null },
          angles: { cos: of(Math.cos), sin: of(Math.sin) },
          out: { weight: tensor(out), bias: null },
          sumNorm: null,
          batch: lengths.length,
          tokens: Math.max(...lengths),
          lengths,
          heads,
          keyValueHeads,
          scale: 0.3,
          causal: true,
          bias: null,
          wantPattern: true
        })
        // As above: scores of this size pass their rounding on.
        expectClose(result, theirs.data, 2e-5)
        expectClose(pattern!, mixed.pattern, 2e-5)
      })
    }
  )

  test.each([true, false])('a long input never holds its map: causal %s', async (causal) => {
    // Plain JavaScript is slow, and its operations hold copies of their own: it is held to the values alone.
    const [tokens, heads, depth] = backend === 'cpu' ? [600, 3, 4] : [1200, 8, 4]
    const qkv = tensor(draw(tokens, 3 * heads * depth, 2))
    const bias = tf.tensor4d(Float32Array.from({ length: tokens }, random), [1, 1, 1, tokens])
    const input = { qkv, batch: 1, tokens, heads, scale: 0.5, causal, bias }
    const whole = kernels.attention({ ...input, wantPattern: true })
    const before = tf.memory().numBytes
    const run = (): tf.Tensor2D => kernels.attention({ ...input, wantPattern: false }).result
    const { peakBytes, result } = backend === 'cpu' ? { peakBytes: before, result: run() } : await tf.profile(run)
    const ours = result as tf.Tensor2D
    expect(peakBytes - before).toBeLessThan(whole.pattern!.size * 4)
    expectClose(ours, Float64Array.from(whole.result.dataSync()))
    tf.dispose([qkv, bias, whole.result, whole.pattern!, ours])
  })

  test('pools rows to words, and writes nowhere else', () => {
    const hidden = draw(9, 5)
    const spans = { starts: Int32Array.of(7, 1, 2), counts: Int32Array.of(2, 1, 4), targets: Int32Array.of(0, 3, 1) }
    const target = new Float32Array(4 * 5).fill(-7)
    tf.tidy(() => kernels.poolRows(tensor(hidden), spans, target))
    const mean = (rows: number[], column: number): number =>
      rows.reduce((sum, row) => sum + hidden.data[row * 5 + column]!, 0) / rows.length
    for (let c = 0; c < 5; c++) {
      expect(target[c]).toBeCloseTo(mean([7, 8], c), 6)
      expect(target[5 + c]).toBeCloseTo(mean([2, 3, 4, 5], c), 6)
      expect(target[10 + c]).toBe(-7)
      expect(target[15 + c]).toBeCloseTo(mean([1], c), 6)
    }
  })

  test('attention survives scores that would overflow', () => {
    const qkv = draw(6, 3 * 16, 60)
    const theirs = reference.attention(qkv, [6], 2, 1)
    tf.tidy(() => {
      const { pattern } = kernels.attention({
        qkv: tensor(qkv),
        batch: 1,
        tokens: 6,
        heads: 2,
        scale: 1,
        bias: null,
        wantPattern: true
      })
      // Scores in the thousands carry 1e-4 of rounding, and the exponential passes it on.
      expectClose(pattern!, theirs.pattern, 2e-3)
    })
  })
})
