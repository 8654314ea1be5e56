import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test, beforeAll } from 'vitest'
import { activeKernels } from '../../src/main/engine/backends/activeKernels'
import type { HalfType, Kernels } from '../../src/main/engine/backends/kernels'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { nativeState } from '../../src/main/engine/backends/provision/provision'
import { brainToFloat, halfToFloat } from '../../src/main/engine/checkpoints/halfFloat'
import { tensor, vector } from './kernelFixture'
import * as reference from './reference'

const native = nativeState()
if (native.state !== 'ready') console.warn(`Weights of 16 bits are left out of this run: ${native.reason}`)

/** Rows of one register tile, of several, of several row blocks; inputs past one block; outputs that fill no panel. */
const shapes: [number, number, number][] = [
  [1, 1, 1],
  [3, 385, 64],
  [8, 33, 31],
  [9, 64, 33],
  [49, 400, 65],
  [333, 768, 96]
]

/** Every finite number of the type, subnormal ones included, as often as there is room. */
function everyNumber(length: number, type: HalfType): Uint16Array {
  const exponent = type === 'F16' ? 0x7c00 : 0x7f80
  const finite = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits).filter(
    (bits) => (bits & exponent) !== exponent && (type === 'F16' || (bits & exponent) < 0x4f80)
  )
  return Uint16Array.from({ length }, (_, i) => finite[(i * 40_503) % finite.length]!)
}

function widened(bits: Uint16Array, type: HalfType): Float32Array {
  const values = new Float32Array(bits.length)
  if (type === 'F16') halfToFloat(bits, values)
  else brainToFloat(bits, values)
  return values
}

describe.runIf(native.state === 'ready').each<HalfType>(['F16', 'BF16'])('weights of %s', (type) => {
  let kernels: Kernels
  beforeAll(async () => {
    await pickBackend({ prefer: 'tensorflow' })
    kernels = activeKernels()
  })

  test.each(shapes)(
    'a product equals that of the widened weight in every bit: %i x %i x %i',
    (rows, inputs, outputs) => {
      const random = reference.numbers(3)
      const x = tensor(reference.matrix(rows, inputs, () => Math.fround(random())))
      const bias = vector(reference.matrix(1, outputs, () => Math.fround(random())))
      const bits = everyNumber(inputs * outputs, type)
      const before = tf.memory().numTensors
      const half = kernels.halves!.pack(bits, inputs, outputs, type)
      expect(half.tensor.size * 4 - bits.byteLength).toBeLessThan(4)
      tf.tidy(() => {
        const weight = tf.tensor2d(widened(bits, type), [inputs, outputs])
        const ours = kernels.dense(x, half, bias, 'none').dataSync()
        expect(ours).toEqual(kernels.dense(x, weight, bias, 'none').dataSync())
      })
      half.dispose()
      expect(tf.memory().numTensors).toBe(before)
      tf.dispose([x, bias])
    }
  )

  test('rows of a table and its transpose as a weight', () => {
    const [rows, width] = [517, 37]
    const bits = everyNumber(rows * width, type)
    const table = kernels.halves!.table([rows, width], type, (target, first) =>
      target.set(bits.subarray(first, first + target.length))
    )
    tf.tidy(() => {
      const wide = tf.tensor2d(widened(bits, type), [rows, width])
      const chosen = tf.tensor1d([516, 0, 3, 3, 260], 'int32')
      const expected = tf.gather(wide, chosen)
      expect(table.take(chosen).dataSync()).toEqual(expected.dataSync())
      const x = tf.tensor2d(
        Float32Array.from({ length: 5 * width }, (_, i) => Math.sin(i)),
        [5, width]
      )
      const head = table.packTransposed()
      expect([head.inputs, head.outputs]).toEqual([width, rows])
      const transposed = kernels.packTransposed(wide)
      expect(kernels.dense(x, head, null, 'gelu').dataSync()).toEqual(
        kernels.dense(x, transposed, null, 'gelu').dataSync()
      )
      head.dispose()
      transposed.dispose()
    })
    expect(() => table.take(tf.tensor1d([rows], 'int32'))).toThrow('An index points outside its table.')
    table.tensor.dispose()
  })
})
