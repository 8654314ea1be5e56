import * as tf from '@tensorflow/tfjs-core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HookName } from '@shared/hookNames'
import type { Intervention } from '@shared/intervention'
import { compileInterventions } from '../../../src/main/engine/ablations/compile'
import type { EditResources } from '../../../src/main/engine/ablations/edits/edit'
import { unitIntervention, unitsOf } from '../../../src/main/engine/ablations/variants'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { Hooks, type Hook } from '../../../src/main/engine/models/transformer/hooks'
import { needTransformer } from '../../../src/main/engine/models/transformer/transformerModel'
import { routerProbabilities, routerWeights } from '../../../src/main/engine/models/transformer/mixture/routing'
import { usualMixture, type MixtureConfig } from '../../../src/main/engine/models/transformer/mixture/config'
import { TrainableTransformer } from '../../../src/main/engine/training/trainableTransformer'

const folder = 'test/fixtures/parity/mixtral'
const nothing: EditResources = {
  statistics: () => {
    throw new Error('no corpus')
  },
  valueIn: () => {
    throw new Error('no text')
  }
}
const input = { lengths: [5], ids: Int32Array.from([7, 9, 11, 13, 15]), mask: null, segments: null }
let model: LoadedModel

beforeAll(async () => {
  await pickBackend()
  model = await loadModel(folder)
})
afterAll(() => model.dispose())

/** A value of a run with interventions. */
function valueOf(name: HookName, interventions: Intervention[] = []): Float32Array {
  let seen: Float32Array | null = null
  const look: Hook = (value: Tensor) => {
    seen = Float32Array.from(value.dataSync<'float32'>())
    return value
  }
  const { config } = needTransformer(model)
  const compiled = compileInterventions(interventions, config, nothing)
  const hooks = new Hooks([
    ...interventions.map(({ at }): [HookName, Hook] => [at, (value, { shape }) => compiled.apply(at, value, shape)]),
    [name, look]
  ])
  tf.dispose(model.run(input, { hiddenStates: false, attentions: false }, { hooks }).hiddenStates)
  return seen!
}

const off = (...neurons: number[]): Intervention => ({
  at: 'blocks.1.mlp.router_weights',
  neurons,
  edit: { kind: 'zero' }
})

describe('an expert that is switched off', () => {
  test('adds nothing, and all of them off leave nothing of the mixture', () => {
    const weights = valueOf('blocks.1.mlp.router_weights')
    expect(weights.filter((weight) => weight > 0)).toHaveLength(2 * 5)
    for (let t = 0; t < 5; t++) expect(weights.subarray(4 * t, 4 * t + 4).reduce((a, b) => a + b)).toBeCloseTo(1, 6)
    const plain = valueOf('blocks.1.mlp.out')
    // What the experts add is the sum of what each adds by itself.
    const alone = [0, 1, 2, 3].map((e) => valueOf('blocks.1.mlp.out', [off(...[0, 1, 2, 3].filter((o) => o !== e))]))
    plain.forEach((value, i) => expect(alone.reduce((sum, each) => sum + each[i]!, 0)).toBeCloseTo(value, 5))
    expect(Math.max(...valueOf('blocks.1.mlp.out', [off(0, 1, 2, 3)]).map(Math.abs))).toBe(0)
  })

  test('only where it exists', () => {
    const { config } = needTransformer(model)
    const compile = (intervention: Intervention) => () => compileInterventions([intervention], config, nothing)
    expect(compile(off(4))).toThrow('blocks.1.mlp.router_weights has no neuron 4; it is 4 wide in this model.')
    expect(compile({ at: 'blocks.0.mlp.post', edit: { kind: 'zero' } })).toThrow(
      'blocks.0.mlp.post does not exist in this model: block 0 has a mixture of experts in place of an MLP. Its ' +
        'experts are the neurons of blocks.0.mlp.router_weights.'
    )
    const dense = { ...config, blocks: config.blocks.map(({ feedForward: _, ...place }) => place) }
    expect(() => compileInterventions([off(0)], dense, nothing)).toThrow(
      'blocks.1.mlp.router_weights does not exist in this model: block 1 has resid_pre, attn.q, attn.k, attn.v, ' +
        'attn.pattern, attn.result, attn.out, resid_mid, mlp.post, mlp.out, resid_post.'
    )
  })
})

test('every expert is a unit that is switched off where the router weighs it', () => {
  const { config } = needTransformer(model)
  const units = unitsOf('expert', config)
  expect(units).toHaveLength(2 * 4)
  expect(unitIntervention('expert', units[5]!, { kind: 'zero' }, config)).toEqual(off(1))
  expect(unitsOf('head', config)).toHaveLength(2 * 4)
})

test('gradients of a mixture are refused in a sentence', async () => {
  await expect(TrainableTransformer.open(folder)).rejects.toThrow(
    'Layerscope computes no gradients for Mixtral: block 0 has a mixture of experts in place of an MLP.'
  )
})

describe('weights of experts, by hand', () => {
  const config: MixtureConfig = { ...usualMixture, experts: 4, chosen: 2, width: 1, activation: 'silu' }
  const logits = Float32Array.from([Math.log(4), Math.log(3), Math.log(2), Math.log(1)])
  const weigh = (more: Partial<MixtureConfig>, correction: number[] | null = null): number[] => {
    const chosen = { ...config, ...more }
    const given = correction && Float32Array.from(correction)
    return [...routerWeights(logits, routerProbabilities(logits, chosen), chosen, given)].map((x) =>
      Number(x.toFixed(6))
    )
  }

  test('softmax over all; the best two, as they are or divided by their sum', () => {
    expect(weigh({ weights: 'probabilities' })).toEqual([0.4, 0.3, 0, 0])
    expect(weigh({})).toEqual([0.571429, 0.428571, 0, 0])
  })

  test('a correction decides the choice, not the weight; groups are chosen first', () => {
    expect(weigh({ score: 'sigmoid', weights: 'probabilities' }, [-1, 0, 0, 1])).toEqual([0, 0.75, 0, 0.5])
    const groups = { count: 2, kept: 1, by: 'bestTwo' } as const
    expect(weigh({ weights: 'probabilities', groups, factor: 2 }, [0, 0, 0.3, 0.3])).toEqual([0, 0, 0.4, 0.2])
    expect(weigh({ weights: 'probabilities', groups: { ...groups, by: 'best' } }, [0, 0, 0, 0.2])).toEqual([
      0.4, 0.3, 0, 0
    ])
  })

  test('the sparse mixer weighs each by softmax over the logits close to it', () => {
    expect(weigh({ weights: 'sparseMixer', closeness: 0.2 })).toEqual([0.571429, 0.6, 0, 0])
  })
})
