import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { openSafetensors } from '../../../src/main/engine/checkpoints/safetensors'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { readInputs } from '../../../src/main/engine/models/parity'
import { createServices, type Services } from '../../../src/main/engine/services'

// Routers, gates and states of a model as its layers, against PyTorch's values.

const root = mkdtempSync(join(tmpdir(), 'layerscope-inside-model-'))
const mixtral = 'test/fixtures/parity/mixtral'
const mamba = 'test/fixtures/parity/mamba'
const elmo = 'test/fixtures/recurrent/elmo/released'
let services: Services

beforeAll(async () => {
  process.env.LAYERSCOPE_CACHE = root
  await pickBackend()
  services = createServices(() => undefined, join(root, 'results'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe.each([
  [mixtral, 'mlp.router_probs', 'router_probs'],
  [mixtral, 'mlp.router_weights', 'router_weights'],
  [mamba, 'mixer.state', 'states']
])('%s by %s', (folder, site, name) => {
  test('has the reference as its layers, behind the embeddings', async () => {
    const model = await loadModel(`${folder}#values=${site}`)
    const theirs = openSafetensors(join(folder, 'expected.safetensors'))
    const inputs = readInputs(folder)
    const { hiddenStates } = model.run(inputs, { hiddenStates: true, attentions: false })
    const widths = model.info.values.map(({ shape }) => Number(shape.at(-1)))
    let most = 0
    expect(hiddenStates).toHaveLength(3)
    hiddenStates.shift()!.dispose()
    for (const [block, state] of hiddenStates.entries()) {
      const layer = block + 1
      const expected = theirs.read(`${name}.${block}`)
      const values = state.dataSync()
      for (let row = 0; row < inputs.ids.length; row++) {
        // PyTorch's states of padding are not zero.
        if (inputs.mask?.[row] === 0) continue
        for (let i = 0; i < model.info.width; i++) {
          const wanted = i < widths[layer]! ? expected[row * widths[layer]! + i]! : 0
          most = Math.max(most, Math.abs(values[row * model.info.width + i]! - wanted))
        }
      }
      state.dispose()
    }
    expect(most).toBeLessThan(1e-4)
    theirs.close()
    model.dispose()
  })
})

test('it is a model of its own, offered where there are such values, and probed like any other', async () => {
  const plain = await services.models.open(elmo, silentJob())
  expect(plain.readings!.map(({ title }) => title)).toEqual([
    'with the forward cells as its layers',
    'with the backward cells as its layers'
  ])
  const info = await services.models.open(plain.readings![0]!.address, silentJob())
  expect(info).toMatchObject({ name: 'released (forward cells)', kind: 'recurrent', layers: 2, width: 24, heads: 0 })
  expect(info.readings).toEqual([{ title: 'with its hidden states', address: plain.path }])
  expect(info.notes).toContain('Its layers are forward cells (lstm.forward.c); layer 0 is the embeddings.')
  const twin = await services.models.open(info.path, silentJob(), 1)
  expect(new Set([plain.id, plain.twin, info.id, info.twin]).size).toBe(4)
  expect(twin.id).toBe(info.twin)
  const paths = ['test/fixtures/datasets/pud/en_pud.conllu']
  const { id: datasetId } = await services.datasets.open({ paths, trainFraction: 0.5, seed: 1 })
  const request = {
    modelId: info.id,
    datasetId,
    task: 'upos',
    trainSplit: 'train',
    testSplit: 'test',
    pool: 'first' as const,
    layers: [0, 1, 2],
    maxTrainWords: 200,
    maxTestWords: 100,
    control: false,
    probe: defaultMethod('linear'),
    seed: 1
  }
  const result = await services.runs.run('probe', request, silentJob())
  expect(result.layers.map(({ layer }) => layer)).toEqual([0, 1, 2])
  const sentence = { kind: 'text' as const, text: 'It rains.' }
  const effect = { modelId: info.id, sentence, interventions: [], corpus: null, runIds: [] }
  await expect(services.runs.run('sentence', effect, silentJob())).rejects.toThrow(
    'released (forward cells) is open with the forward cells in place of its hidden states.'
  )
})

test('a value that a model does not have is refused with those that it has', async () => {
  await expect(loadModel(`${mixtral}#values=mixer.gate`)).rejects.toThrow(
    'mixtral has no value "mixer.gate" inside its blocks; it has mlp.router_weights, mlp.router_probs.'
  )
  await expect(loadModel('test/fixtures/parity/bert#values=mixer.gate')).rejects.toThrow(
    'Only models with routers, gates or states have such values.'
  )
})
