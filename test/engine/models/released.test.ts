import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { modelAddress } from '../../../src/main/engine/models/address'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { compareWithReference, readInputs } from '../../../src/main/engine/models/parity'
import { endsAsStated, parityCases } from '../../../src/main/engine/models/parityCases'
import { openReleasedTensors } from '../../../src/main/engine/models/released/openReleased'
import { compareReleased } from '../../../src/main/engine/models/releasedParity'
import { isUserError } from '@shared/userError'

const released = resolve('test/fixtures/released')
const temporary = mkdtempSync(join(tmpdir(), 'released-'))
const prefix = 'bert_model.ckpt'
const dataFile = `${prefix}.data-00000-of-00001`

beforeAll(() => pickBackend())
afterAll(() => rmSync(temporary, { recursive: true }))

const remarks: Record<string, RegExp> = {
  bert: /^tensors exact, authors' values \d\.\de-6$/,
  'bert-training': /^tensors exact$/,
  'bert-half': /^tensors exact$/,
  'bert-slices': /^tensors exact$/,
  albert: /^tensors exact, authors' values \d\.\de-6$/,
  xlnet: /^tensors exact, authors' values \d\.\de-6$/,
  electra: /^tensors exact, generator \d\.\de-[67]$/,
  'fairseq-roberta': /^tensors exact, texts 6 of 6$/,
  'fairseq-xlmr': /^tensors exact, texts 6 of 6$/,
  'fairseq-camembert': /^tensors exact, texts 6 of 6$/,
  'flax-bert': /^tensors exact$/,
  'hub1-bert': /^tensors exact$/,
  'hub2-bert': /^tensors exact$/
}

test.each(Object.keys(remarks))('%s: tensors, and values of PyTorch and of the authors', async (name) => {
  const outcome = await compareReleased(join(released, name), join(released, name))
  expect(outcome.ok).toBe(true)
  expect(outcome.remark).toMatch(remarks[name]!)
})

test('a module of TF Hub for TensorFlow 2 is the BERT that it was made of, by the names of its variables', async () => {
  const inputs = readInputs(join(released, 'bert'))
  const [module, bert] = await Promise.all(['hub2-bert', 'bert'].map((name) => loadModel(join(released, name))))
  const [ours, theirs] = [module!, bert!].map((model) =>
    model
      .run(inputs, { hiddenStates: true, attentions: false, logits: false })
      .hiddenStates.map((state) => [...state.dataSync()])
  )
  expect(ours).toEqual(theirs)
  expect(module!.info).toMatchObject({ family: 'bert', layers: 2, heads: 3, head: false })
  module!.dispose()
  bert!.dispose()
})

test('a checkpoint that Flax saved in several files is the one of a single file', async () => {
  const folder = join(temporary, 'flax-pieces')
  cpSync(join(released, 'flax-bert'), folder, { recursive: true })
  const piece = 'flax_model-00001-of-00001.msgpack'
  renameSync(join(folder, 'flax_model.msgpack'), join(folder, piece))
  const { names } = openReleasedTensors(join(released, 'flax-bert'))
  const index = { weight_map: Object.fromEntries(names().map((name) => [name, piece])) }
  writeFileSync(join(folder, 'flax_model.msgpack.index.json'), JSON.stringify(index))
  expect((await compareReleased(folder, folder)).ok).toBe(true)
  for (const file of [piece, 'flax_model.msgpack.index.json']) expect(await refusalOf(join(folder, file))).toBeNull()
})

test("ELECTRA's discriminator says of every token whether it was replaced, as PyTorch does", async () => {
  const { logits } = await compareReleased(join(released, 'electra'), join(released, 'electra'))
  expect(logits).not.toBeNull()
  expect(logits!).toBeLessThan(1e-4)
})

test('every damaged file ends as it is described, and is named', async () => {
  const root = join(temporary, 'damaged')
  const described = readFileSync(join(released, 'damaged', 'cases.json'), 'utf8')
  const data = readFileSync(join(released, 'bert', dataFile))
  const changed = Buffer.from(data)
  // In the kernel that the description names: 3,840 bytes that end where the next variable begins.
  changed[47_000]! ^= 1
  const damagedData: Record<string, Buffer | null> = {
    'data-missing': null,
    'data-truncated': data.subarray(0, data.length / 2),
    'data-crc': changed,
    'extra-string': Buffer.concat([data, Buffer.from('\x01\x00\x00\x00\x00a')])
  }
  const names = Object.keys(JSON.parse(described) as object)
  for (const name of names) {
    const folder = join(root, name)
    mkdirSync(folder, { recursive: true })
    for (const file of ['bert_config.json', 'vocab.txt']) copyFileSync(join(released, 'bert', file), join(folder, file))
    copyFileSync(join(released, 'damaged', `${name}.index`), join(folder, `${prefix}.index`))
    const bytes = name in damagedData ? damagedData[name] : data
    if (bytes) writeFileSync(join(folder, dataFile), bytes)
  }
  writeFileSync(join(root, 'cases.json'), described)
  const cases = parityCases(root)
  expect(cases).toHaveLength(26)
  for (const { folder, outcome } of cases) await endsAsStated(outcome!, async () => (await loadModel(folder)).dispose())
})

/** The sentence with which a model is refused; null where it opens. */
async function refusalOf(path: string): Promise<string | null> {
  try {
    ;(await loadModel(path)).dispose()
    return null
  } catch (error) {
    if (isUserError(error)) return error.message
    throw error
  }
}

test('what a gelu means and which part is read are said, and decide the identity', async () => {
  const open = async (address: string) => {
    const { info, dispose } = await loadModel(address).then((model) => ({
      info: model.info,
      dispose: () => model.dispose()
    }))
    dispose()
    return info
  }
  const usual = await open(join(released, 'bert'))
  expect(usual.notes.join(' ')).toContain('computed with erf, as by transformers')
  const [other] = usual.readings!
  expect(other).toEqual({
    title: 'with the gelu of its authors (tanh form)',
    address: `${join(released, 'bert')}#gelu=authors`
  })
  const authors = await open(other!.address)
  expect(authors).toMatchObject({ name: "bert (authors' gelu)", path: other!.address, reference: 'none' })
  expect(authors.notes.join(' ')).toContain('computed in the tanh form')
  const generator = await open(`${join(released, 'electra')}#part=generator`)
  expect(generator).toMatchObject({ name: 'electra (generator)', width: 8, heads: 2, head: true })
  const ids = [usual.id, usual.twin, authors.id, authors.twin, generator.id, (await open(join(released, 'electra'))).id]
  expect(new Set(ids).size).toBe(6)
})

test('a checkpoint opens by its folder, by its index, and by name among several', async () => {
  const folder = join(temporary, 'several')
  cpSync(join(released, 'bert'), folder, { recursive: true })
  for (const ending of ['index', 'data-00000-of-00001'])
    copyFileSync(join(folder, `${prefix}.${ending}`), join(folder, `model.ckpt-20.${ending}`))
  expect(await refusalOf(folder)).toContain('holds 2 TensorFlow checkpoints')
  for (const file of ['model.ckpt-20.index', 'model.ckpt-20.data-00000-of-00001']) {
    const model = await loadModel(join(folder, file))
    expect(model.info).toMatchObject({ name: 'several (model.ckpt-20)', path: `${folder}#checkpoint=model.ckpt-20` })
    const again = await loadModel(model.info.path)
    expect(again.info.id).toBe(model.info.id)
    model.dispose()
    again.dispose()
  }
  writeFileSync(join(folder, 'checkpoint'), 'model_checkpoint_path: "/elsewhere/model.ckpt-20"\n')
  const newest = await loadModel(folder)
  expect(newest.info.files).toEqual(['model.ckpt-20.index', 'model.ckpt-20.data-00000-of-00001'])
  newest.dispose()
})

test('the older format, other releases and options that there are not are refused by name', async () => {
  const folder = join(temporary, 'older')
  mkdirSync(folder)
  copyFileSync(join(released, 'bert', 'bert_config.json'), join(folder, 'bert_config.json'))
  copyFileSync(join(released, 'bert', `${prefix}.index`), join(folder, prefix))
  for (const path of [folder, join(folder, prefix)])
    expect(await refusalOf(path)).toContain('a TensorFlow checkpoint of the older format V1')
  expect(await refusalOf(join(released, 'hub1-bert'))).toContain('do not say how many attention heads it has')
  expect(await refusalOf(`${join(released, 'bert')}#gelu=relu`)).toContain('"gelu=relu" is not known')
  expect(await refusalOf(`${join(released, 'bert')}#part=generator`)).toContain('has no part')
  expect(await refusalOf(`${join(released, 'electra')}#gelu=authors`)).toContain('could be read in two ways')
  expect(await refusalOf(`${resolve('test/fixtures/parity/bert')}#gelu=authors`)).toContain('is read in one way only')
  const lone = join(temporary, 'lone')
  cpSync(join(released, 'xlnet'), lone, { recursive: true })
  rmSync(join(lone, 'xlnet_config.json'))
  expect(await refusalOf(lone)).toContain('without its xlnet_config.json')
})

test("each release's vocabulary file is read", async () => {
  const tokens = async (name: string): Promise<string[]> => {
    const model = await loadModel(join(released, name))
    const tokenizer = model.needTokenizer()
    model.dispose()
    await tokenizer.prepare(['The', 'keys'])
    return [...tokenizer.encode(['The', 'keys']).ids].map((id) => tokenizer.tokenText(id))
  }
  expect(await tokens('bert')).toEqual(['[CLS]', 'the', 'keys', '[SEP]'])
  expect((await tokens('albert')).slice(0, 1)).toEqual(['[CLS]'])
  expect((await tokens('xlnet')).slice(-2)).toEqual(['<sep>', '<cls>'])
})

test('a # in a path that exists is part of it', () => {
  const folder = join(temporary, 'a#gelu=authors')
  mkdirSync(folder)
  expect(modelAddress(folder)).toEqual({
    path: folder,
    reading: { gelu: null, part: null, checkpoint: null, vector: null, values: null }
  })
  expect(existsSync(modelAddress(`${folder}#part=x`).path)).toBe(true)
  expect(modelAddress(`${folder}#part=x`).reading.part).toBe('x')
})

test.each(['fairseq-roberta-2020', 'fairseq-roberta-cfg'])('%s is the same model in a later layout', async (name) => {
  const model = await loadModel(join(released, name))
  expect(compareWithReference(model, join(released, 'fairseq-roberta'))).toMatchObject({ ok: true })
  expect(model.info).toMatchObject({ family: 'roberta', layers: 2, heads: 3, maxTokens: 20, head: true })
  const tokenizer = model.needTokenizer()
  model.dispose()
  await tokenizer.prepare(['<mask>'])
  expect(tokenizer.tokenText(186)).toBe('<mask>')
})

test('of a file of fairseq nothing is called, and what it would call is named', async () => {
  for (const file of ['model.pt', 'model-zip.pt'])
    expect(await refusalOf(join(released, 'fairseq-unsafe', file))).toMatch(/asks for 'posix\.system'.*Nothing.* run/)
})

test("fairseq's words need the dict.txt of the model", async () => {
  const folder = join(temporary, 'dict')
  cpSync(join(released, 'fairseq-roberta'), folder, { recursive: true })
  writeFileSync(join(folder, 'dict.txt'), '13 30\n')
  const model = await loadModel(folder)
  model.dispose()
  expect(() => model.needTokenizer()).toThrow('has 1 lines, 6 tokens with the special ones, but the model has 187')
})
