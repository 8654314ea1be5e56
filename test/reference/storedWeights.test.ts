import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { openSafetensors } from '../../src/main/engine/checkpoints/safetensors'
import { writeSafetensors, type TensorToWrite } from '../../src/main/engine/checkpoints/writeSafetensors'
import { loadModel } from '../../src/main/engine/models/loadModel'
import { compareWithReference } from '../../src/main/engine/models/parity'
import { parityCases } from '../../src/main/engine/models/parityCases'

/**
 * The tensors that are stored decide together with config.json: where the two contradict each other, Layerscope gives
 * what PyTorch gives, or refuses. config_sweep.py beside this file tries every field of every family.
 */
const fixtures = 'test/fixtures/parity'
let folder: string

beforeAll(async () => {
  await pickBackend({ prefer: 'cpu' })
  folder = mkdtempSync(join(tmpdir(), 'layerscope-stored-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

type Config = Record<string, unknown>
type Tensors = Record<string, TensorToWrite>

/** A copy of a fixture with its config and its tensors changed. */
function changed(name: string, config: Config, change: (tensors: Tensors) => unknown): string {
  const copy = mkdtempSync(join(folder, `${basename(name)}-`))
  cpSync(join(fixtures, name), copy, { recursive: true })
  const before = JSON.parse(readFileSync(join(copy, 'config.json'), 'utf8')) as Config
  writeFileSync(join(copy, 'config.json'), JSON.stringify({ ...before, ...config }))
  const file = openSafetensors(join(copy, 'model.safetensors'))
  const tensors: Tensors = Object.fromEntries(
    file.names().map((tensor) => [tensor, { shape: file.describe(tensor).shape, data: file.read(tensor) }])
  )
  file.close()
  writeSafetensors(join(copy, 'model.safetensors'), (change(tensors) as Tensors | undefined) ?? tensors)
  return copy
}

const unchanged = (): void => undefined

describe('one field changed, as transformers computes it', () => {
  const cases = parityCases('test/fixtures/parity-options')
  test.each(cases)('$name', async ({ folder: path }) => {
    const model = await loadModel(path)
    expect(compareWithReference(model, path)).toMatchObject({ ok: true })
    model.dispose()
  })

  test.each<[string, Config]>([
    ['gemma2', { attn_logit_softcapping: undefined, final_logit_softcapping: undefined }],
    ['deberta-v2', { pos_att_type: ['p2c', 'c2p', 'c2p'] }]
  ])(
    '%s: fields that are left out have the default of the family, and what is named twice counts once',
    async (name, config) => {
      const path = changed(name, config, unchanged)
      const model = await loadModel(path)
      expect(compareWithReference(model, path)).toMatchObject({ ok: true })
      model.dispose()
    }
  )

  test('a head that is stored counts though config.json says it is tied', async () => {
    const path = changed('llama', { tie_word_embeddings: true }, unchanged)
    const model = await loadModel(path)
    expect(compareWithReference(model, path)).toMatchObject({ ok: true })
    expect(model.info.notes.slice(0, 1)).toEqual([
      "config.json says that the head's matrix is the token embeddings (tie_word_embeddings), but the checkpoint " +
        "has another one, 'lm_head.weight'. The stored one is used, as in transformers."
    ])
    model.dispose()
  })

  test('a head that repeats the embeddings is not another head', async () => {
    const path = changed('gpt2', {}, (tensors) => {
      tensors['lm_head.weight'] = tensors['transformer.wte.weight']!
    })
    const model = await loadModel(path)
    expect(compareWithReference(model, path)).toMatchObject({ ok: true })
    expect(model.info.notes.filter((note) => note.includes('tie_word_embeddings'))).toEqual([])
    model.dispose()
  })
})

describe('the names of a wrapped model', () => {
  test.each([
    ['module.', 'DataParallel'],
    ['_orig_mod.', 'torch.compile'],
    ['module._orig_mod.', 'DataParallel and torch.compile']
  ])('%s is taken off', async (prefix, by) => {
    const path = changed('bert', {}, (tensors) =>
      Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]))
    )
    const model = await loadModel(path)
    expect(compareWithReference(model, path)).toMatchObject({ ok: true })
    expect(model.info.notes).toContain(
      `All names of its tensors begin with '${prefix}', which ${by} adds; they are read without it.`
    )
    model.dispose()
  })

  test('a prefix that is not known is named', async () => {
    const path = changed('bert', {}, (tensors) =>
      Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`student.net.${name}`, tensor]))
    )
    await expect(loadModel(path)).rejects.toThrow(/needs\. The names of all its tensors begin with "student\.net\."\.$/)
  })
})

describe('weights that no single model has', () => {
  test('biases of XLNet with heads and their width exchanged are refused', async () => {
    const path = changed('xlnet-segments', {}, (tensors) => {
      const bias = tensors['transformer.layer.0.rel_attn.r_w_bias']!
      tensors['transformer.layer.0.rel_attn.r_w_bias'] = { ...bias, shape: [...bias.shape].reverse() }
    })
    await expect(loadModel(path)).rejects.toThrow(/'transformer.layer.0.rel_attn.r_w_bias' has shape \[/)
  })

  test('a tensor that is there with and without the prefix is refused where the two differ', async () => {
    const both = (change: number): string =>
      changed('bert', {}, (tensors) => {
        for (const [name, { shape, data }] of Object.entries(tensors))
          if (name.startsWith('bert.')) tensors[name.slice(5)] = { shape, data: data.map((value) => value + change) }
      })
    await expect(loadModel(both(1))).rejects.toThrow(
      /two tensors for one weight, '([\w.]+)' and 'bert\.\1', and their values differ\. Remove those that are not/
    )
    const path = both(0)
    const model = await loadModel(path)
    expect(compareWithReference(model, path)).toMatchObject({ ok: true })
    model.dispose()
  })

  test('the token embeddings of BART under two prefixes', async () => {
    const path = changed('../parity-options/bart--untied', {}, (tensors) => {
      const { shape, data } = tensors['shared.weight']!
      tensors['model.encoder.embed_tokens.weight'] = { shape, data: data.map((value) => -value) }
    })
    await expect(loadModel(path)).rejects.toThrow("'model.encoder.embed_tokens.weight', and their values differ")
  })

  test.each(['gpt2', 'bert'])('%s: values that grow beyond 32 bits are refused with their layer', async (name) => {
    const path = changed(name, {}, (tensors) => {
      for (const [tensor, { data }] of Object.entries(tensors))
        if (/\.1\.(mlp\.c_(fc|proj)|(intermediate|output)\.dense)\.weight$/.test(tensor))
          data.forEach((value, i) => (data[i] = value * 1e30))
    })
    const model = await loadModel(path)
    expect(() => compareWithReference(model, path)).toThrow(
      'Layer 2 of the model gives values that are not numbers for this text: they grow beyond what 32 bits hold.'
    )
    model.dispose()
  })
})

describe('weights that do not belong to config.json are refused', () => {
  test.each<[string, string, Config, (tensors: Tensors) => void, string]>([
    [
      'a bias that the config leaves out',
      'llama',
      {},
      (tensors) => {
        tensors['model.layers.0.self_attn.q_proj.bias'] = { shape: [32], data: new Float32Array(32) }
      },
      "A tensor of a block would be ignored: 'model.layers.0.self_attn.q_proj.bias'. With this config.json a " +
        'Llama model has no such tensor; config.json and weights do not match, or the model is of a different kind ' +
        'than it says.'
    ],
    [
      'fewer layers than are stored',
      'llama',
      { num_hidden_layers: 1 },
      () => undefined,
      'but config.json has 1. Correct the number of layers in config.json, or save the shortened model separately.'
    ],
    [
      'quantised parts',
      'llama',
      {},
      (tensors) => {
        tensors['model.layers.0.mlp.up_proj.qweight'] = { shape: [4], data: new Int32Array(4) }
      },
      "model.safetensors holds quantised weights (GPTQ or AWQ: 'model.layers.0.mlp.up_proj.qweight')."
    ],
    [
      'an adapter',
      'llama',
      {},
      (tensors) => {
        tensors['base_model.model.layers.0.self_attn.q_proj.lora_A.weight'] = { shape: [4], data: new Float32Array(4) }
      },
      "model.safetensors holds an adapter (LoRA: 'base_model.model.layers.0.self_attn.q_proj.lora_A.weight'), not " +
        'a model.'
    ],
    [
      'NaN in a matrix',
      'bert',
      {},
      (tensors) => {
        tensors['bert.encoder.layer.1.output.dense.weight']!.data[64 + 5] = NaN
      },
      "The tensor 'bert.encoder.layer.1.output.dense.weight' holds NaN at row 1, column 5 (from 0): training that " +
        'diverged leaves such values, and so does saving as half precision what does not fit.'
    ],
    [
      'Infinity in a norm',
      'bert',
      {},
      (tensors) => {
        tensors['bert.encoder.layer.0.output.LayerNorm.weight']!.data[3] = -Infinity
      },
      "The tensor 'bert.encoder.layer.0.output.LayerNorm.weight' holds -Infinity at position 3 (from 0)"
    ],
    [
      'NaN in the embeddings',
      'gpt2',
      {},
      (tensors) => {
        tensors['transformer.wte.weight']!.data[0] = NaN
      },
      "The tensor 'transformer.wte.weight' holds NaN at row 0, column 0 (from 0)"
    ],
    [
      'a size that no file has',
      'bert',
      { intermediate_size: 2_000_000_000 },
      () => undefined,
      'but config.json needs [2000000000, 32].'
    ],
    [
      'no tensors',
      'bert',
      {},
      (tensors) => Object.keys(tensors).forEach((name) => Reflect.deleteProperty(tensors, name)),
      'model.safetensors holds no tensors; save or download the checkpoint again.'
    ]
  ])('%s', async (_kind, name, config, change, sentence) => {
    const path = changed(name, config, (tensors) => change(tensors))
    await expect(loadModel(path)).rejects.toThrow(sentence)
  })

  test('a header of 200,000 empty tensors is read', async () => {
    const path = changed('bert', {}, (tensors) => {
      const empty = { shape: [0], data: new Float32Array(0) }
      for (let i = 0; i < 200_000; i++) tensors[`extra.${i}`] = empty
    })
    const model = await loadModel(path)
    expect(model.info.notes.at(-1)).toBe(
      "200000 tensors of the checkpoint are not used and were not read, among them 'extra.0'."
    )
    model.dispose()
  })
})

describe('a folder without config.json is called what it is', () => {
  test.each<[string, Record<string, string>, string]>([
    [
      'an adapter',
      { 'adapter_config.json': '{"base_model_name_or_path": "bert-base-uncased", "peft_type": "LORA"}' },
      'holds an adapter for "bert-base-uncased", not a model, and its base is neither in the cache nor beside it. ' +
        'Give the folder of its base (--base FOLDER, or Base in the window), or download it (layerscope fetch ' +
        'bert-base-uncased).'
    ],
    ['an adapter of nothing', { 'adapter_config.json': '{' }, 'holds an adapter, not a model.'],
    [
      'an old folder of sentence-transformers',
      {
        'modules.json':
          '[{"idx": 0, "name": "0", "path": "0_Transformer", "type": "sentence_transformers.models.Transformer"}]',
        '0_Transformer/config.json': '{}'
      },
      'is a folder of sentence-transformers with the model in 0_Transformer; open '
    ],
    ['a GGUF file', { 'model-q4.gguf': 'GGUF' }, 'holds "model-q4.gguf", quantised weights for llama.cpp (GGUF)'],
    ['a folder around it', { 'checkpoint-500/config.json': '{}' }, 'has no config.json, but a folder in it has: open '],
    ['anything else', { 'notes.txt': '' }, 'has no config.json; choose the folder of a checkpoint'],
    ['a config that is null', { 'config.json': 'null' }, 'config.json must be a JSON object; it is "null".'],
    ['a config that is a list', { 'config.json': '[1]' }, 'config.json must be a JSON object; it is "[1]".'],
    [
      'a config that was not downloaded',
      { 'config.json': 'version https://git-lfs.github.com/spec/v1\n' },
      'config.json is a pointer that Git LFS left in place of the file;'
    ]
  ])('%s', async (_kind, files, sentence) => {
    const path = mkdtempSync(join(folder, 'other-'))
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(path, file, '..'), { recursive: true })
      writeFileSync(join(path, file), text)
    }
    await expect(loadModel(path)).rejects.toThrow(sentence)
  })

  test('numbers that Python writes and JSON has not are read where nothing asks for them, and refused by name where something does', async () => {
    const path = changed('bert', {}, unchanged)
    const config = readFileSync(join(path, 'config.json'), 'utf8')
    const write = (field: string): void =>
      writeFileSync(join(path, 'config.json'), config.replace('{', `{"note": "\\"NaN", ${field},`))
    write('"foo": Infinity, "bar": [NaN, -Infinity]')
    const model = await loadModel(path)
    expect(compareWithReference(model, path)).toMatchObject({ ok: true })
    model.dispose()
    writeFileSync(join(path, 'config.json'), config.replace(/"layer_norm_eps":[^,]*/, '"layer_norm_eps": NaN'))
    await expect(loadModel(path)).rejects.toThrow('\'layer_norm_eps\' is "NaN"; expected a number.')
  })
})

test('every folder of ../shared/parity-options is committed', (context) => {
  const shared = '../shared/parity-options'
  if (!existsSync(shared)) return context.skip(`${shared} is not there`)
  const names = (path: string): string[] => parityCases(path).map(({ name }) => name)
  expect(names('test/fixtures/parity-options')).toEqual(expect.arrayContaining(names(shared)))
})
