import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { UnitKind } from '@shared/ablation'
import type { Intervention } from '@shared/intervention'
import { silentJob } from '@shared/jobs'
import { anatomyOf } from '../../../src/main/engine/ablations/anatomy'
import { compileInterventions } from '../../../src/main/engine/ablations/compile'
import { unitsOf } from '../../../src/main/engine/ablations/variants'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { Hooks } from '../../../src/main/engine/models/transformer/hooks'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { createServices, type Services } from '../../../src/main/engine/services'

// Gates, states and directions of recurrent models are parts that can be switched off, like heads.

const root = mkdtempSync(join(tmpdir(), 'layerscope-units-'))
const folders = {
  elmo: 'test/fixtures/recurrent/elmo/released',
  awd: 'test/fixtures/recurrent/awd_lstm/fastai2',
  flair: 'test/fixtures/recurrent/flair/flair',
  mamba: 'test/fixtures/parity/mamba',
  mixtral: 'test/fixtures/parity/mixtral'
}
const zero = { kind: 'zero' } as const
const noResources = { statistics: () => undefined as never, valueIn: () => undefined as never }
let services: Services

beforeAll(async () => {
  process.env.LAYERSCOPE_CACHE = root
  await pickBackend()
  services = createServices(() => undefined, join(root, 'results'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function withModel(path: string, work: (model: LoadedModel) => void): Promise<void> {
  const model = await loadModel(path)
  try {
    work(model)
  } finally {
    model.dispose()
  }
}
function states(model: LoadedModel, words: readonly string[], interventions: readonly Intervention[]): Float32Array[] {
  const { ids } = model.needTokenizer().encode([...words])
  const hooks = compileInterventions(interventions, anatomyOf(model), noResources)
  const input = { lengths: [ids.length], ids, mask: null, segments: null }
  return model.run(input, { hiddenStates: true, attentions: false }, { hooks }).hiddenStates.map((state) => {
    const values = Float32Array.from(state.dataSync<'float32'>())
    state.dispose()
    return values
  })
}

describe('Transformer-XL', () => {
  const prenorm = 'test/fixtures/recurrent/transfo-xl/prenorm'
  const ids = Int32Array.from([3, 17, 41, 5, 58, 22])
  const heads = [0, 1]
  /** attn.out of the first block, with the interventions before it. */
  function attended(model: LoadedModel, interventions: readonly Intervention[]): number[] {
    let seen: number[] = []
    const changed = compileInterventions(interventions, anatomyOf(model), noResources)
    const hooks = new Hooks([
      ['blocks.0.attn.result', (value, { shape }) => changed.apply('blocks.0.attn.result', value, shape)],
      [
        'blocks.0.attn.out',
        (value) => {
          seen = [...value.dataSync<'float32'>()]
          return value
        }
      ]
    ])
    model.run(
      { lengths: [4, 2], ids, mask: null, segments: null },
      { hiddenStates: false, attentions: false },
      { hooks }
    )
    return seen
  }

  test('has heads, attention and MLPs: what attention adds is the sum of what its heads add', async () => {
    await withModel(prenorm, (model) => {
      const anatomy = anatomyOf(model)
      const count = (kind: UnitKind): number => unitsOf(kind, anatomy).length
      expect((['head', 'attention', 'mlp', 'block'] as const).map(count)).toEqual([4, 2, 2, 2])
      const at = 'blocks.0.attn.result' as const
      const alone = heads.map((head) => {
        const others = heads.filter((one) => one !== head)
        return attended(model, [{ at, heads: others, edit: zero }])
      })
      const whole = attended(model, [])
      expect(alone[0]).not.toEqual(alone[1])
      whole.forEach((value, i) => expect(alone[0]![i]! + alone[1]![i]!).toBeCloseTo(value, 5))
      expect(new Set(attended(model, [{ at, heads, edit: zero }]))).toEqual(new Set([0]))
      const refused = (intervention: Intervention): (() => unknown) => {
        return () => compileInterventions([intervention], anatomy, noResources)
      }
      expect(refused({ at, heads: [2], edit: zero })).toThrow('its heads are 0 to 1 in this model')
      expect(refused({ at: 'blocks.0.mlp.out', heads: [0], edit: zero })).toThrow('choose them at attn.result')
    })
  })
})

describe('the parts of a model', () => {
  test.each([
    ['elmo', { gate: 16, state: 4, direction: 4, block: 2 }],
    ['awd', { gate: 12, state: 3, direction: 3, block: 3 }],
    ['mamba', { gate: 2, state: 2, attention: 2, block: 2 }]
  ] as const)('%s', async (name, counts) => {
    await withModel(folders[name], (model) => {
      const anatomy = anatomyOf(model)
      for (const [kind, count] of Object.entries(counts))
        expect([kind, unitsOf(kind as keyof typeof counts, anatomy).length]).toEqual([kind, count])
      expect(() => unitsOf('head', anatomy)).toThrow('This model has no heads; choose another kind of part.')
    })
  })
  test('what a model does not have is refused by name', async () => {
    const refused = (model: LoadedModel, intervention: Intervention): (() => unknown) => {
      return () => compileInterventions([intervention], anatomyOf(model), noResources)
    }
    await withModel(folders.elmo, (model) => {
      expect(refused(model, { at: 'blocks.0.attn.result', edit: zero })).toThrow(
        'blocks.0.attn.result does not exist in this model: it has resid_post, lstm.forward.i'
      )
      expect(refused(model, { at: 'blocks.5.lstm.forward.i', edit: zero })).toThrow('There is no block 5')
      expect(refused(model, { at: 'blocks.0.lstm.forward.i', neurons: [999], edit: zero })).toThrow('has no neuron 999')
      const patch = { kind: 'patch', text: 'a' } as const
      expect(refused(model, { at: 'blocks.0.lstm.forward.i', edit: patch })).toThrow('made token by token')
    })
    await withModel(folders.flair, (model) => {
      expect(() => unitsOf('gate', anatomyOf(model))).toThrow('This model has no gates')
      expect(states(model, ['one', 'word'], [{ at: 'blocks.0.resid_post', edit: zero }])[1]).toEqual(
        new Float32Array(2 * model.info.width)
      )
    })
  })
})

test('a direction that is off gives nothing: what is left of its half is the input that is added to it', async () => {
  await withModel(folders.elmo, (model) => {
    const words = ['The', 'keys', 'are', 'here']
    const plain = states(model, words, [])
    const [, below, top] = states(model, words, [{ at: 'blocks.1.lstm.forward.h', edit: zero }])
    const { width } = model.info
    top!.forEach((value, i) => {
      const isForward = i % width < width / 2
      expect(value).toBeCloseTo(isForward ? below![i]! : plain[2]![i]!, 5)
    })
    expect(below).toEqual(plain[1])
  })
})

test('a gate is shut for the tokens that are named, and those before are as they were', async () => {
  await withModel(folders.awd, (model) => {
    const words = ['this', 'is', 'a', 'good', 'film']
    const plain = states(model, words, [])
    const shut = states(model, words, [{ at: 'blocks.0.lstm.forward.o', tokens: [2], edit: zero }])
    const { width } = model.info
    const row = (state: Float32Array, token: number): number[] => [
      ...state.subarray(token * width, (token + 1) * width)
    ]
    expect(row(shut[1]!, 1)).toEqual(row(plain[1]!, 1))
    expect(row(shut[1]!, 2).every((value) => value === 0)).toBe(true)
    expect(row(shut[1]!, 3)).not.toEqual(row(plain[1]!, 3))
  })
})

test('a scan switches off every gate of a corpus, and a set is compared with random ones', async () => {
  const { id: modelId } = await services.models.open(folders.elmo, silentJob())
  const paths = ['test/fixtures/datasets/pud/en_pud.conllu']
  const { id: datasetId } = await services.datasets.open({ paths, splitNames: ['all'] })
  const corpus = { modelId, datasetId, split: 'all', maxWords: 40, probe: null, loss: false, movement: true, seed: 1 }
  const scan = await services.runs.run('scan', { ...corpus, unit: 'gate', edit: { kind: 'mean' } }, silentJob())
  expect(scan.units).toHaveLength(16)
  expect(scan.units[0]).toEqual({ block: 0, head: null, site: 'lstm.forward.i' })
  for (const { value } of scan.measures[0]!.effects) expect(value).toBeGreaterThan(0)

  const interventions = [{ at: 'blocks.0.lstm.backward.h' as const, edit: zero }]
  const set = await services.runs.run('ablationSet', { ...corpus, interventions, randomSets: 2 }, silentJob())
  expect(set.measures[0]!.random).toHaveLength(2)
  const effect = await services.runs.run(
    'sentence',
    { modelId, sentence: { kind: 'text', text: 'The keys are here' }, interventions, corpus: null, runIds: [] },
    silentJob()
  )
  expect(effect.movement.shape).toEqual([3, 6])
  expect(effect.movement.data.subarray(0, 6)).toEqual(new Float32Array(6))
  expect(Math.max(...effect.movement.data)).toBeGreaterThan(0)
}, 60_000)
