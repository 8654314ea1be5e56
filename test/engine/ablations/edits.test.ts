import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import * as v from 'valibot'
import { beforeAll, describe, expect, test } from 'vitest'
import type { HookName } from '@shared/hookNames'
import { interventionSet, type Edit, type Intervention } from '@shared/intervention'
import { compileInterventions } from '../../../src/main/engine/ablations/compile'
import { edits, makeEdit } from '../../../src/main/engine/ablations/edits'
import type { EditResources, HookStatistics } from '../../../src/main/engine/ablations/edits/edit'
import { orthonormal } from '../../../src/main/engine/ablations/orthonormal'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { needTransformer } from '../../../src/main/engine/models/transformer/transformerModel'

const statistics: HookStatistics = {
  mean: Float32Array.of(1, 2),
  deviation: Float32Array.of(1, 0),
  donors: Float32Array.of(10, 20, 30, 40)
}
const resources: EditResources = { statistics: () => statistics, valueIn: () => Float32Array.of(7, 8, 9, 10) }
const shape = { batch: 1, tokens: 3 }
const value = [1, 2, 3, 4, 5, 6]

beforeAll(() => pickBackend({ prefer: 'cpu' }))

function apply(edit: Exclude<Edit, { kind: 'skip' }>, at: HookName = 'embed'): number[] {
  const run = makeEdit(edit, at, resources)
  return Array.from(tf.tidy(() => run(tf.tensor2d(value, [3, 2]), shape)).dataSync())
}

describe('each edit, by hand', () => {
  test('zero', () => expect(apply({ kind: 'zero' })).toEqual([0, 0, 0, 0, 0, 0]))
  test('mean', () => expect(apply({ kind: 'mean' })).toEqual([1, 2, 1, 2, 1, 2]))
  test('scale', () => expect(apply({ kind: 'scale', factor: -2 })).toEqual([-2, -4, -6, -8, -10, -12]))
  test('add', () => expect(apply({ kind: 'add', direction: [1, -1], factor: 2 })).toEqual([3, 0, 5, 2, 7, 4]))
  test('resample gives rows of other tokens, the same for a seed', () => {
    const first = apply({ kind: 'resample', seed: 3 })
    expect(first).toEqual(apply({ kind: 'resample', seed: 3 }))
    for (let row = 0; row < 3; row++)
      expect([
        [10, 20],
        [30, 40]
      ]).toContainEqual(first.slice(2 * row, 2 * row + 2))
  })
  test('noise has the size of the deviation', () => {
    const noisy = apply({ kind: 'noise', size: 2, seed: 1 })
    expect([noisy[1], noisy[3], noisy[5]]).toEqual([2, 4, 6])
    expect(noisy[0]).not.toBe(1)
    expect(apply({ kind: 'noise', size: 0, seed: 1 })).toEqual(value)
  })
  test('patch takes the other sentence as far as it goes', () => {
    expect(apply({ kind: 'patch', text: 'b' })).toEqual([7, 8, 9, 10, 5, 6])
    expect(apply({ kind: 'patch', text: 'b', fromTokens: [1, 1, 0] })).toEqual([9, 10, 9, 10, 7, 8])
  })
  test('project takes the span out, whatever spans it', () => {
    expect(
      apply({
        kind: 'project',
        basis: [
          [3, 0],
          [6, 0]
        ]
      })
    ).toEqual([0, 2, 0, 4, 0, 6])
  })
  test('erase subtracts what is read, in the direction given', () => {
    // right reads x0 - 1, left writes (0, 1)
    expect(apply({ kind: 'erase', mean: [1, 0], left: [[0, 1]], right: [[1, 0]] })).toEqual([1, 2, 3, 2, 5, 2])
  })
  test('the table knows each under its own name', () => {
    for (const [kind, definition] of Object.entries(edits)) expect(definition.kind).toBe(kind)
  })
})

test('orthonormal leaves out what is no new direction', () => {
  const basis = orthonormal([
    [3, 4, 0],
    [6, 8, 0],
    [0, 0, 2]
  ])
  expect(basis.map((row) => [...row])).toEqual([
    [0.6, 0.8, 0],
    [0, 0, 1]
  ])
})

describe('where an intervention holds', () => {
  const folder = 'test/fixtures/parity/bert'
  const input = { lengths: [3, 2], ids: Int32Array.of(7, 8, 9, 10, 11), mask: null, segments: null }

  async function changed(interventions: Intervention[]): Promise<Float32Array> {
    const model = await loadModel(folder)
    let seen: Float32Array | null = null
    const compiled = compileInterventions(interventions, needTransformer(model).config, resources)
    const result = tf.tidy(() =>
      compiled.apply(
        interventions[0]!.at,
        tf.ones([5, model.shape.heads * needTransformer(model).config.headWidth]) as Tensor2D,
        {
          batch: 2,
          tokens: 3,
          lengths: input.lengths
        }
      )
    )
    seen = result.dataSync<'float32'>()
    result.dispose()
    model.dispose()
    return seen
  }

  test('heads, tokens and neurons are met, nothing else', async () => {
    const model = await loadModel(folder)
    const { heads, headWidth } = needTransformer(model).config
    model.dispose()
    const columns = heads * headWidth
    const oneHead = await changed([{ at: 'blocks.0.attn.result', heads: [1], edit: { kind: 'zero' } }])
    oneHead.forEach((x, i) => expect(x).toBe(Math.floor((i % columns) / headWidth) === 1 ? 0 : 1))
    // Rows of a batch without padding: tokens 0 1 2 of the first sentence, 0 1 of the second.
    const secondTokens = await changed([{ at: 'blocks.0.resid_pre', tokens: [1], edit: { kind: 'zero' } }])
    expect(Array.from({ length: 5 }, (_, row) => secondTokens[row * columns])).toEqual([1, 0, 1, 1, 0])
    const neuron = await changed([{ at: 'blocks.0.attn.result', neurons: [3], tokens: [0], edit: { kind: 'zero' } }])
    expect(
      Array.from(neuron.entries())
        .filter(([, x]) => x === 0)
        .map(([i]) => i)
    ).toEqual([3, 3 * columns + 3])
  })

  test('interventions on one place act one after the other', async () => {
    const both = await changed([
      { at: 'blocks.0.attn.result', edit: { kind: 'scale', factor: 3 } },
      { at: 'blocks.0.attn.result', heads: [0], edit: { kind: 'scale', factor: 2 } }
    ])
    expect(both[0]).toBe(6)
    expect(both.at(-1)).toBe(3)
  })

  test.each<[Intervention, string]>([
    [{ at: 'blocks.9.attn.result', edit: { kind: 'zero' } }, "There is no block 9; the model's blocks are 0 to 2."],
    [
      { at: 'blocks.0.attn.result', heads: [99], edit: { kind: 'zero' } },
      'blocks.0.attn.result has no head 99; its heads are 0 to 3 in this model.'
    ],
    [
      { at: 'blocks.0.mlp.post', heads: [0], edit: { kind: 'zero' } },
      'blocks.0.mlp.post has no heads; heads can be chosen at attn.q, attn.k, attn.v, attn.pattern and attn.result.'
    ],
    [
      { at: 'blocks.0.resid_post', neurons: [5000], edit: { kind: 'zero' } },
      'blocks.0.resid_post has no neuron 5000; it is 32 wide in this model.'
    ],
    [
      { at: 'blocks.0.attn.pattern', neurons: [0], edit: { kind: 'zero' } },
      'blocks.0.attn.pattern has no neurons; choose heads and tokens of it.'
    ],
    [
      { at: 'blocks.0.attn.pattern', edit: { kind: 'mean' } },
      "An attention map can be set to zero or scaled, head by head; 'mean' does not apply to blocks.0.attn.pattern."
    ],
    [
      { at: 'blocks.0.attn.out', edit: { kind: 'skip' } },
      'A block is skipped at its resid_post, not at blocks.0.attn.out.'
    ]
  ])('what does not fit the model is refused: %j', async (intervention, sentence) => {
    const model = await loadModel(folder)
    expect(() => compileInterventions([intervention], needTransformer(model).config, resources)).toThrow(sentence)
    model.dispose()
  })

  const row = (width: number): number[] => Array.from({ length: width }, () => 0.5)
  test.each<[Edit, string]>([
    [{ kind: 'add', direction: row(3), factor: 1 }, 'The direction has 3 numbers, but blocks.0.resid_post is 32 wide'],
    [{ kind: 'erase', mean: row(3), left: [row(32)], right: [row(32)] }, 'The eraser has 3 numbers, but'],
    [
      { kind: 'erase', mean: row(32), left: [row(32)], right: [row(1)] },
      "A row of the eraser's right side has 1 numbers, but blocks.0.resid_post is 32 wide in this model."
    ],
    [
      { kind: 'erase', mean: row(32), left: [row(32), row(31)], right: [row(32), row(32)] },
      "A row of the eraser's left side has 31 numbers, but"
    ],
    [
      { kind: 'erase', mean: row(32), left: [row(32), row(32)], right: [row(32)] },
      'The eraser at blocks.0.resid_post has 2 rows on its left side and 1 on its right; it needs as many of both.'
    ],
    [{ kind: 'project', basis: [row(32), row(2)] }, 'A vector of the basis has 2 numbers, but blocks.0.resid_post is']
  ])('vectors of another width are refused in the run: %j', async (edit, sentence) => {
    const model = await loadModel(folder)
    const hooks = compileInterventions([{ at: 'blocks.0.resid_post', edit }], needTransformer(model).config, resources)
    expect(() => model.run(input, { hiddenStates: false, attentions: false }, { hooks })).toThrow(sentence)
    model.dispose()
  })
})

test('a file of interventions is read as it was written, and what it is not is refused', () => {
  const set = {
    name: 'No head 3 in layer 2',
    interventions: [{ at: 'blocks.1.attn.result', heads: [3], edit: { kind: 'zero' } }]
  }
  expect(v.parse(interventionSet, JSON.parse(JSON.stringify(set)))).toEqual(set)
  expect(
    v.safeParse(interventionSet, { ...set, interventions: [{ at: 'blocks.x.attn', edit: { kind: 'zero' } }] }).success
  ).toBe(false)
  expect(
    v.safeParse(interventionSet, { ...set, interventions: [{ at: 'embed', edit: { kind: 'explode' } }] }).success
  ).toBe(false)
})
