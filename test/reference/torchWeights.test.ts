import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { openSafetensors } from '../../src/main/engine/checkpoints/safetensors'
import { loadModel } from '../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../src/main/engine/models/model'
import { compareWithReference } from '../../src/main/engine/models/parity'
import { writeTorch } from './writeTorch'

const bert = 'test/fixtures/parity/bert'
const torch = 'test/fixtures/torch'
const shared = '../shared/parity'
const chosen = ['gpt2', 'bloom', 't5', 'llama', 'xlnet', 'deberta-v2']
if (!existsSync(shared))
  console.warn(`pytorch_model.bin of the families in ${shared} was not compared: the folder is not there.`)

const folder = mkdtempSync(join(tmpdir(), 'layerscope-torch-weights-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(async () => {
  await pickBackend()
})

function hiddenStates(model: LoadedModel): Float32Array[] {
  const run = model.run(
    { lengths: [4, 2], ids: Int32Array.from([7, 5, 6, 9, 8, 11]), mask: null, segments: null },
    { hiddenStates: true, attentions: false }
  )
  const values = run.hiddenStates.map((state) => Float32Array.from(state.dataSync<'float32'>()))
  run.hiddenStates.forEach((state) => state.dispose())
  run.projected?.dispose()
  return values
}

async function expectSame(path: string, other: string): Promise<void> {
  const ours = await loadModel(path)
  const theirs = await loadModel(other)
  expect(hiddenStates(ours)).toEqual(hiddenStates(theirs))
  // A note may name the folder.
  const notes = ({ info }: LoadedModel): string[] => info.notes.map((note) => note.replaceAll(info.path, ''))
  expect(ours.info).toMatchObject({ parameters: theirs.info.parameters, dtype: theirs.info.dtype })
  expect(notes(ours)).toEqual(notes(theirs))
  ours.dispose()
  theirs.dispose()
}

test.each(['bert', 'bert-stream', 'bert-pieces'])(
  'pytorch_model.bin as PyTorch writes it (%s) is the same model',
  async (name) => {
    const path = join(folder, name)
    cpSync(join(torch, name), path, { recursive: true })
    copyFileSync(join(bert, 'config.json'), join(path, 'config.json'))
    await expectSame(path, bert)
    // A reference beside it is not a checkpoint, however it ends.
    for (const file of ['inputs.json', 'expected.safetensors']) copyFileSync(join(bert, file), join(path, file))
    const model = await loadModel(path)
    expect(compareWithReference(model, path).ok).toBe(true)
    model.dispose()
  }
)

test('a checkpoint in pieces opens by its index and by a piece; a piece that is missing is named', async () => {
  const path = join(folder, 'bert-pieces')
  await expectSame(join(path, 'pytorch_model.bin.index.json'), bert)
  await expectSame(join(path, 'pytorch_model-00002-of-00002.bin'), bert)
  const lacking = join(folder, 'lacking')
  cpSync(path, lacking, { recursive: true })
  rmSync(join(lacking, 'pytorch_model-00001-of-00002.bin'))
  await expect(loadModel(lacking)).rejects.toThrow(
    `${lacking} lacks 1 of the 2 pieces of this checkpoint, among them pytorch_model-00001-of-00002.bin; download it too.`
  )
  rmSync(join(lacking, 'pytorch_model.bin.index.json'))
  await expect(loadModel(lacking)).rejects.toThrow(
    `${lacking} has weights in pieces but no pytorch_model.bin.index.json, which says which tensor is in which file; download it too.`
  )
})

test('an index of .bin pieces names no other files', async () => {
  const path = join(folder, 'strange')
  cpSync(join(folder, 'bert-pieces'), path, { recursive: true })
  const index = join(path, 'pytorch_model.bin.index.json')
  const json = JSON.parse(readFileSync(index, 'utf8')) as { weight_map: Record<string, string> }
  json.weight_map['cls.predictions.bias'] = '../../secret.bin'
  writeFileSync(index, JSON.stringify(json))
  await expect(loadModel(path)).rejects.toThrow(
    `pytorch_model.bin.index.json names "../../secret.bin" as the file of 'cls.predictions.bias'; it must be a .bin file beside the index.`
  )
})

test('a folder without weights is refused with what to look for', async () => {
  const path = join(folder, 'bare')
  cpSync(bert, path, { recursive: true })
  rmSync(join(path, 'model.safetensors'))
  await expect(loadModel(path)).rejects.toThrow(
    `${path} has a config.json but neither model.safetensors nor pytorch_model.bin with the weights.`
  )
})

test.each(existsSync(shared) ? chosen : [])(
  '%s of the reference set gives the same hidden states from pytorch_model.bin',
  async (name) => {
    const path = join(folder, 'shared', name)
    cpSync(join(shared, name, 'config.json'), join(path, 'config.json'))
    const whole = openSafetensors(join(shared, name, 'model.safetensors'))
    writeTorch(join(path, 'pytorch_model.bin'), whole)
    whole.close()
    await expectSame(path, join(shared, name))
  }
)
