import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { defaultAdaptation, type AdaptMethodOptions } from '@shared/adaptMethods'
import { openWeights } from '../../../src/main/engine/checkpoints/weightsFile'
import { readConfig } from '../../../src/main/engine/models/readConfig'
import { interpretConfig } from '../../../src/main/engine/models/transformer/interpretConfig'
import { parametersByLayer } from '../../../src/main/engine/training/layerParameters'
import { planOf } from '../../../src/main/engine/training/methods'
import type { AdaptPlan } from '../../../src/main/engine/training/methods/planner'

const bundled = 'resources/models/all-MiniLM-L6-v2'
const head = ['heads.task.weight', 'heads.task.bias']

function contextOf(folder: string, epochs = 4) {
  const { config } = interpretConfig(readConfig(folder))
  const checkpoint = openWeights(folder, folder)
  const names = checkpoint.names()
  checkpoint.close()
  return { config, layers: parametersByLayer(names, config.layers), head, epochs }
}

const parity = '../shared/parity'
const families = existsSync(parity)
  ? readdirSync(parity).filter((name) => existsSync(join(parity, name, 'config.json')))
  : []
if (families.length === 0) console.warn(`Layers of parameters were checked for one model: ${parity} is not there.`)

test.each([bundled, ...families.map((name) => join(parity, name))])('parameters of %s by layer', (folder) => {
  const { config, layers } = contextOf(folder)
  expect(layers).toHaveLength(config.layers + 2)
  expect(layers[0]!.length, 'embeddings').toBeGreaterThan(0)
  const shared = layers.slice(2, -1).every((names) => names.length === 0)
  // ALBERT stores the one block that all share.
  if (shared) expect(layers[1]!.length).toBeGreaterThan(5)
  else for (const names of layers.slice(1, -1)) expect(names.length).toBeGreaterThan(4)
  for (const name of layers.at(-1)!) expect(name).not.toMatch(/query|key|value|q_proj|c_attn|fc1|mlp/)
})

/** 'head 0-4, block 6 1-4, ...' for each stage. */
function inWords({ stages }: AdaptPlan): string[] {
  return stages.map(({ groups }) => groups.map(({ name, from, to }) => `${name} ${from}-${to}`).join(', '))
}

describe('a schedule of layers', () => {
  const context = contextOf(bundled)

  test('changes times and rates of what it names, and unfreezes with all weights', () => {
    const schedule = [
      { layer: 1, from: 2, to: null, rate: 3e-5 },
      { layer: 5, from: 1, to: 3, rate: null },
      { layer: 6, from: 0, to: 0, rate: null }
    ]
    const [stage] = planOf({ kind: 'frozen', blocks: 4 }, context, schedule).stages
    const block = (layer: number) => stage!.groups.find(({ name }) => name === `block ${layer}`)
    expect(block(1)).toMatchObject({ layer: 1, from: 2, to: 4, rate: 3e-5, parameters: context.layers[1] })
    expect(block(5)).toMatchObject({ from: 1, to: 3 })
    expect(block(5)).not.toHaveProperty('rate')
    expect(block(6)).toBeUndefined()
    expect(stage!.groups[0]).toMatchObject({ name: 'head', from: 0, to: 4 })
  })

  test.each<[string, AdaptMethodOptions, number, string]>([
    ['stages', { kind: 'chainThaw' }, 1, 'Chain-thaw trains in several stages, so its layers have no schedule'],
    ['features', defaultAdaptation('features'), 1, 'leaves the model as it is, so its layers have no schedule'],
    ['a layer too many', { kind: 'full' }, 7, 'The schedule names layer 7; the model has the layers 0 (the embeddings)']
  ])('is refused: %s', (_, method, layer, sentence) => {
    expect(() => planOf(method, context, [{ layer, from: 1, to: null, rate: null }])).toThrow(sentence)
  })
})

describe('what trains when', () => {
  const all = ['embeddings', 1, 2, 3, 4, 5, 6].map((layer) => (layer === 'embeddings' ? layer : `block ${layer}`))

  test.each<[string, AdaptMethodOptions, string[]]>([
    ['features', defaultAdaptation('features'), ['head 0-4']],
    ['full', defaultAdaptation('full'), [['head', ...all].map((name) => `${name} 0-4`).join(', ')]],
    ['frozen', { kind: 'frozen', blocks: 4 }, ['head 0-4, block 5 0-4, block 6 0-4']],
    [
      'gradual',
      { kind: 'gradual', blocksAnEpoch: 2 },
      // Two more blocks an epoch, and everything in the last one.
      ['head 0-4, embeddings 3-4, block 1 3-4, block 2 3-4, block 3 2-4, block 4 2-4, block 5 1-4, block 6 1-4']
    ]
  ])('%s', (_, method, stages) => {
    const context = contextOf(bundled)
    // The pooler is above the blocks; it is not read, and left out here.
    const plan = planOf(method, { ...context, layers: [...context.layers.slice(0, -1), []] })
    expect(inWords(plan)).toEqual(stages)
  })

  test('chain-thaw: the head, each layer from the bottom up, then everything', () => {
    const context = contextOf(bundled)
    const { stages } = planOf(defaultAdaptation('chainThaw'), context)
    expect(stages.map(({ name }) => name)).toEqual(['head', ...all, 'above the blocks', 'everything'])
    expect(stages.slice(0, -1).every(({ groups }) => groups.length === 1)).toBe(true)
  })

  test('adapters of 48 in both places with the norms: numbers that train as in PyTorch', () => {
    // ../shared/parity-training/peer-figures.md: 461,386 with a head of ten classes.
    const context = contextOf(bundled)
    const plan = planOf(defaultAdaptation('adapters'), context)
    const added = plan.newParameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0)
    const norms = plan.stages[0]!.groups.flatMap(({ parameters }) =>
      parameters.filter((name) => /LayerNorm/.test(name))
    )
    expect(added + 384 * norms.length + 10 * 385).toBe(461_386)
  })

  test('Pfeiffer: one adapter a block, and no norms', () => {
    const plan = planOf({ kind: 'adapters', size: 8, variant: 'pfeiffer' }, contextOf(bundled))
    expect(plan.newParameters).toHaveLength(6 * 4)
    expect(plan.newParameters.every(({ name }) => name.includes('.mlp.'))).toBe(true)
    const trained = plan.stages[0]!.groups.flatMap(({ parameters }) => [...parameters])
    expect(trained.filter((name) => !head.includes(name)).sort()).toEqual(
      plan.newParameters.map(({ name }) => name).sort()
    )
  })

  test('LoRA of rank 8 begins without a change', () => {
    const { newParameters, adaptation } = planOf(defaultAdaptation('lora'), contextOf(bundled))
    expect(adaptation).toMatchObject({ kind: 'lora', rank: 8, alpha: 16 })
    expect(newParameters.filter(({ name }) => name.endsWith('.b')).every(({ deviation }) => deviation === 0)).toBe(true)
    expect(newParameters).toHaveLength(6 * 2 * 2)
  })

  test('BitFit: biases alone', () => {
    const plan = planOf(defaultAdaptation('bitfit'), contextOf(bundled))
    const trained = plan.stages[0]!.groups.flatMap(({ parameters }) => [...parameters])
    expect(trained.every((name) => head.includes(name) || name.endsWith('bias'))).toBe(true)
    expect(trained.length).toBeGreaterThan(6 * 8)
  })

  test.each<[AdaptMethodOptions, number, string]>([
    [{ kind: 'frozen', blocks: 7 }, 4, '7 blocks cannot be frozen: the model has 6. Freeze at most 6.'],
    [
      { kind: 'gradual', blocksAnEpoch: 1 },
      1,
      'Gradual unfreezing needs at least 2 epochs: the head trains alone in the first one.'
    ]
  ])('%o in %d epochs is refused', (method, epochs, sentence) => {
    expect(() => planOf(method, contextOf(bundled, epochs))).toThrow(sentence)
  })

  test('LoRA of block-diagonal matrices is refused', () => {
    expect(() => planOf(defaultAdaptation('lora'), contextOf('test/fixtures/parity/squeezebert'))).toThrow(
      'LoRA adds a full matrix to those of queries and values, and those of this model are block-diagonal'
    )
  })

  test.each(['mobilebert', 'convbert--groups'])(
    'LoRA and adapters in blocks of other parts are refused: %s',
    (name) => {
      const context = contextOf(`test/fixtures/parity/${name}`)
      for (const kind of ['lora', 'adapters'] as const)
        expect(() => planOf(defaultAdaptation(kind), context)).toThrow(
          'which in this model a part other than attention reads'
        )
    }
  )
})
