import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import type { ProbeResult } from '@shared/probe'
import { defaultMethod, type ProbeMethodOptions } from '@shared/probeMethods'
import { rerunning } from './rerunning'

const model = 'resources/models/gpt2-ud-tiny'
const here = rerunning()
const rerun = (...parameters: string[]): Promise<number> => here.rerun(...parameters)

async function run(probe: ProbeMethodOptions, paths: string[]): Promise<ProbeResult> {
  const opened = await here.services.models.open(model, silentJob())
  const dataset = await here.services.datasets.open({ paths, trainFraction: 0.7, seed: 3 })
  return here.services.runs.run(
    'probe',
    {
      modelId: opened.id,
      datasetId: dataset.id,
      task: 'upos',
      trainSplit: dataset.suggested.train,
      testSplit: dataset.suggested.test,
      pool: 'mean',
      layers: [1, 3],
      maxTrainWords: 600,
      maxTestWords: 300,
      control: true,
      codelength: false,
      restarts: 1,
      probe,
      seed: 2
    },
    silentJob()
  )
}

const corpus = 'resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz'

describe('a run again gives the same bits', () => {
  const few = { epochs: 3 }
  test.each<[string, ProbeMethodOptions]>([
    ['linear', defaultMethod('linear')],
    ['MLP', { ...defaultMethod('mlp'), hidden: [16], dropout: 0.2, ...few }],
    ['mix', { ...defaultMethod('mix'), ...few }],
    ['nearest neighbours', defaultMethod('knn')],
    ['structural', { ...defaultMethod('structural'), ranks: [8], ...few }]
  ])('%s', async (_name, probe) => {
    const { id } = await run(probe, [corpus])
    const code = await rerun(join(here.folder, 'probes', id, 'result.json'))
    expect(here.printed).toMatch(/^equal, bit for bit: .*, 2 layers, \d+ tables?; [\d.]+ s\n$/)
    expect(code).toBe(0)
  })
})

describe('one result', () => {
  let result: ProbeResult
  let path: string
  const write = (change: (copy: ProbeResult) => void): string => {
    const copy = structuredClone(result)
    change(copy)
    writeFileSync(path, JSON.stringify(copy))
    return path
  }
  beforeAll(async () => {
    result = await run(defaultMethod('linear'), [corpus])
    path = join(here.folder, 'result.json')
  })

  test('holds the request, files with hashes, backend and versions', () => {
    const { provenance } = result
    expect(provenance!.request).toEqual({
      task: 'upos',
      trainSplit: 'train',
      testSplit: 'test',
      pool: 'mean',
      layers: [1, 3],
      maxTrainWords: 600,
      maxTestWords: 300,
      control: true,
      codelength: false,
      restarts: 1,
      probe: defaultMethod('linear'),
      seed: 2
    })
    expect(provenance!.model.path).toBe(resolve(model))
    expect(provenance!.model.files.map(({ path: file }) => file.split('/').at(-1))).toEqual(
      expect.arrayContaining(['model.safetensors', 'config.json', 'tokenizer.json'])
    )
    expect(provenance!.data).toMatchObject({
      opened: { paths: [resolve(corpus)], trainFraction: 0.7, seed: 3 },
      files: [{ path: resolve(corpus), splits: ['train', 'test'] }]
    })
    for (const { sha256 } of [...provenance!.model.files, ...provenance!.data.files])
      expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(provenance!.backend.threads).toBeGreaterThan(0)
    expect(Object.keys(provenance!.versions)).toEqual(expect.arrayContaining(['layerscope', 'node', 'tfjs']))
  })

  test('a number that came out otherwise is named, with exit code 1', async () => {
    const was = result.layers[1]!.macroF1
    expect(await rerun(write((copy) => (copy.layers[1]!.macroF1 = 0.5)))).toBe(1)
    expect(here.printed).toMatch(/^1 number differs: /)
    expect(here.printed).toContain(`  layers[1].macroF1: 0.5 before, ${was} now\n`)
  })

  test('files that lie elsewhere now are named by options', async () => {
    const moved = join(here.folder, 'moved')
    cpSync(model, join(moved, 'gpt2'), { recursive: true })
    copyFileSync(corpus, join(moved, 'copy.conllu.gz'))
    const gone = write((copy) => {
      copy.provenance!.model.path = '/nowhere/gpt2'
      copy.provenance!.data.opened.paths = ['/nowhere/dev.conllu.gz']
      copy.provenance!.data.files[0]!.path = '/nowhere/dev.conllu.gz'
    })
    await expect(rerun(gone)).rejects.toThrow(
      'The model of this result was at /nowhere/gpt2, which no longer exists; pass its new path with --model.'
    )
    await expect(rerun(gone, '--model', model)).rejects.toThrow(
      'The data of this result was at /nowhere/dev.conllu.gz, which no longer exists; pass its new path with ' +
        '--train, --test or --data.'
    )
    expect(await rerun(gone, '--model', join(moved, 'gpt2'), '--data', join(moved, 'copy.conllu.gz'))).toBe(0)
    expect(await rerun(gone, '--model', model, '--train', corpus)).toBe(0)
    await expect(rerun(gone, '--model', model, '--data', corpus, '--data', corpus)).rejects.toThrow(
      'The data of this result was opened by one path (dev.conllu.gz); pass --data as many times.'
    )
  })

  test('another file is refused, and run with --anyway', async () => {
    const other = write(
      (copy) => (copy.provenance!.data.files[0]!.sha256 = `abc${copy.provenance!.data.files[0]!.sha256.slice(3)}`)
    )
    const { sha256 } = result.provenance!.data.files[0]!
    await expect(rerun(other)).rejects.toThrow(
      `${resolve(corpus)} is not the en_ewt-ud-dev.conllu.gz that the result was made with: its SHA-256 begins ` +
        `with ${sha256.slice(0, 12)}, not abc${sha256.slice(3, 12)}; pass the original file's path with --train, ` +
        '--test or --data.\nUse --anyway to run it all the same.'
    )
    expect(await rerun(other, '--anyway')).toBe(0)
    expect(here.said).toContain('is not the en_ewt-ud-dev.conllu.gz that the result was made with')
  })

  test('another backend is warned of', async () => {
    await rerun(
      write((copy) =>
        Object.assign(copy.provenance!.backend, { name: 'tensorflow-gpu', title: 'TensorFlow 2.21, NVIDIA GPU' })
      )
    )
    expect(here.said).toContain('The result was computed on TensorFlow 2.21, NVIDIA GPU, this is ')
    expect(here.said).toContain('LAYERSCOPE_BACKEND=tensorflow-gpu selects the same one.')
  })

  test('options of later versions take their defaults; what is not known is refused', async () => {
    const { codelength: _codelength, ...fewer } = result.provenance!.request
    expect(await rerun(write((copy) => (copy.provenance!.request = fewer as never)))).toBe(0)
    await expect(rerun(write((copy) => Object.assign(copy.provenance!.request, { dreams: 3 })))).rejects.toThrow(
      /^This version cannot run the result's request: .*dreams/
    )
  })

  test('the new result is written as JSON', async () => {
    const out = join(here.folder, 'again.json')
    expect(
      await rerun(
        write(() => undefined),
        '--json',
        out
      )
    ).toBe(0)
    expect((JSON.parse(readFileSync(out, 'utf8')) as ProbeResult).layers).toEqual(
      JSON.parse(JSON.stringify(result.layers))
    )
  })

  test('refuses in a sentence', async () => {
    await expect(rerun()).rejects.toThrow('Name one result to run again. `layerscope rerun --help` shows examples.')
    await expect(rerun('/nowhere/r.json')).rejects.toThrow(
      /^There is no file \/nowhere\/r\.json, and the library \(.*\) has no result with that id\. `layerscope results` lists what it keeps\.$/
    )
    writeFileSync(path, '[1, 2')
    await expect(rerun(path)).rejects.toThrow(/^.*result\.json is not valid JSON: .*\.$/)
    writeFileSync(path, '{}')
    await expect(rerun(path)).rejects.toThrow(
      `${path} is not a result; give a file that \`layerscope probe\`, \`curve\`, \`ablate\` or another command ` +
        'wrote with --json.'
    )
    await expect(rerun(write((copy) => delete copy.provenance))).rejects.toThrow(
      `${path} was written by an earlier version and lacks \`provenance\` (the whole request, the paths and ` +
        'hashes of model and data).'
    )
  })
})
