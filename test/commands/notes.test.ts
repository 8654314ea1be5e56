import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { commands } from '../../src/main/commands'
import { mixtureFolder } from '../engine/models/mixtureFolder'
import { nativeRoot } from '../../src/main/engine/backends/provision/install'
import { openSafetensors } from '../../src/main/engine/checkpoints/safetensors'
import { writeSafetensors } from '../../src/main/engine/checkpoints/writeSafetensors'

// What a reader warns of and what a model notes reaches a person in every command: on standard error, in the JSON that
// the command writes, and in what is kept.

const model = 'resources/models/gpt2-ud-tiny'
let folder: string
let noted: string
let data: string
let pairs: string
let mixture: string

/** Adds a tensor to a folder's weights that no model has. */
function addStrange(path: string): void {
  const file = openSafetensors(join(path, 'model.safetensors'))
  const tensors = Object.fromEntries(
    file.names().map((name) => [name, { shape: file.describe(name).shape, data: file.read(name) }])
  )
  file.close()
  const strange = { 'strange.tensor': { shape: [3], data: new Float32Array(3) } }
  writeSafetensors(join(path, 'model.safetensors'), { ...tensors, ...strange })
}
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-notes-'))
  if (existsSync(nativeRoot())) symlinkSync(nativeRoot(), join(folder, 'native'), 'junction')
  vi.stubEnv('LAYERSCOPE_CACHE', folder)
  vi.stubEnv('LAYERSCOPE_DATA', folder)
  noted = join(folder, 'noted')
  cpSync(model, noted, { recursive: true })
  addStrange(noted)
  mixture = mixtureFolder(folder)
  addStrange(mixture)
  data = join(folder, 'quoted.tsv')
  const rows = Array.from({ length: 30 }, (_, i) => `"the"\tDET\ncat${i % 9}\tNOUN\n${['saw', 'ate'][i % 2]!}\tVERB`)
  writeFileSync(data, `word\tpos\n${rows.join('\n\n')}\n`)
  pairs = join(folder, 'pairs.tsv')
  writeFileSync(pairs, 'sentence_good\tsentence_bad\n"the cat sleeps"\tthe cat sleep\n')
  writeFileSync(
    join(folder, 'sweep.yaml'),
    `name: noted\nmodels: [${resolve(noted)}]\ndata: [{ name: quoted, train: ${data}, test: ${data} }]\ntasks: [pos]\nprobes: [linear]\n` +
      'seeds: [1]\nmaxTrainWords: 60\nmaxTestWords: 60\n'
  )
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

async function run(name: string, typed: readonly string[]): Promise<string> {
  let said = ''
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said += String(text)), true))
  const command = await commands.find((candidate) => candidate.name === name)!.load()
  expect(await command.run(typed)).toBe(0)
  return said
}

const ofModel = "among them 'strange.tensor'"
const ofData = 'double quote'
const both = [ofModel, ofData]
const pud = (language: string): string => `test/fixtures/datasets/pud/${language}_pud.conllu`
const parts = (): string[] => ['--train', data, '--test', data]
/** What each command is given, and whose notes it has to pass on. */
const cases: Record<string, { typed: () => string[]; notes: string[]; keeps: boolean }> = {
  info: { typed: () => [noted], notes: [ofModel], keeps: false },
  extract: {
    typed: () => ['--model', noted, '--data', data, '--out', join(folder, 'vectors.safetensors')],
    notes: both,
    keeps: false
  },
  probe: {
    typed: () => ['--model', noted, ...parts(), '--task', 'pos', '--layers', '1', '--max-words', '60'],
    notes: both,
    keeps: true
  },
  curve: {
    typed: () => [
      '--kind',
      'restarts',
      '--starts',
      '2',
      '--model',
      noted,
      ...parts(),
      '--task',
      'pos',
      '--layers',
      '1'
    ],
    notes: both,
    keeps: true
  },
  compare: {
    typed: () => ['--model', noted, '--model', model, ...parts(), '--label', 'pos', '--max-words', '60'],
    notes: both,
    keeps: true
  },
  ablate: { typed: () => ['--model', noted, '--data', data, '--max-words', '60'], notes: both, keeps: true },
  geometry: { typed: () => ['--model', noted, '--data', data], notes: both, keeps: true },
  heads: { typed: () => ['--model', noted, '--data', data], notes: both, keeps: true },
  experts: {
    typed: () => ['--model', mixture, '--data', data, '--label', 'pos', '--max-words', '60'],
    notes: both,
    keeps: true
  },
  neurons: {
    typed: () => ['--model', noted, '--train', data, '--data', data, '--label', 'pos', '--max-words', '60'],
    notes: both,
    keeps: true
  },
  patch: {
    typed: () => [
      '--model',
      noted,
      '--text',
      'the cat sat',
      '--source',
      'the dog sat',
      '--first',
      'on',
      '--second',
      'in'
    ],
    notes: [ofModel],
    keeps: true
  },
  align: {
    typed: () => ['--model', noted, '--data', pud('en'), '--with', pud('de')],
    notes: [ofModel, 'multiword token'],
    keeps: true
  },
  lens: {
    typed: () => ['--model', noted, '--text', 'the cat sat', '--tuned', data, '--steps', '2', '--batch', '64'],
    notes: both,
    keeps: true
  },
  pretrain: {
    typed: () => [
      '--train',
      data,
      '--tokenizer',
      noted,
      '--family',
      'gpt2',
      '--layers',
      '1',
      '--width',
      '8',
      '--heads',
      '2'
    ],
    notes: both,
    keeps: true
  },
  direct: { typed: () => ['--model', noted, '--text', 'the cat sat'], notes: [ofModel], keeps: true },
  inside: { typed: () => ['--model', noted, '--text', 'the cat sat'], notes: [ofModel], keeps: false },
  attribute: {
    typed: () => ['--model', noted, '--text', 'the cat sat', '--label', 'the', '--steps', '2'],
    notes: [ofModel],
    keeps: true
  },
  'minimal-pairs': { typed: () => ['--model', noted, '--data', pairs], notes: both, keeps: true },
  sweep: { typed: () => [join(folder, 'sweep.yaml')], notes: both, keeps: false },
  rerun: { typed: () => [join(folder, 'probe.json')], notes: both, keeps: false }
}
/** Commands that open neither a model's weights nor data, and those that compare with files made for it. */
const without = [
  'doctor',
  'engine',
  'fetch',
  'finetune',
  'parity',
  'report',
  'results',
  'run',
  'serve',
  'tokenize',
  'work'
]

test('every command is tried', () => {
  expect([...Object.keys(cases), ...without].sort()).toEqual(commands.map(({ name }) => name).sort())
})

describe.each(Object.entries(cases))('%s', (name, { typed, notes, keeps }) => {
  test('passes notes on', async () => {
    const json = join(folder, `${name}.json`)
    const library = join(folder, 'probes')
    rmSync(library, { recursive: true, force: true })
    mkdirSync(library)
    const said = await run(name, [...typed(), '--json', json, ...(keeps ? ['--keep', 'noted'] : [])])
    const written = (JSON.parse(readFileSync(json, 'utf8')) as { notes: string[] }).notes.join('\n')
    const kept = readdirSync(library).map((id) => readFileSync(join(library, id, 'result.json'), 'utf8'))
    for (const note of notes) {
      expect(said).toContain(note)
      expect(written).toContain(note)
      if (keeps) expect(kept.join('\n')).toContain(note)
    }
  })
})
