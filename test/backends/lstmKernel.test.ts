import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { lstmSteps } from '../../src/main/engine/backends/portableLstm'
import { describeKernels, expectClose, tensor } from './kernelFixture'
import { matrix, multiply, type Matrix } from './reference'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const clip = (x: number, most: number | null): number => (most === null ? x : Math.max(-most, Math.min(most, x)))

interface Case {
  lengths: readonly number[]
  hidden: number
  outputs: number | null
  backward: boolean
  cellClip: number | null
  projectionClip: number | null
}

/** The equations row by row in float64. */
function expected(gates: Matrix, recurrent: Matrix, projection: Matrix | null, one: Case): Float64Array {
  const { lengths, hidden, backward } = one
  const outputs = one.outputs ?? hidden
  const result = new Float64Array(gates.rows * outputs)
  let start = 0
  for (const length of lengths) {
    let output = matrix(1, outputs, () => 0)
    const cell = new Float64Array(hidden)
    for (let t = 0; t < length; t++) {
      const row = start + (backward ? length - 1 - t : t)
      const before = multiply(output, recurrent)
      const z = (gate: number, k: number): number =>
        gates.data[row * 4 * hidden + gate * hidden + k]! + before.data[gate * hidden + k]!
      const state = matrix(1, hidden, (_, k) => {
        const summed = sigmoid(z(1, k)) * cell[k]! + sigmoid(z(0, k)) * Math.tanh(z(2, k))
        cell[k] = clip(summed, one.cellClip)
        return sigmoid(z(3, k)) * Math.tanh(cell[k])
      })
      const projected = projection ? multiply(state, projection) : state
      output = matrix(1, outputs, (_, k) =>
        projection ? clip(projected.data[k]!, one.projectionClip) : projected.data[k]!
      )
      result.set(output.data, row * outputs)
    }
    start += length
  }
  return result
}

const plain = { outputs: null, backward: false, cellClip: null, projectionClip: null }

describeKernels((fixture) => {
  test.each<Case>([
    { ...plain, lengths: [1], hidden: 1 },
    { ...plain, lengths: [5, 5, 5], hidden: 16 },
    { ...plain, lengths: [3, 7, 1, 7], hidden: 37 },
    { ...plain, lengths: [3, 7, 1, 7], hidden: 37, backward: true },
    { ...plain, lengths: [4, 9], hidden: 70, outputs: 21, cellClip: 0.4, projectionClip: 0.3 },
    { ...plain, lengths: [2, 6, 6], hidden: 300, outputs: 33, backward: true, cellClip: 3 }
  ])('lstm: $lengths, $hidden hidden, $outputs outputs, backward $backward', (one) => {
    const { lengths, hidden, backward, cellClip, projectionClip } = one
    const rows = lengths.reduce((sum, length) => sum + length, 0)
    const gates = fixture.draw(rows, 4 * hidden)
    // Small enough that gates are not all open or shut, and roundings do not grow from step to step.
    const drawn = (height: number, width: number): Matrix => {
      const values = fixture.draw(height, width)
      return matrix(height, width, (r, c) => Math.fround(0.2 * values.data[r * width + c]!))
    }
    const recurrent = drawn(one.outputs ?? hidden, 4 * hidden)
    const projection = one.outputs === null ? null : drawn(hidden, one.outputs)
    const theirs = expected(gates, recurrent, projection, one)
    tf.tidy(() => {
      const packed = fixture.kernels.pack(tensor(recurrent))
      const packedProjection = projection && fixture.kernels.pack(tensor(projection))
      const input = {
        gates: tensor(gates),
        lengths,
        backward,
        recurrent: packed,
        projection: packedProjection,
        cellClip,
        projectionClip
      }
      expectClose(fixture.kernels.lstm(input), theirs)
      const seen: string[] = []
      const stepped = lstmSteps(fixture.kernels.dense.bind(fixture.kernels), input, (name, value) => {
        seen.push(name)
        return value
      })
      expectClose(stepped, theirs)
      expect(seen.slice(0, 6).join('')).toBe('ifgoch')
      packed.dispose()
      packedProjection?.dispose()
    })
  })
})
