import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { tensorStatistics } from '../../../src/main/engine/models/structure'
import { createServices, type Services } from '../../../src/main/engine/services'

const path = 'resources/models/all-MiniLM-L6-v2'
let folder: string
let services: Services
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-structure-'))
  await pickBackend()
  services = createServices(() => undefined, join(folder, 'results'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the structure of a checkpoint', () => {
  it('lists every tensor with its block, shape and type; their parameters are those of the file', async () => {
    const model = await services.models.open(path, silentJob())
    const { tensors } = await services.models.structure(model.id)
    expect(tensors.find(({ name }) => name === 'encoder.layer.5.attention.self.query.weight')).toEqual({
      name: 'encoder.layer.5.attention.self.query.weight',
      type: model.dtype,
      shape: [384, 384],
      parameters: 384 * 384,
      bytes: 384 * 384 * 2,
      block: 5
    })
    expect(tensors.find(({ name }) => name === 'embeddings.word_embeddings.weight')?.block).toBeNull()
    // 16 tensors a block.
    expect([0, 5].map((block) => tensors.filter((tensor) => tensor.block === block).length)).toEqual([16, 16])
  })

  it('has statistics of tensors that equal NumPy’s', async () => {
    const model = await services.models.open(path, silentJob())
    const name = 'encoder.layer.0.attention.self.query.weight'
    const [tensor] = await services.models.tensorStatistics(model.id, [name], silentJob())
    expect(tensor!.norm).toBeCloseTo(36.655712448222744, 9)
    expect(tensor!.mean).toBeCloseTo(9.179995362905579e-5, 12)
    expect(tensor!.deviation).toBeCloseTo(0.0954575403593341, 12)
    expect([tensor!.smallest, tensor!.largest, tensor!.zeros]).toEqual([-0.7724609375, 0.65087890625, 0])
    expect(tensor!.histogram.reduce((sum, values) => sum + values, 0)).toBe(384 * 384)
  })

  it('has none for an untrained twin, in a sentence', async () => {
    const twin = await services.models.open(path, silentJob(), 1)
    await expect(services.models.structure(twin.id)).rejects.toThrow(
      'has no stored tensors to list; open a checkpoint with weights of its own.'
    )
  })
})

describe('the statistics of a tensor', () => {
  /** A checkpoint of one tensor. */
  function holding(values: readonly number[]) {
    return {
      path: 'some.safetensors',
      has: (name: string) => name === 'weight',
      describe: () => ({ name: 'weight', dtype: 'F32' as const, shape: [values.length], begin: 0, end: 0 }),
      readInto: (_: string, target: Float32Array, first: number) =>
        target.set(values.slice(first, first + target.length))
    }
  }

  it('are exact, with what is no number counted apart', async () => {
    const statistics = await tensorStatistics(holding([-3, 0, 1, 4, NaN, Infinity]), 'weight', silentJob())
    expect(statistics).toMatchObject({ count: 6, zeros: 1, notFinite: 2, mean: 0.5, smallest: -3, largest: 4 })
    expect(statistics.norm).toBeCloseTo(Math.sqrt(26), 12)
    expect(statistics.deviation).toBeCloseTo(2.5, 12)
    const { histogram } = statistics
    // 48 bins over 7: 0 is in bin 20, 1 in bin 27, and the largest value in the last one.
    expect(histogram.flatMap((values, bin) => (values > 0 ? [[bin, values]] : []))).toEqual([
      [0, 1],
      [20, 1],
      [27, 1],
      [47, 1]
    ])
  })

  it('of one value many times fill one bin', async () => {
    const { deviation, histogram } = await tensorStatistics(holding([2, 2, 2]), 'weight', silentJob())
    expect(deviation).toBe(0)
    expect(histogram[0]).toBe(3)
  })

  it('of a tensor that is not there are refused', async () => {
    await expect(tensorStatistics(holding([1]), 'bias', silentJob())).rejects.toThrow(
      "some.safetensors has no tensor 'bias'; layerscope info MODEL --tensors lists them."
    )
  })
})
