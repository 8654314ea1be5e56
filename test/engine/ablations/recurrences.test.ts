import * as tf from '@tensorflow/tfjs-core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileInterventions } from '../../../src/main/engine/ablations/compile'
import type { EditResources } from '../../../src/main/engine/ablations/edits/edit'
import { unitIntervention, unitsOf } from '../../../src/main/engine/ablations/variants'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { Hooks } from '../../../src/main/engine/models/transformer/hooks'
import { needTransformer } from '../../../src/main/engine/models/transformer/transformerModel'
import { TrainableTransformer } from '../../../src/main/engine/training/trainableTransformer'

const folder = 'test/fixtures/parity/mamba'
const nothing: EditResources = {
  statistics: () => {
    throw new Error('no corpus')
  },
  valueIn: () => {
    throw new Error('no text')
  }
}
const input = { lengths: [4], ids: Int32Array.from([7, 9, 11, 13]), mask: null, segments: null }
let model: LoadedModel

beforeAll(async () => {
  await pickBackend()
  model = await loadModel(folder)
})
afterAll(() => model.dispose())

const compile = (at: `blocks.${number}.mixer.gate` | 'blocks.0.attn.out'): Hooks =>
  compileInterventions([{ at, edit: { kind: 'zero' } }], needTransformer(model).config, nothing)

test('a recurrence whose gate is closed adds nothing', () => {
  const { hiddenStates } = model.run(
    input,
    { hiddenStates: true, attentions: false },
    { hooks: compile('blocks.0.mixer.gate') }
  )
  const [before, after] = hiddenStates.map((state) => [...state.dataSync<'float32'>()])
  expect(after).toEqual(before)
  tf.dispose(hiddenStates)
})

test('a changed state is read by its token alone', () => {
  const states = (change: boolean): number[][] => {
    const hooks = new Hooks([
      [
        'blocks.0.mixer.state',
        (value: Tensor) => {
          const atSecond = tf.tensor2d([0, 1, 0, 0], [4, 1])
          return change ? tf.add(value, atSecond) : tf.clone(value)
        }
      ]
    ])
    const run = model.run(input, { hiddenStates: true, attentions: false }, { hooks })
    const rows = run.hiddenStates[1]!.arraySync()
    tf.dispose(run.hiddenStates)
    return rows
  }
  const [plain, changed] = [states(false), states(true)]
  const moved = plain.map((row, t) => Math.max(...row.map((value, i) => Math.abs(value - changed[t]![i]!))))
  expect(moved[1]).toBeGreaterThan(1e-3)
  expect([moved[0], moved[2], moved[3]]).toEqual([0, 0, 0])
})

test('its mixer stands for attention among the units, and it has no heads', () => {
  const { config } = needTransformer(model)
  const [first] = unitsOf('attention', config)
  expect(unitIntervention('attention', first!, { kind: 'zero' }, config)).toEqual({
    at: 'blocks.0.mixer.out',
    edit: { kind: 'zero' }
  })
  expect(() => unitsOf('head', config)).toThrow('This model has no heads; choose another kind of part.')
  expect(() => unitsOf('mlp', config)).toThrow('This model has no MLPs; choose another kind of part.')
})

test('what a recurrence does not have is refused with what it has', async () => {
  expect(() => compile('blocks.0.attn.out')).toThrow(
    'blocks.0.attn.out does not exist in this model: block 0 has resid_pre, mixer.gate, mixer.state, mixer.out, ' +
      'resid_mid, resid_post.'
  )
  await expect(TrainableTransformer.open(folder)).rejects.toThrow(
    'Layerscope computes no gradients for Mamba: block 0 has a recurrence in place of attention.'
  )
  await expect(TrainableTransformer.open('test/fixtures/parity/fnet')).rejects.toThrow(
    'Layerscope computes no gradients for FNet: block 0 has a Fourier transform in place of attention.'
  )
})
