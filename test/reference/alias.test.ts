import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isUserError } from '@shared/userError'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { loadModel } from '../../src/main/engine/models/loadModel'
import { compareWithReference } from '../../src/main/engine/models/parity'

/**
 * A checkpoint whose model_type is changed to that of a similar family is refused, or it is the same model: config.json
 * and weights say what the family does not do.
 */
const shared = '../shared/parity-more'
const scratch = mkdtempSync(join(tmpdir(), 'layerscope-alias-'))
afterAll(() => rmSync(scratch, { recursive: true }))
beforeAll(async () => {
  await pickBackend()
})
if (!existsSync(shared)) console.warn(`Changed families were not checked: ${shared} is not there.`)

const aliases = [
  ['flaubert', 'xlm'],
  ['eurobert', 'llama'],
  ['umt5', 't5'],
  ['mbart', 'bart'],
  ['stablelm', 'llama'],
  ['olmo3', 'olmo2'],
  ['granite', 'llama'],
  ['smollm3', 'llama'],
  ['helium', 'llama'],
  ['ernie4_5', 'llama'],
  ['ministral', 'mistral'],
  ['ministral3', 'mistral'],
  ['hunyuan_v1_dense', 'llama'],
  ['hunyuan_v1_dense', 'qwen3'],
  ['camembert', 'roberta'],
  ['mt5', 't5'],
  ['internlm3', 'llama'],
  ['cohere2', 'cohere'],
  ['cohere', 'llama'],
  ['glm', 'phi3'],
  ['starcoder2', 'mistral'],
  ['nemotron', 'stablelm'],
  ['exaone4', 'olmo2'],
  ['exaone4', 'qwen3'],
  ['olmo', 'llama'],
  ['mistral3', 'gemma3'],
  ['falcon--rw', 'bloom'],
  ['longformer', 'roberta'],
  ['led', 'bart'],
  ['big_bird--sparse', 'bert'],
  ['deberta', 'deberta-v2'],
  ['m2m_100', 'mbart'],
  ['pegasus', 'mbart'],
  ['blenderbot', 'bart'],
  ['openai-gpt', 'gpt2'],
  ['gpt_bigcode', 'gpt2'],
  ['codegen', 'gptj'],
  ['xglm', 'opt'],
  ['mpt', 'bloom'],
  ['esm', 'bert'],
  ['roformer', 'bert'],
  ['ernie', 'bert'],
  ['luke', 'roberta'],
  ['roberta-prelayernorm', 'roberta'],
  ['xlm-roberta-xl', 'roberta'],
  ['megatron-bert', 'bert'],
  ['clip_text_model', 'siglip_text_model'],
  ['siglip_text_model', 'clip_text_model'],
  ['modernbert-decoder', 'modernbert'],
  ['nomic_bert', 'gte'],
  ['data2vec-text', 'roberta']
] as const

/** A copy of a case whose config.json is changed. */
function changed(
  name: string,
  as: string,
  change: (config: Record<string, unknown>) => Record<string, unknown>
): string {
  const folder = join(scratch, `${name}-${as}`)
  cpSync(join(shared, name), folder, { recursive: true })
  const path = join(folder, 'config.json')
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)))
  return folder
}

test.skipIf(!existsSync(shared)).each(['clip', 'siglip'])('the text part of %s opens from the whole', async (type) => {
  const text = `${type}_text_model`
  const model = await loadModel(changed(text, type, (config) => ({ model_type: type, text_config: config })))
  try {
    expect(compareWithReference(model, join(shared, text))).toMatchObject({ ok: true })
    expect(model.info.notes.join(' ')).toContain('the text part is run')
  } finally {
    model.dispose()
  }
})

test.skipIf(!existsSync(shared)).each(aliases)('%s as %s is refused, or right', async (name, type) => {
  const folder = changed(name, type, (config) => ({ ...config, model_type: type }))
  let model
  try {
    model = await loadModel(folder)
  } catch (error) {
    expect(isUserError(error), String(error)).toBe(true)
    return
  }
  try {
    expect(compareWithReference(model, folder)).toMatchObject({ ok: true })
  } finally {
    model.dispose()
  }
})
