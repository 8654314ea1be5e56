import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { openSafetensors } from '../../src/main/engine/checkpoints/safetensors'
import { openSharded } from '../../src/main/engine/checkpoints/sharded'
import { writeSafetensors, type TensorToWrite } from '../../src/main/engine/checkpoints/writeSafetensors'
import { loadModel } from '../../src/main/engine/models/loadModel'
import { compareWithReference } from '../../src/main/engine/models/parity'

const reference = 'test/fixtures/parity/llama'
const indexName = 'model.safetensors.index.json'
const pieces = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const
const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))
beforeAll(async () => {
  await pickBackend()
})

/** The Llama fixture in two pieces, every second tensor in each. */
function sharded(change: (map: Record<string, string>) => void = () => undefined): string {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-sharded-'))
  folders.push(folder)
  copyFileSync(join(reference, 'config.json'), join(folder, 'config.json'))
  const whole = openSafetensors(join(reference, 'model.safetensors'))
  const contents: [Record<string, TensorToWrite>, Record<string, TensorToWrite>] = [{}, {}]
  const map: Record<string, string> = {}
  whole.names().forEach((name, i) => {
    contents[i % 2 === 0 ? 0 : 1][name] = { shape: whole.describe(name).shape, data: whole.read(name) }
    map[name] = pieces[i % 2 === 0 ? 0 : 1]
  })
  whole.close()
  contents.forEach((tensors, i) => writeSafetensors(join(folder, pieces[i === 0 ? 0 : 1]), tensors))
  change(map)
  writeFileSync(join(folder, indexName), JSON.stringify({ metadata: { total_size: 1 }, weight_map: map }))
  return folder
}

test('a checkpoint in pieces is the same model, by its folder, its index or one of its pieces', async () => {
  const folder = sharded()
  const whole = await loadModel(reference)
  for (const chosen of [folder, join(folder, indexName), join(folder, pieces[1])]) {
    const model = await loadModel(chosen)
    expect(compareWithReference(model, reference)).toEqual(compareWithReference(whole, reference))
    expect(model.info.parameters).toBe(whole.info.parameters)
    model.dispose()
  }
  whole.dispose()
})

test('a piece that is missing is named', async () => {
  const folder = sharded()
  rmSync(join(folder, pieces[1]))
  await expect(loadModel(folder)).rejects.toThrow(
    `${folder} lacks 1 of the 2 pieces of this checkpoint, among them ${pieces[1]}; download it too.`
  )
})

test('pieces without their index are refused', async () => {
  const folder = sharded()
  rmSync(join(folder, indexName))
  await expect(loadModel(folder)).rejects.toThrow(`has weights in pieces but no ${indexName}`)
})

test('an index that leads out of the folder is refused', () => {
  const folder = sharded((map) => {
    map['lm_head.weight'] = '../../secret.safetensors'
  })
  expect(() => openSharded(join(folder, indexName))).toThrow(
    `${indexName} names "../../secret.safetensors" as the file of 'lm_head.weight'; it must be a .safetensors file beside the index.`
  )
})

test('an index of another checkpoint is refused', () => {
  const folder = sharded((map) => {
    map['model.layers.9.mlp.up_proj.weight'] = pieces[0]
  })
  expect(() => openSharded(join(folder, indexName))).toThrow(
    `'model.layers.9.mlp.up_proj.weight' is in ${pieces[0]}, but it is not`
  )
})

test('an index without a map is refused', () => {
  const folder = sharded()
  writeFileSync(join(folder, indexName), '{"metadata": {}}')
  expect(() => openSharded(join(folder, indexName))).toThrow("has no 'weight_map'")
})

test('a quantised checkpoint is refused by the name of the field', async () => {
  const folder = sharded()
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as object
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ ...config, quantization_config: { quant_method: 'gptq' } })
  )
  await expect(loadModel(folder)).rejects.toThrow(
    'config.json: the weights are quantised ("gptq"), as \'quantization_config\' says. Layerscope reads weights as F32, F16 or BF16; open the checkpoint that this one was made from.'
  )
})
