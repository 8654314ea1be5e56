import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import type { Activation } from '../../src/main/engine/backends/kernels'
import { describeKernels, expectClose, tensor, vector } from './kernelFixture'
import * as reference from './reference'
import type { Matrix } from './reference'

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

describeKernels((fixture) => {
  test.each(shapes)('dense: %i rows, %i inputs, %i outputs', (rows, inputs, outputs) => {
    const x = fixture.draw(rows, inputs)
    const weight = fixture.draw(inputs, outputs)
    const bias = fixture.draw(1, outputs)
    const theirs = reference.dense(x, weight, bias, 'gelu')
    tf.tidy(() => {
      const w = tensor(weight)
      expectClose(fixture.kernels.dense(tensor(x), w, vector(bias), 'gelu'), theirs.data)
      const packed = fixture.kernels.pack(w)
      expect([packed.inputs, packed.outputs]).toEqual([inputs, outputs])
      expectClose(fixture.kernels.dense(tensor(x), packed, vector(bias), 'gelu'), theirs.data)
      expectClose(fixture.kernels.dense(tensor(x), packed, null, 'none'), reference.multiply(x, weight).data)
      packed.dispose()
      const turned = fixture.kernels.packTransposed(tf.transpose(w))
      expect([turned.inputs, turned.outputs]).toEqual([inputs, outputs])
      expectClose(fixture.kernels.dense(tensor(x), turned, vector(bias), 'gelu'), theirs.data)
      turned.dispose()
    })
  })

  test.each(Object.keys(reference.activations) as Activation[])('activation: %s, from -12 to 12', (activation) => {
    const x = reference.matrix(1, 4001, (_row, i) => Math.fround((i - 2000) * 0.006))
    const theirs = Float64Array.from(x.data, reference.activations[activation])
    // A product with 1 leaves x as it is: what is measured is the activation alone, absolute.
    tf.tidy(() => {
      const column = tf.tensor2d(Float32Array.from(x.data), [4001, 1])
      const ours = Array.from(fixture.kernels.dense(column, tf.tensor2d([[1]]), null, activation).dataSync())
      const worst = ours.reduce((largest, value, i) => Math.max(largest, Math.abs(value - theirs[i]!)), 0)
      expect(worst).toBeLessThan(2e-6)
    })
  })

  test('embeddings: three tables, summed and normalised', () => {
    const width = 37
    const tables = [fixture.draw(50, width), fixture.draw(20, width), fixture.draw(2, width)]
    const rows = tables.map((table) =>
      Int32Array.from({ length: 150 }, () => Math.floor(((fixture.random() + 1) / 2) * table.rows))
    )
    const sum = reference.matrix(150, width, (r, c) =>
      tables.reduce((total, table, t) => total + table.data[rows[t]![r]! * width + c]!, 0)
    )
    const [gamma, beta] = [fixture.draw(1, width), fixture.draw(1, width)]
    tf.tidy(() => {
      const parts = tables.map((table, t) => ({ table: tensor(table), rows: rows[t]! }))
      expectClose(
        fixture.kernels.embed(parts, { gamma: vector(gamma), beta: vector(beta) }, 1e-12),
        reference.layerNorm(sum, gamma, beta, 1e-12).data
      )
      expectClose(
        fixture.kernels.embed(parts.slice(0, 1), null, 0),
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
    const x = fixture.draw(rows, width, 3)
    const residual = fixture.draw(rows, width)
    const gamma = fixture.draw(1, width)
    const beta = fixture.draw(1, width)
    tf.tidy(() => {
      const alone = fixture.kernels.layerNorm(tensor(x), vector(gamma), vector(beta), 1e-5)
      expectClose(alone, reference.layerNorm(x, gamma, beta, 1e-5).data)
      const summed = fixture.kernels.addLayerNorm(tensor(x), tensor(residual), vector(gamma), vector(beta), 1e-5)
      expectClose(summed, reference.layerNorm(reference.add(x, residual), gamma, beta, 1e-5).data)
    })
  })

  test('layer normalisation keeps its digits when the mean is large', () => {
    const x = reference.matrix(4, 384, () => Math.fround(1000 + fixture.random()))
    const ones = reference.matrix(1, 384, () => 1)
    const zeros = reference.matrix(1, 384, () => 0)
    // Numbers near 1000 carry 6e-5 of rounding themselves: over a deviation of 0.6, and summed 384 times, that is a few
    // 1e-4.
    tf.tidy(() =>
      expectClose(
        fixture.kernels.layerNorm(tensor(x), vector(ones), vector(zeros), 1e-12),
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
    const x = fixture.draw(rows, inputs)
    const weight = fixture.draw(inputs, width)
    const [bias, gamma, beta] = [fixture.draw(1, width), fixture.draw(1, width), fixture.draw(1, width)]
    const residual = fixture.draw(rows, width)
    const theirs = reference.layerNorm(
      reference.add(reference.dense(x, weight, bias, 'none'), residual),
      gamma,
      beta,
      1e-12
    )
    tf.tidy(() => {
      const norm = { gamma: vector(gamma), beta: vector(beta) }
      expectClose(
        fixture.kernels.denseAddLayerNorm(
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
    const x = fixture.draw(rows, width)
    const [up, down] = [fixture.draw(width, middle, 0.3), fixture.draw(middle, width, 0.3)]
    const [upBias, downBias, gamma, beta] = [
      fixture.draw(1, middle),
      fixture.draw(1, width),
      fixture.draw(1, width),
      fixture.draw(1, width)
    ]
    const inner = reference.dense(reference.dense(x, up, upBias, 'gelu'), down, downBias, 'none')
    const theirs = reference.layerNorm(reference.add(inner, x), gamma, beta, 1e-12)
    tf.tidy(() => {
      const norm = { gamma: vector(gamma), beta: vector(beta) }
      const first = fixture.kernels.pack(tensor(up))
      const second = fixture.kernels.pack(tensor(down))
      const input = {
        x: tensor(x),
        inputNorm: null,
        gate: null,
        activation: 'gelu',
        up: { weight: first, bias: vector(upBias) },
        down: { weight: second, bias: vector(downBias) }
      } as const
      expectClose(
        fixture.kernels.feedForward({ ...input, sumNorm: { ...norm, kind: 'layer', epsilon: 1e-12 } }),
        theirs.data
      )
      first.dispose()
      second.dispose()
    })
  })

  test.each([
    [3, 16, 40],
    [50, 33, 100],
    [200, 96, 300]
  ])('gated MLP sublayer on normed input: %i rows of %i, %i in the middle', (rows, width, middle) => {
    const x = fixture.draw(rows, width)
    const [gate, up, down] = [
      fixture.draw(width, middle, 0.3),
      fixture.draw(width, middle, 0.3),
      fixture.draw(middle, width, 0.3)
    ]
    const [gateBias, upBias, gamma] = [fixture.draw(1, middle), fixture.draw(1, middle), fixture.draw(1, width)]
    const read = reference.rmsNorm(x, gamma, 1e-5)
    const opened = reference.dense(read, gate, gateBias, 'silu')
    const lifted = reference.dense(read, up, upBias, 'none')
    const inner = reference.matrix(rows, middle, (r, c) => opened.data[r * middle + c]! * lifted.data[r * middle + c]!)
    const theirs = reference.add(reference.multiply(inner, down), x)
    tf.tidy(() => {
      const inputNorm = { gamma: vector(gamma), beta: vector(gamma), kind: 'rms', epsilon: 1e-5 } as const
      const layer = (weight: Matrix, bias: Matrix | null) => ({ weight: tensor(weight), bias: bias && vector(bias) })
      const ours = fixture.kernels.feedForward({
        x: tensor(x),
        inputNorm,
        gate: layer(gate, gateBias),
        activation: 'silu',
        up: layer(up, upBias),
        down: layer(down, null),
        sumNorm: null
      })
      expectClose(ours, theirs.data)
      expectClose(fixture.kernels.rmsNorm(tensor(x), vector(gamma), 1e-5), read.data)
    })
  })

  test('pools rows to words, and writes nowhere else', () => {
    const hidden = fixture.draw(9, 5)
    const spans = { starts: Int32Array.of(7, 1, 2), counts: Int32Array.of(2, 1, 4), targets: Int32Array.of(0, 3, 1) }
    const target = new Float32Array(4 * 5).fill(-7)
    tf.tidy(() => fixture.kernels.poolRows(tensor(hidden), spans, target))
    const mean = (rows: number[], column: number): number =>
      rows.reduce((sum, row) => sum + hidden.data[row * 5 + column]!, 0) / rows.length
    for (let c = 0; c < 5; c++) {
      expect(target[c]).toBeCloseTo(mean([7, 8], c), 6)
      expect(target[5 + c]).toBeCloseTo(mean([2, 3, 4, 5], c), 6)
      expect(target[10 + c]).toBe(-7)
      expect(target[15 + c]).toBeCloseTo(mean([1], c), 6)
    }
  })
})
