import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { defaultMethod } from '@shared/probeMethods'
import { probePresets } from '@shared/probePresets'
import { sweepCommand } from '../../../src/main/commands/sweep'
import { nativeRoot } from '../../../src/main/engine/backends/provision/install'
import { readSweep } from '../../../src/main/engine/sweeps/sweepFile'
import { sweepRuns } from '../../../src/main/engine/sweeps/sweepRuns'

const tiny = 'test/fixtures/sweeps/tiny.yaml'
let folder: string
const before = { LAYERSCOPE_CACHE: process.env.LAYERSCOPE_CACHE, LAYERSCOPE_DATA: process.env.LAYERSCOPE_DATA }

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-sweep-'))
  if (existsSync(nativeRoot())) symlinkSync(nativeRoot(), join(folder, 'native'), 'junction')
  process.env.LAYERSCOPE_CACHE = folder
  process.env.LAYERSCOPE_DATA = folder
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name)
    else process.env[name] = value
  }
  rmSync(folder, { recursive: true, force: true })
})

async function sweep(...parameters: string[]): Promise<{ code: number; out: string; log: string[] }> {
  let [out, log] = ['', '']
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((log += String(text)), true))
  const code = await sweepCommand.run(parameters)
  return { code, out, log: log.split('\n').filter((line) => line.startsWith('[')) }
}

test('a sweep says what it will take, runs, keeps every run, and goes on where it stopped', async () => {
  const dry = await sweep(tiny, '--dry-run')
  expect(dry.out).toMatch(/gpt2-ud-tiny, EWT, upos, linear: to do, about [\d.]+ s\n/)
  expect(dry.out).toMatch(/4 runs: 2 to do, 2 failed; about \d+ s\n$/)
  expect(existsSync(join(folder, 'probes')) ? readdirSync(join(folder, 'probes')) : []).toEqual([])

  const first = await sweep(tiny, '--json', '-')
  expect(first.code).toBe(1)
  const runs = (JSON.parse(first.out) as { runs: { run: string; state: string; id: string; error: string }[] }).runs
  expect(runs.map(({ run, state }) => [run, state])).toEqual([
    ['upos, linear', 'done'],
    ['no.such.task, linear', 'failed'],
    ['upos, 3 nearest, euclidean', 'done'],
    ['no.such.task, 3 nearest, euclidean', 'failed']
  ])
  expect(runs[1]!.error).toContain('no.such.task')
  expect(first.log.at(-1)).toMatch(/^\[4\/4\] .*no\.such\.task, 3 nearest, euclidean: failed\. /)

  const records = runs.flatMap(({ id }) =>
    id ? [JSON.parse(readFileSync(join(folder, 'probes', id, 'record.json'), 'utf8')) as { parent?: string }] : []
  )
  expect(records).toHaveLength(2)
  expect(records[0]!.parent).toMatch(/^sweep-[0-9a-f]{12}$/)
  expect(records[1]!.parent).toBe(records[0]!.parent)

  // As if it had been killed before the second run ended.
  rmSync(join(folder, 'probes', runs[2]!.id), { recursive: true })
  const again = await sweep(tiny)
  expect(again.log.map((line) => /: (kept already|done|failed)/.exec(line)![1])).toEqual([
    'kept already',
    'failed',
    'done',
    'failed'
  ])
  expect(again.out).toMatch(/4 runs: 1 done, 1 kept already, 2 failed\n$/)
  expect(readdirSync(join(folder, 'probes')).filter((name) => !name.includes('.'))).toHaveLength(2)
})

test('results of any other kind are units: curves, scans, maps, pairs', async () => {
  const path = join(folder, 'units.json')
  const data = (part: string): string => resolve(`resources/datasets/ud_english-ewt/en_ewt-ud-${part}.conllu.gz`)
  const scan = { kind: 'scan', unit: 'attention', edit: { kind: 'zero' }, probe: null, loss: true, movement: false }
  writeFileSync(
    path,
    JSON.stringify({
      name: 'units',
      models: [resolve('resources/models/gpt2-ud-tiny')],
      data: [{ name: 'EWT', train: data('dev'), test: data('test') }],
      layers: [1],
      control: false,
      maxTrainWords: 100,
      maxTestWords: 60,
      units: [
        { kind: 'curve', task: 'upos', curve: { kind: 'restarts', starts: 2 } },
        { ...scan, title: 'attention off' },
        { kind: 'taskMap', runs: [], loss: true, movement: false, edit: { kind: 'zero' }, randomDraws: 1 },
        { kind: 'pairs', path: resolve('resources/pairs/blimp/blimp-100.tsv.gz'), pairs: 1 },
        { ...scan, unit: 'nothing' },
        { kind: 'tests' }
      ]
    })
  )
  const titles = ['curve', 'attention off', 'map of parts by tasks', 'run of minimal pairs', 'scan of parts']
  const first = await sweep(path)
  expect(first.log.map((line) => /EWT, (.*): (done|failed)/.exec(line)?.slice(1))).toEqual([
    ...titles.slice(0, 4).map((title) => [title, 'done']),
    ...[undefined, undefined]
  ])
  expect(first.log[4]).toMatch(/scan of parts: failed\. This cannot be run: unit: /)
  expect(first.log[5]).toContain(
    'tests of layers: failed. tests of layers: it is made from several models or from kept results, so that it is not ' +
      'a unit of a sweep.'
  )
  const again = await sweep(path)
  expect(again.log.map((line) => /: (kept already|failed)/.exec(line)![1])).toEqual([
    ...Array<string>(4).fill('kept already'),
    ...['failed', 'failed']
  ])
})

test('a number is predicted by regression, C is tuned, and both are recognised later', async () => {
  const path = join(folder, 'numbers.json')
  const [model, data] = [
    resolve('resources/models/gpt2-ud-tiny'),
    (part: string) => resolve(`resources/datasets/ud_english-ewt/en_ewt-ud-${part}.conllu.gz`)
  ]
  writeFileSync(
    path,
    JSON.stringify({
      name: 'numbers',
      models: [model],
      data: [{ name: 'EWT', train: data('dev'), test: data('test') }],
      tasks: ['tree.depth', 'upos'],
      probes: ['linear', { kind: 'knn', k: 3 }],
      layers: [1],
      tune: [0.01, 1],
      maxTrainWords: 300,
      maxTestWords: 200
    })
  )
  // What cannot be run is reported before anything is.
  const dry = await sweep(path, '--dry-run')
  expect(dry.log.map((line) => /: (to do|failed)/.exec(line)![1])).toEqual(['to do', 'to do', 'failed', 'to do'])
  const first = await sweep(path)
  expect(first.code).toBe(1)
  expect(first.log[0]).toMatch(
    /^\[1\/4\] gpt2-ud-tiny, EWT, tree\.depth, linear: done, R² -?\d\.\d{3} at layer 1, [\d.]+ s$/
  )
  expect(first.log[1]).toMatch(/^\[2\/4\] gpt2-ud-tiny, EWT, upos, linear: done, \d\d\.\d\d % at layer 1, [\d.]+ s$/)
  expect(first.log[2]).toContain(
    "tree.depth, 3 nearest, euclidean: failed. 'Depth in the tree' is a number; it is probed by a linear regression with " +
      'an L2 penalty, not by 3 nearest, euclidean.'
  )
  const again = await sweep(path)
  expect(again.log.map((line) => /: (kept already|done|failed)/.exec(line)![1])).toEqual([
    'kept already',
    'kept already',
    'failed',
    'kept already'
  ])
})

test('methods x sizes x seeds are trained, kept, and not repeated', async () => {
  const file = join(folder, 'methods.yaml')
  const [model, data] = ['resources/models/gpt2-ud-tiny', 'test/fixtures/datasets/pud'].map((path) => resolve(path))
  writeFileSync(
    file,
    `name: ways to adapt
models: [${model!}]
data: [{ name: PUD, train: ${data!}/en_pud.conllu, test: ${data!}/de_pud.conllu }]
tasks: [upos]
methods: [bitfit, { kind: frozen, blocks: 4 }, { recipe: hu2022 }]
sizes: [4, 8]
training: { epochs: 1, maxTest: 4 }
seeds: [1]
`
  )
  const titles = ['BitFit', 'frozen up to block 4', 'LoRA of rank 8'].flatMap((method) =>
    [4, 8].map((size) => `upos, ${method}, ${size} sentences`)
  )
  const dry = await sweep(file, '--dry-run')
  expect(dry.log.map((line) => /PUD, (.*): to do/.exec(line)![1])).toEqual(titles)
  const first = await sweep(file, '--json', '-')
  const runs = (JSON.parse(first.out) as { runs: { run: string; state: string; best: { measure: string } }[] }).runs
  expect(runs.map(({ run, state }) => [run, state])).toEqual(titles.map((title) => [title, 'done']))
  expect(runs.every(({ best }) => best.measure === 'accuracy')).toBe(true)
  const again = await sweep(file)
  expect(again.out).toMatch(/6 runs: 6 kept already/)
})

test('a file that names no probes, methods or units is refused', async () => {
  const file = join(folder, 'nothing.yaml')
  writeFileSync(file, 'name: nothing\nmodels: [m]\ndata: [{ train: a, test: b }]\ntasks: [upos]\n')
  expect(() => readSweep(file)).toThrow('nothing.yaml: names no probes, methods or units.')
})

describe('the file', () => {
  const write = (text: string): string => {
    const path = join(folder, 'sweep.yaml')
    writeFileSync(path, text)
    return path
  }
  const minimal = { name: 'x', models: ['m'], data: [{ train: 'a', test: 'b' }], tasks: ['upos'], probes: ['linear'] }

  test('fills in what is left out; paths are relative to it, names of models are not', () => {
    const path = write(
      JSON.stringify({
        ...minimal,
        models: ['org/model', { path: '.', untrained: 3 }],
        probes: ['linear', { kind: 'mlp', hidden: [8] }, { recipe: 'liu2019' }]
      })
    )
    expect(readSweep(path)).toEqual({
      name: 'x',
      models: [
        { path: 'org/model', untrained: null },
        { path: folder, untrained: 3 }
      ],
      data: [{ train: resolve(folder, 'a'), test: resolve(folder, 'b') }],
      tasks: ['upos'],
      probes: [defaultMethod('linear'), { ...defaultMethod('mlp'), hidden: [8] }, probePresets.liu2019.probe],
      pools: ['first'],
      layers: null,
      seeds: [1],
      control: true,
      codelength: false,
      restarts: 1,
      maxTrainWords: null,
      maxTestWords: null,
      inOrder: false,
      methods: [],
      sizes: [null],
      training: {},
      units: []
    })
  })

  test('makes a run of every combination, the structural probe once for all tasks', () => {
    const runs = sweepRuns(
      readSweep(
        write(
          JSON.stringify({
            ...minimal,
            tasks: ['upos', 'deprel'],
            probes: ['linear', 'structural'],
            seeds: [1, 2],
            pools: ['first', 'mean']
          })
        )
      )
    )
    expect(runs.map(({ title }) => title)).toEqual([
      'upos, linear, first, seed 1',
      'upos, linear, first, seed 2',
      'deprel, linear, first, seed 1',
      'deprel, linear, first, seed 2',
      'tree, structural, rank 64, first, seed 1',
      'tree, structural, rank 64, first, seed 2',
      'upos, linear, mean, seed 1',
      'upos, linear, mean, seed 2',
      'deprel, linear, mean, seed 1',
      'deprel, linear, mean, seed 2',
      'tree, structural, rank 64, mean, seed 1',
      'tree, structural, rank 64, mean, seed 2'
    ])
  })

  test('the example in the documents is one', () => {
    expect(sweepRuns(readSweep('docs/sweep-example.yaml'))).toHaveLength(16)
  })

  const hint = ' `layerscope sweep --help` shows an example.'
  test.each<[string, string]>([
    [JSON.stringify({ ...minimal, tasks: undefined }), `sweep.yaml, tasks: is missing.${hint}`],
    [
      JSON.stringify({ ...minimal, data: [{ train: 'a' }] }),
      `sweep.yaml, data[0]: must be { train, test } with a file each, or { paths, trainSplit, testSplit }.${hint}`
    ],
    [
      JSON.stringify({ ...minimal, probes: ['linear', 'svm'] }),
      'sweep.yaml, probes[1]: is "svm"; it must be ("linear" | "mlp" | "lowRank" | "mix" | "knn" | ' +
        `"structural").${hint}`
    ],
    [
      JSON.stringify({ ...minimal, probes: [{ kind: 'mlp', hidden: 256 }] }),
      `sweep.yaml, probes[0].hidden: is 256; it must be Array.${hint}`
    ],
    [JSON.stringify({ ...minimal, layer: [1] }), `sweep.yaml, layer: is not known here.${hint}`],
    [JSON.stringify({ ...minimal, seeds: ['one'] }), `sweep.yaml, seeds[0]: is "one"; it must be number.${hint}`],
    ['name: x\nmodels: [a\ntasks: b\n', 'sweep.yaml, line 3: '],
    ['name: x\nmodels: *nope\n', 'sweep.yaml, line 2: the alias *nope has no anchor &nope before it.'],
    [
      'a: &a [x]\n' +
        `${[...'bcdefghi'].map((name, i) => `${name}: &${name} [${`*${'abcdefgh'[i]},`.repeat(9)}]`).join('\n')}\n`,
      'sweep.yaml, line 2: its aliases stand for too many values. Write the values out.'
    ],
    ['['.repeat(100_000), 'sweep.yaml']
  ])('%s is refused at its place', (text, sentence) => {
    expect(() => readSweep(write(text))).toThrow(sentence)
  })

  test('a file that is not there, or none, is refused', async () => {
    expect(() => readSweep('docs')).toThrow('docs is a folder; give the path of a file.')
    expect(() => readSweep('/nowhere/s.yaml')).toThrow(
      'There is no file /nowhere/s.yaml. `layerscope sweep --help` shows an example of one.'
    )
    await expect(sweep()).rejects.toThrow(
      'Name one file that describes the sweep. `layerscope sweep --help` shows an example.'
    )
  })
})
