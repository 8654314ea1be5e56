import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { families } from '../../../src/main/engine/models/transformer/families'
import { ModelService } from '../../../src/main/engine/services/modelService'
import type { Adaptation } from '../../../src/main/engine/training/recipe'
import { classesOf, headOf } from '../../../src/main/engine/training/saved/classes'
import type { TaskHead } from '../../../src/main/engine/training/saved/placeHead'
import { writeCheckpoint } from '../../../src/main/engine/training/saved/writeCheckpoint'
import { TrainableTransformer } from '../../../src/main/engine/training/trainableTransformer'
import {
  farthest,
  first,
  hidden,
  houlsby,
  last,
  lora,
  ownScores,
  pfeiffer,
  sentences,
  tokens,
  trained
} from './savedModels'

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
  ['bert-pfeiffer', 'bert', first, pfeiffer, 'adapted-sequence'],
  ['gpt2-pfeiffer', 'gpt2', last, { ...pfeiffer, size: 8, activation: 'relu' }, 'adapted-sequence'],
  ['t5-pfeiffer', 't5', tokens, pfeiffer, 'adapted-token'],
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

test('every family that can be trained is in the table of classes', () => {
  const trained = families.filter(({ weights }) => !weights.mixture && !weights.mixer)
  expect(trained.map(({ type }) => type).filter((type) => classesOf(type) === null)).toEqual([])
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

test('a model that began with drawn values is saved as it is', async () => {
  const model = await TrainableTransformer.open('test/fixtures/parity/gpt2', 1)
  const out = join(folder, 'drawn')
  const ids = Int32Array.from(sentences[0]!)
  const tokens = { lengths: [ids.length], ids, mask: null, segments: null }
  const ours = tf.tidy(() => [...model.run(tokens).hiddenStates.at(-1)!.dataSync<'float32'>()])
  const lineage = { base: { name: 'gpt2' }, seed: 1 }
  const { class: name } = writeCheckpoint(model, {
    sourceFolder: 'test/fixtures/parity/gpt2',
    folder: out,
    head: { task: 'lm' },
    lineage
  })
  model.dispose()
  expect(name).toBe('GPT2LMHeadModel')
  expect(farthest([await hidden(out)], [ours])).toBeLessThan(2e-5)
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
