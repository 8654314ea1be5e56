import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import type { ModelInfo } from '@shared/model'
import { defaultMethod } from '@shared/probeMethods'
import { openWeights } from '../../../src/main/engine/checkpoints/weightsFile'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { checkpointId, settingFiles, twinId } from '../../../src/main/engine/models/identity'
import { createServices, type Services } from '../../../src/main/engine/services'
import { alteredCopy, flip, tensorRanges } from './alteredCheckpoint'

const cacheBefore = process.env.LAYERSCOPE_CACHE
const bert = 'test/fixtures/parity/bert'
const gpt2 = 'resources/models/gpt2-ud-tiny'
let folder: string
let services: Services
let copies = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-identity-'))
  process.env.LAYERSCOPE_CACHE = join(folder, 'cache')
  await pickBackend()
  services = createServices(() => undefined, join(folder, 'results'))
})
afterAll(() => {
  if (cacheBefore === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = cacheBefore
  rmSync(folder, { recursive: true, force: true })
})

async function idOf(path: string): Promise<string> {
  const checkpoint = openWeights(path, path)
  try {
    return await checkpointId({ checkpoint, settings: settingFiles(path), adapted: [], computed: [] })
  } finally {
    checkpoint.close()
  }
}

async function idOfTwin(path: string, seed: number, stored: string[] = [], version = 1): Promise<string> {
  const checkpoint = openWeights(path, path)
  try {
    return await twinId({ checkpoint, settings: settingFiles(path), computed: [] }, { version, seed, stored })
  } finally {
    checkpoint.close()
  }
}

function copyOf(from: string): string {
  const to = join(folder, `copy-${copies++}`)
  cpSync(from, to, { recursive: true })
  return to
}

const open = (path: string, untrained: number | null = null): Promise<ModelInfo> =>
  services.models.open(path, silentJob(), untrained)

test('changing one value of any tensor changes the id, and changing it back restores it', async () => {
  const copy = copyOf(bert)
  const path = join(copy, 'model.safetensors')
  const id = await idOf(copy)
  const ids = new Set([id])
  const tensors = [...tensorRanges(path)]
  expect(tensors.length).toBe(58)
  for (const [, [begin, end]] of tensors) {
    // The lowest bit of the first, the middle and the last value, each 4 bytes.
    const middle = begin + 4 * Math.floor((end - begin) / 8)
    for (const position of new Set([begin, middle, end - 4])) {
      flip(path, position)
      ids.add(await idOf(copy))
      flip(path, position)
    }
  }
  const places = tensors.reduce((sum, [, [begin, end]]) => sum + Math.min(3, (end - begin) / 4), 0)
  expect(ids.size).toBe(1 + places)
  expect(await idOf(copy)).toBe(id)
})

test.each(['config.json', 'tokenizer.json', 'tokenizer_config.json'])('another %s is another model', async (name) => {
  const copy = copyOf(gpt2)
  const id = await idOf(copy)
  const path = join(copy, name)
  // One byte, after which it means the same: what it says is not judged.
  writeFileSync(path, `${readFileSync(path, 'utf8')}\n`)
  expect(await idOf(copy)).not.toBe(id)
})

test('tokenizer files that are not read do not count, those that are do', async () => {
  const copy = copyOf(gpt2)
  const id = await idOf(copy)
  writeFileSync(join(copy, 'vocab.txt'), 'not read beside a tokenizer.json\n')
  writeFileSync(join(copy, 'README.md'), 'not read at all\n')
  expect(await idOf(copy)).toBe(id)
  writeFileSync(join(copy, 'added_tokens.json'), '{}')
  expect(await idOf(copy)).not.toBe(id)
})

test('the same content has the same id in another folder, under links and another name', async () => {
  const id = await idOf(gpt2)
  expect(await idOf(copyOf(gpt2))).toBe(id)
  // As Hugging Face's cache has it: every file a link to its blob.
  const linked = join(folder, 'linked')
  cpSync(gpt2, linked, { recursive: true })
  for (const name of ['model.safetensors', 'config.json']) {
    rmSync(join(linked, name))
    symlinkSync(resolve(gpt2, name), join(linked, name))
  }
  expect(await idOf(linked)).toBe(id)
  const renamed = copyOf(gpt2)
  copyFileSync(join(renamed, 'model.safetensors'), join(renamed, 'weights.safetensors'))
  rmSync(join(renamed, 'model.safetensors'))
  expect(await idOf(renamed)).toBe(id)
})

test('an untrained twin goes by config, shapes, recipe and seed; values count where it takes them over', async () => {
  const copy = copyOf(bert)
  const path = join(copy, 'model.safetensors')
  const positions = 'bert.embeddings.position_embeddings.weight'
  const twin = await idOfTwin(copy, 1)
  const withPositions = await idOfTwin(copy, 1, [positions])
  expect(new Set([twin, withPositions, await idOfTwin(copy, 2), await idOfTwin(copy, 1, [], 2)]).size).toBe(4)
  flip(path, tensorRanges(path).get(positions)![0], 0x40)
  expect(await idOfTwin(copy, 1)).toBe(twin)
  expect(await idOfTwin(copy, 1, [positions])).not.toBe(withPositions)
  writeFileSync(join(copy, 'config.json'), `${readFileSync(join(copy, 'config.json'), 'utf8')}\n`)
  expect(await idOfTwin(copy, 1)).not.toBe(twin)
})

test('two fine-tunings share their untrained twin, and the twin that is opened has the id that was named', async () => {
  const tuned = join(folder, 'tuned-bert')
  alteredCopy(bert, tuned, ['bert.encoder.layer.1.output.dense.weight'])
  const [base, other] = [await open(bert), await open(tuned)]
  expect(other.id).not.toBe(base.id)
  expect(other.twin).toBe(base.twin)
  expect((await open(bert, 1)).id).toBe(base.twin)
})

test('one value of word vectors, the last in the file, makes others of them', async () => {
  const text = '2 3\ncat 1 2 3\ndog 4 5 6\n'
  const path = join(folder, 'a.vec')
  writeFileSync(path, text)
  writeFileSync(join(folder, 'b.vec'), text)
  writeFileSync(join(folder, 'c.vec'), text.replace('6', '7'))
  const first = await open(path)
  expect((await open(join(folder, 'b.vec'))).id).toBe(first.id)
  expect((await open(join(folder, 'c.vec'))).id).not.toBe(first.id)
})

test('a model tuned in its middle layers is not answered with the vectors of its base', async () => {
  const tuned = join(folder, 'tuned-gpt2')
  const middle = [1, 2].flatMap((block) =>
    ['attn.c_proj.weight', 'mlp.c_fc.weight', 'mlp.c_proj.weight'].map((name) => `transformer.h.${block}.${name}`)
  )
  alteredCopy(gpt2, tuned, middle, 2)
  const [base, other] = [await open(gpt2), await open(tuned)]
  expect(other.id).not.toBe(base.id)
  const { id: datasetId } = await services.datasets.open({
    paths: ['resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz'],
    divideBy: 'sentence'
  })
  const probe = (modelId: string) =>
    services.runs.run(
      'probe',
      {
        modelId,
        datasetId,
        task: 'upos',
        trainSplit: 'train',
        testSplit: 'test',
        pool: 'first',
        layers: null,
        maxTrainWords: 400,
        maxTestWords: 300,
        control: false,
        codelength: false,
        restarts: 1,
        probe: defaultMethod('linear'),
        seed: 1
      },
      silentJob()
    )
  const ofBase = await probe(base.id)
  const ofTuned = await probe(other.id)
  const accuracies = (run: typeof ofBase): number[] => run.layers.map(({ accuracy }) => accuracy)
  // Layers 0 and 1 are below what was altered.
  expect(accuracies(ofTuned).slice(0, 2)).toEqual(accuracies(ofBase).slice(0, 2))
  const rows = { datasetId, split: 'test', pool: 'first' as const, maxWords: 300 }
  const vectors = await Promise.all(
    [base.id, other.id].map((modelId) => services.activations.ensure({ ...rows, modelId }, silentJob()))
  )
  const equal = Array.from({ length: 5 }, (_, layer) => {
    const [a, b] = vectors.map((store) => Buffer.from(store.layer(layer).slice().buffer))
    return a!.equals(b!)
  })
  expect(equal).toEqual([true, true, false, false, false])
  // The tuned model alone, where no base was ever stored.
  rmSync(join(folder, 'cache'), { recursive: true })
  expect(accuracies(await probe(other.id))).toEqual(accuracies(ofTuned))
})
