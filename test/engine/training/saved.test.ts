import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { families } from '../../../src/main/engine/models/transformer/families'
import { ModelService } from '../../../src/main/engine/services/modelService'
import { headScores, type HeadObjective } from '../../../src/main/engine/training/heads'
import type { Adaptation } from '../../../src/main/engine/training/recipe'
import { classesOf, headOf } from '../../../src/main/engine/training/saved/classes'
import { openOwnHead } from '../../../src/main/engine/training/saved/ownHead'
import type { TaskHead } from '../../../src/main/engine/training/saved/placeHead'
import { writeCheckpoint, type TrainedHead } from '../../../src/main/engine/training/saved/writeCheckpoint'
import { TrainableTransformer } from '../../../src/main/engine/training/trainableTransformer'
import { trainingBatch } from '../../../src/main/engine/training/trainingBatch'

// What comes out of training, opened by transformers: its logits are those of the head as it was trained.

const script = 'test/fixtures/training/saved/open_saved.py'
const python = [process.env['LAYERSCOPE_PEER_PYTHON'], 'python3'].find(
  (command) => command && spawnSync(command, ['-c', 'import torch, transformers']).status === 0
)
const shared = '../shared/parity'
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-saved-'))
  await pickBackend()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Trained {
  class: string
  note: string
  /** Scores of the head on the sentences before the model is written. */
  scores: number[][]
}

/** Every number of the model moves a little, and a head comes on top. */
async function trained(
  source: string,
  head: TrainedHead,
  out: string,
  adaptation: Adaptation | null = null,
  moved = true
): Promise<Trained> {
  const model = await TrainableTransformer.open(source)
  const { parameters, config } = model
  try {
    for (const [index, name] of moved ? parameters.names.entries() : [])
      tf.tidy(() => {
        const variable = parameters.get(name)
        variable.assign(tf.add(variable, tf.mul(wave(variable.shape, index), 0.01)))
      })
    if (head.task === 'sequence' || head.task === 'token') {
      const width = config.outputWidth ?? config.width
      const add = (name: string, shape: number[], seed: number): void =>
        tf.tidy(() => void parameters.add(`heads.${head.name}.${name}`, tf.mul(wave(shape, seed), 0.3)))
      const outputs = Math.max(1, head.labels.length)
      add('weight', [outputs, width], 1)
      if (headOf(model.family.type, head.task)?.bias ?? true) add('bias', [outputs], 2)
      if (head.kind !== 'linear') {
        add('dense.weight', [width, width], 3)
        add('dense.bias', [width], 4)
      }
      if (head.hiddenState === 'scalar mix') {
        tf.tidy(() => void parameters.add('mix.weights', wave([config.layers + 1], 5)))
        tf.tidy(() => void parameters.add('mix.gamma', tf.tensor1d([1.5])))
      }
    }
    if (adaptation) adapt(model, adaptation)
    const scores = head.task === 'sequence' || head.task === 'token' ? trainedScores(model, head) : []
    const written = writeCheckpoint(model, {
      sourceFolder: source,
      folder: out,
      head,
      lineage: { base: { name: 'base', path: resolve(source) }, recipe: 'test', data: 'waves', seed: 3, step: 10 }
    })
    return { ...written, scores }
  } finally {
    model.dispose()
  }
}

function adapt(model: TrainableTransformer, adaptation: Adaptation): void {
  const { parameters, config } = model
  const add = (name: string, shape: number[]): void =>
    tf.tidy(() => void parameters.add(name, tf.mul(wave(shape, parameters.names.length), 0.2)))
  if (adaptation.kind === 'lora')
    for (const { part, inputs } of model.attentionSites()) {
      if (!adaptation.parts.includes(part.name)) continue
      const outputs = (part.name === 'query' ? config.heads : config.keyValueHeads) * config.headWidth
      add(`lora.${part.block}.${part.name}.a`, [adaptation.rank, inputs])
      add(`lora.${part.block}.${part.name}.b`, [outputs, adaptation.rank])
    }
  else
    for (let layer = 0; layer < config.layers; layer++)
      for (const place of adaptation.places) {
        const name = `adapters.${layer}.${place}`
        add(`${name}.down.weight`, [adaptation.size, config.width])
        add(`${name}.down.bias`, [adaptation.size])
        add(`${name}.up.weight`, [config.width, adaptation.size])
        add(`${name}.up.bias`, [config.width])
      }
  model.adaptation = adaptation
}

function trainedScores(model: TrainableTransformer, { task, name, pooling, kind, hiddenState }: TaskHead): number[][] {
  const shared = { head: kind, hidden_state: hiddenState, classes: 1 }
  const objective: HeadObjective =
    task === 'token'
      ? { kind: 'word tagging', ...shared }
      : { kind: 'sentence classification', pooling: pooling!, ...shared }
  return sentences.map((ids) => {
    const batch = trainingBatch({ input_ids: [ids], labels: {} })
    const scores = tf.tidy(() =>
      headScores(objective, `heads.${name}`, model.run(batch.tokens), batch, model.parameters).dataSync<'float32'>()
    )
    return [...scores]
  })
}

function wave(shape: number[], seed: number): tf.Tensor {
  const count = shape.reduce((product, extent) => product * extent, 1)
  return tf.tensor(
    Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed * 0.9)),
    shape
  )
}

const sentences = [
  [5, 17, 9, 23, 4],
  [7, 8, 30]
]

interface PeerScores {
  class: string
  missing: string[]
  logits: number[] | number[][]
}

function openInPython(folders: readonly (readonly [task: string, folder: string])[]): Record<string, PeerScores> {
  for (const [, path] of folders) writeFileSync(join(path, 'inputs.json'), JSON.stringify({ input_ids: sentences }))
  const named = folders.map(([task, path]) => `${task}=${path}`)
  const { status, stdout, stderr } = spawnSync(python!, [script, ...named], { encoding: 'utf8', maxBuffer: 1 << 28 })
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, PeerScores>
}

async function ownScores(path: string): Promise<number[][]> {
  const model = await loadModel(path)
  const head = openOwnHead(path)!
  try {
    return sentences.map((ids) => [
      ...head.scores(model, { lengths: [ids.length], ids: Int32Array.from(ids), mask: null, segments: null })
    ])
  } finally {
    head.dispose()
    model.dispose()
  }
}

function farthest(ours: readonly number[][], theirs: readonly (number | number[])[]): number {
  expect(ours.length).toBe(theirs.length)
  return Math.max(
    ...ours.map((row, i) => {
      const other = (theirs[i] as number[] | number[][]).flat()
      expect(row.length).toBe(other.length)
      return Math.max(...row.map((value, j) => Math.abs(value - other[j]!)))
    })
  )
}

const first: TaskHead = {
  task: 'sequence',
  name: 'main',
  pooling: 'first token',
  kind: 'dense, tanh, linear',
  hiddenState: 'last',
  labels: ['no', 'yes', 'maybe']
}
const last: TaskHead = { ...first, pooling: 'last token', kind: 'linear' }
const tokens: TaskHead = { ...first, task: 'token', pooling: null, kind: 'linear' }
const houlsby: Adaptation = { kind: 'adapters', size: 5, activation: 'gelu', places: ['attention', 'mlp'] }
const lora: Adaptation = { kind: 'lora', rank: 2, alpha: 6, parts: ['query', 'value'] }

/** Name, base, head, adaptation, and how the Python libraries open it; null where they cannot. */
const cases: readonly [string, string, TaskHead, Adaptation | null, string | null][] = [
  ['bert', 'bert', first, null, 'sequence'],
  ['gpt2', 'gpt2', last, null, 'sequence'],
  ['bert-tokens', 'bert', tokens, null, 'token'],
  ['t5-tokens', 't5', tokens, null, 'token'],
  ['bert-regression', 'bert', { ...first, labels: ['score'] }, null, 'sequence'],
  ['bert-lora', 'bert', first, lora, 'sequence'],
  ['gpt2-lora', 'gpt2', last, lora, 'sequence'],
  ['bloom-lora', 'bloom', last, lora, 'sequence'],
  ['bert-peft', 'bert', first, lora, 'peft-sequence'],
  ['gpt2-peft', 'gpt2', last, lora, 'peft-sequence'],
  ['bloom-peft', 'bloom', last, lora, 'peft-sequence'],
  ['t5-peft', 't5', tokens, lora, 'peft-token'],
  ['bert-adapters', 'bert', first, houlsby, 'adapted-sequence'],
  ['gpt2-adapters', 'gpt2', last, { ...houlsby, places: ['mlp'], activation: 'relu' }, 'adapted-sequence'],
  ['t5-adapters', 't5', tokens, { ...houlsby, size: 8 }, 'adapted-token'],
  ['bert-mean', 'bert', { ...first, pooling: 'mean' }, null, null],
  ['bert-mix', 'bert', { ...first, hiddenState: 'scalar mix' }, null, null],
  ['t5-mean', 't5', { ...first, pooling: 'mean', kind: 'linear' }, null, null]
]
/** What the libraries gave; LAYERSCOPE_WRITE_PEER writes it again. */
const peerFile = 'test/fixtures/training/saved/peer.json'

test('what is written opens with the scores of training, and of the Python libraries', async () => {
  const ours: Record<string, { class: string; scores: number[][] }> = {}
  const opened: [string, string][] = []
  for (const [name, base, head, adaptation, task] of cases) {
    const out = join(folder, name)
    const moved = !task?.startsWith('peft-')
    const written = await trained(`test/fixtures/parity/${base}`, head, out, adaptation, moved)
    expect(existsSync(join(out, 'lora')), name).toBe(adaptation?.kind === 'lora' && !moved)
    expect(existsSync(join(out, 'layerscope_head.safetensors')), name).toBe(task === null)
    const scores = await ownScores(out)
    expect(farthest(scores, written.scores), name).toBeLessThan(2e-5)
    if (task === null) continue
    ours[name] = { class: written.class, scores }
    opened.push([task, out])
  }
  const answers = python ? openInPython(opened) : null
  const live =
    answers && Object.fromEntries(opened.map(([task, path]) => [basename(path), answers[`${task}=${path}`]!]))
  if (live && process.env['LAYERSCOPE_WRITE_PEER']) writeFileSync(peerFile, `${JSON.stringify(live)}\n`)
  const known = JSON.parse(readFileSync(peerFile, 'utf8')) as Record<string, PeerScores>
  for (const peers of live ? [known, live] : [known])
    for (const [name, { class: classOfOurs, scores }] of Object.entries(ours)) {
      const peer = peers[name]!
      expect(peer.missing, name).toEqual([])
      expect(peer.class, name).toBe(classOfOurs)
      expect(farthest(scores, peer.logits), name).toBeLessThan(1e-4)
    }
}, 300_000)

test('every family is in the table of classes', () => {
  expect(families.map(({ type }) => type).filter((type) => classesOf(type) === null)).toEqual([])
})

const shown = existsSync(shared) ? families.map(({ type }) => type) : []
if (!shown.length) console.warn(`Saved models of ${shared} were not checked: the folder is not there.`)
if (!python)
  console.warn('Saved models were not opened by transformers: set LAYERSCOPE_PEER_PYTHON to a Python that has it.')

test.each(['sequence', 'token'] as const)(
  '%s heads of all families open in transformers',
  async (task) => {
    const written: [string, string][] = []
    for (const type of shown) {
      const source = join(shared, type === 'gemma3_text' ? 'gemma3' : type)
      const shape = headOf(type, task)
      if (!shape || !existsSync(source)) continue
      const out = join(folder, `${task}-${type}`)
      const pooling = task === 'token' ? null : shape.pooling
      const labels = ['no', 'yes', 'maybe']
      const result = await trained(
        source,
        { task, name: 'main', pooling, kind: shape.kind, hiddenState: 'last', labels },
        out
      )
      expect(result.note).toContain('its head included')
      expect(farthest(await ownScores(out), result.scores), type).toBeLessThan(2e-5)
      written.push([task, out])
    }
    if (!python || !written.length) return
    const theirs = openInPython(written)
    for (const [, path] of written) {
      const opened = theirs[`${task}=${path}`]!
      expect(opened.missing, path).toEqual([])
      expect(farthest(await ownScores(path), opened.logits), path).toBeLessThan(1e-4)
    }
  },
  300_000
)

test('a folder is complete or absent, never written over, and says where it comes from', async () => {
  const out = join(folder, 'record')
  await trained('test/fixtures/parity/bert', { ...first, pooling: 'mean' }, out, houlsby)
  await expect(trained('test/fixtures/parity/bert', first, out)).rejects.toThrow(
    `There is something at ${out} already. Choose another folder, or move it away.`
  )
  expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([])
  const { lineage, notes } = await new ModelService().open(out, silentJob())
  expect(lineage).toEqual({
    base: { name: 'base', path: resolve('test/fixtures/parity/bert') },
    recipe: 'test',
    data: 'waves',
    seed: 3,
    step: 10,
    head: 'dense, tanh, linear over the last layer, mean: no, yes, maybe',
    note:
      'transformers opens it as BertModel, without its head, which is in layerscope_head.safetensors: ' +
      'BertForSequenceClassification reads the first token, this head the mean of all tokens; without its adapters, ' +
      "which are in the folder adapters: AdapterHub's library reads them (load_adapter with use_safetensors=True)."
  })
  expect(notes.filter((text) => text.includes('are not used'))).toEqual([])
})

test('a trained model trains on: adapters and all', async () => {
  const [once, twice] = [join(folder, 'once'), join(folder, 'twice')]
  await trained('test/fixtures/parity/bert', first, once, houlsby)
  const { scores } = await trained(once, first, twice)
  expect(farthest(await ownScores(twice), scores)).toBeLessThan(2e-5)
})

test("a LoRA by itself opens on its base with the merged model's hidden states", async () => {
  const out = join(folder, 'lora-alone')
  await trained('test/fixtures/parity/gpt2', last, out, lora, false)
  const [merged, alone] = await Promise.all([hidden(out), hidden(join(out, 'lora'))])
  expect(farthest([merged], [alone])).toBeLessThan(2e-5)
  expect(farthest([merged], [await hidden('test/fixtures/parity/gpt2')])).toBeGreaterThan(0.01)
})

async function hidden(path: string): Promise<number[]> {
  const model = await loadModel(path)
  const ids = Int32Array.from(sentences[0]!)
  const tokens = { lengths: [ids.length], ids, mask: null, segments: null }
  const { hiddenStates } = model.run(tokens, { hiddenStates: true, attentions: false })
  const values = [...hiddenStates.at(-1)!.dataSync<'float32'>()]
  tf.dispose(hiddenStates)
  model.dispose()
  return values
}

describe('a damaged or hostile folder is refused by a sentence', () => {
  let source: string
  let copies = 0
  beforeAll(async () => {
    source = join(folder, 'whole')
    await trained('test/fixtures/parity/bert', { ...first, pooling: 'mean' }, source, houlsby)
  })

  function changed(file: string, change: (json: Record<string, unknown>) => void): string {
    const to = join(folder, `changed-${copies++}`)
    cpSync(source, to, { recursive: true })
    const json = JSON.parse(readFileSync(join(to, file), 'utf8')) as Record<string, unknown>
    change(json)
    writeFileSync(join(to, file), JSON.stringify(json))
    return to
  }
  const head = (json: Record<string, unknown>): Record<string, unknown> => json['head'] as Record<string, unknown>
  const config = (json: Record<string, unknown>): Record<string, unknown> => json['config'] as Record<string, unknown>

  test.each<[string, (json: Record<string, unknown>) => void, string]>([
    [
      'a head elsewhere',
      (json) => (head(json)['file'] = '../../secret.safetensors'),
      "The head of the model is in '../../secret.safetensors'; expected model.safetensors or"
    ],
    ['an unknown head', (json) => (head(json)['kind'] = 'tree'), "The head of the model is 'tree', which this version"],
    [
      'a missing tensor',
      (json) => (head(json)['tensors'] = { weight: 'weight' }),
      "layerscope.json does not say where 'dense.weight' of the head is."
    ],
    ['no labels', (json) => (head(json)['labels'] = 3), "is not of the documented form (field 'head.labels')"]
  ])('%s', (_, change, sentence) => {
    expect(() => openOwnHead(changed('layerscope.json', change))).toThrow(sentence)
  })

  test.each<[string, (json: Record<string, unknown>) => void, string]>([
    ['a parallel adapter', (json) => (config(json)['is_parallel'] = true), "'is_parallel' is set, which Layerscope"],
    ["Pfeiffer's place", (json) => (config(json)['original_ln_before'] = true), "'original_ln_before' is set"],
    ['another architecture', (json) => (config(json)['architecture'] = 'lora'), 'of the architecture "lora"'],
    ['an activation', (json) => (config(json)['non_linearity'] = '__proto__'), 'the activation "__proto__" is not'],
    ['a learned factor', (json) => (config(json)['scaling'] = 'learned'), "'config.scaling': "]
  ])('%s', async (_, change, sentence) => {
    await expect(loadModel(changed('adapters/adapter_config.json', change))).rejects.toThrow(sentence)
  })

  test('adapters that are gone', async () => {
    const path = changed('layerscope.json', () => undefined)
    rmSync(join(path, 'adapters'), { recursive: true })
    await expect(loadModel(path)).rejects.toThrow('was trained with adapters, but they are missing')
  })

  test('an adapter by itself opens on the model beside it', async () => {
    const path = changed('layerscope.json', (json) => delete json['adapters'])
    const whole = await loadModel(source)
    const adapter = await loadModel(join(path, 'adapters'))
    expect(adapter.info.id).toBe(whole.info.id)
    whole.dispose()
    adapter.dispose()
  })
})
