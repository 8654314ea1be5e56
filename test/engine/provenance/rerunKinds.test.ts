import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CurveResult } from '@shared/curve'
import { defaultCurve, type CurveKind } from '@shared/curveSettings'
import { silentJob } from '@shared/jobs'
import type { MinimalPairResult } from '@shared/minimalPairs'
import { defaultMethod } from '@shared/probeMethods'
import { rerunning } from './rerunning'

const model = 'resources/models/gpt2-ud-tiny'
const corpus = 'resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz'
const blimp = 'resources/pairs/blimp/blimp-100.tsv.gz'
const here = rerunning()

async function asked(task: string) {
  const { models, datasets } = here.services
  const opened = await models.open(model, silentJob())
  const dataset = await datasets.open({ paths: [corpus], trainFraction: 0.7, seed: 3 })
  return {
    modelId: opened.id,
    datasetId: dataset.id,
    task,
    trainSplit: dataset.suggested.train,
    testSplit: dataset.suggested.test,
    pool: 'mean' as const,
    layers: [1, 3],
    maxTrainWords: 600,
    maxTestWords: 300,
    control: false,
    codelength: false,
    restarts: 1,
    probe: defaultMethod('linear'),
    seed: 2
  }
}

describe('a regression', () => {
  test('gives the same bits', async () => {
    const { id } = await here.services.runs.run('regression', await asked('tree.depth'), silentJob())
    expect(await here.rerun(join(here.folder, 'probes', id, 'result.json'))).toBe(0)
    expect(here.printed).toMatch(/^equal, bit for bit: Depth in the tree, 2 layers(, \d+ tables?)?; [\d.]+ s\n$/)
  })
})

describe('a curve', () => {
  const draw = async (kind: CurveKind, change: object): Promise<CurveResult> =>
    here.services.runs.run(
      'curve',
      {
        ...(await asked('upos')),
        curve: { ...defaultCurve(kind, ['train', 'test']), ...change } as CurveResult['settings'],
        ...(kind === 'rank' ? { probe: { ...defaultMethod('lowRank'), epochs: 3 } } : {})
      },
      silentJob()
    )

  test.each<[CurveKind, object]>([
    ['size', { shares: [0.5, 1], draws: 2 }],
    ['rank', { ranks: [2, 4] }],
    ['restarts', { starts: 2 }]
  ])('by %s gives the same bits', async (kind, change) => {
    const { id, points } = await draw(kind, change)
    expect(await here.rerun(join(here.folder, 'probes', id, 'result.json'))).toBe(0)
    expect(here.printed).toMatch(
      new RegExp(`^equal, bit for bit: Universal part of speech, 2 layers, ${points.length} points; [\\d.]+ s\\n$`)
    )
  })

  test('is computed again, not read from what an interrupted attempt left', async () => {
    const result = await draw('restarts', { starts: 2 })
    const path = join(here.folder, 'curve.json')
    const changed = structuredClone(result)
    changed.points[1]!.accuracy = 0.5
    writeFileSync(path, JSON.stringify(changed))
    expect(await here.rerun(path)).toBe(1)
    expect(here.printed).toContain(`  points[1].accuracy: 0.5 before, ${result.points[1]!.accuracy} now\n`)
  })

  test('of an earlier version is refused', async () => {
    const { provenance: _provenance, ...earlier } = await draw('restarts', { starts: 2 })
    const path = join(here.folder, 'curve.json')
    writeFileSync(path, JSON.stringify(earlier))
    await expect(here.rerun(path)).rejects.toThrow(
      `${path} was written by an earlier version and lacks \`provenance\` (the whole request, the paths and ` +
        `hashes of model and data). Run \`layerscope curve\` with the same options again; that result can be rerun.`
    )
  })
})

describe('minimal pairs', () => {
  const run = async (path: string): Promise<MinimalPairResult> => {
    const { id } = await here.services.models.open(model, silentJob())
    return here.services.runs.run('pairs', { modelId: id, path, pairs: 2 }, silentJob())
  }
  const kept = (result: MinimalPairResult): string => join(here.folder, 'probes', result.id, 'result.json')

  test('give the same bits, wherever the file is', async () => {
    const result = await run(blimp)
    expect(await here.rerun(kept(result))).toBe(0)
    expect(here.printed).toMatch(/^equal, bit for bit: Minimal pairs, 94 pairs, 2 tables; [\d.]+ s\n$/)
    const moved = join(here.folder, 'moved.tsv.gz')
    copyFileSync(blimp, moved)
    expect(await here.rerun(kept(result), '--data', moved)).toBe(0)
  })

  test('that are others are refused, and run with --anyway', async () => {
    const table = join(here.folder, 'pairs.tsv')
    const write = (bad: string): void => writeFileSync(table, `good\tbad\nThe dog sleeps .\t${bad}\n`)
    write('The dog sleep .')
    const result = await run(table)
    const before = result.dataHash.slice(0, 12)
    write('The dogs sleeps .')
    const now = (await here.services.minimalPairs.identify(table, { pairs: 2 })).hash.slice(0, 12)
    await expect(here.rerun(kept(result))).rejects.toThrow(
      `${table} does not hold the pairs that the result was made with: their SHA-256 begins with ${now}, not ` +
        `${before}; pass their path with --data.\nUse --anyway to run it all the same.`
    )
    expect(await here.rerun(kept(result), '--anyway')).toBe(1)
    expect(here.printed).toContain('  dataHash: ')
  })

  test('whose file is gone are asked for; those that come with the app are found', async () => {
    const path = join(here.folder, 'pairs.json')
    const write = (result: MinimalPairResult): void => {
      result.provenance!.data.path = '/nowhere/pairs.tsv'
      writeFileSync(path, JSON.stringify(result))
    }
    write(await run(resolve(blimp)))
    expect(await here.rerun(path)).toBe(0)
    const table = join(here.folder, 'own.tsv')
    writeFileSync(table, 'good\tbad\nThe dog sleeps .\tThe dog sleep .\n')
    write(await run(table))
    await expect(here.rerun(path)).rejects.toThrow(
      'The pairs of this result were at /nowhere/pairs.tsv, which no longer exists; pass their new path with --data.'
    )
    await expect(here.rerun(path, '--test', table)).rejects.toThrow(
      'Minimal pairs have no training or test part; pass their path with --data.'
    )
    await expect(here.rerun(path, '--data', table, '--data', table)).rejects.toThrow(
      'The pairs of this result were at one path; pass --data once.'
    )
    expect(await here.rerun(path, '--data', table)).toBe(0)
  })
})

test('what `probe --json` writes beside the result, tests and the twin, is not held against it', async () => {
  const result = await here.services.runs.run('probe', await asked('upos'), silentJob())
  const tests = await here.services.compare.tests(result.id, 1, silentJob())
  const path = join(here.folder, 'probe.json')
  writeFileSync(
    path,
    JSON.stringify({
      ...JSON.parse(readFileSync(join(here.folder, 'probes', result.id, 'result.json'), 'utf8')),
      tests,
      twin: result
    })
  )
  expect(await here.rerun(path)).toBe(0)
})
