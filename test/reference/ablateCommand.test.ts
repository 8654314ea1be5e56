import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { AblationSetResult } from '@shared/ablation'
import type { AblationChange, AblationPairs, AblationProbes, SentenceSimilarity } from '@shared/ablationEffects'
import type { InterventionSet } from '@shared/intervention'
import { ablateCommand } from '../../src/main/commands/ablate'

const model = 'resources/models/gpt2-ud-tiny'
const ewt = (part: string): string => `resources/datasets/ud_english-ewt/en_ewt-ud-${part}.conllu.gz`
const before = process.env.LAYERSCOPE_CACHE
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-ablate-'))
  process.env.LAYERSCOPE_CACHE = folder
})
afterAll(() => {
  if (before === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = before
  rmSync(folder, { recursive: true, force: true })
})

test.each([
  [['--change'], '--change measures a set of interventions; give one with --interventions FILE or --erase TASK.'],
  [
    ['--pairs', 'a.tsv'],
    '--pairs measures a set of interventions; give one with --interventions FILE or --erase TASK.'
  ],
  [['--erase', 'upos'], '--train is missing. `layerscope ablate --help` shows examples.'],
  [['--erase', 'upos', '--train', ewt('dev'), '--method', 'rlace'], "--method is 'rlace'; it can be leace, inlp."],
  [
    ['--erase', 'upos', '--train', ewt('dev'), '--train-words', '500', '--layers', '2,9'],
    'gpt2-ud-tiny has no layer 9; it has layers 0 to 4.'
  ],
  [['--interventions', 'none.json'], /^There is nothing at none\.json\. Check the path\.$/]
])('%j is refused in a sentence', async (parameters, sentence) => {
  await expect(ablateCommand.run(['--model', model, '--data', ewt('test'), ...parameters])).rejects.toThrow(sentence)
})

test('an eraser joins a set of a file; every measure of the whole is in the result', async () => {
  const noHead: InterventionSet = {
    name: 'No head 1',
    interventions: [{ at: 'blocks.0.attn.result', heads: [1], edit: { kind: 'zero' } }]
  }
  const [given, saved, out, pairs] = ['set.json', 'saved.json', 'out.json', 'pairs.tsv'].map((name) =>
    join(folder, name)
  ) as [string, string, string, string]
  writeFileSync(given, JSON.stringify(noHead))
  writeFileSync(
    pairs,
    'UID\tsentence_good\tsentence_bad\nagreement\tThe dogs are here.\tThe dogs is here.\nagreement\tThe dog is here.\tThe dog are here.\n'
  )
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    const words = ['--train', ewt('dev'), '--train-words', '800', '--max-words', '300', '--random', '1']
    const asked = [
      '--erase',
      'upos',
      '--layers',
      '2',
      '--change',
      '--retrain',
      'upos,feats.Number',
      '--watch',
      'the',
      '--pairs',
      pairs,
      '--first',
      'A dog sleeps.',
      '--second',
      'The cat slept.'
    ]
    expect(
      await ablateCommand.run([
        '--model',
        model,
        '--data',
        ewt('test'),
        '--interventions',
        given,
        ...words,
        ...asked,
        '--save',
        saved,
        '--json',
        out
      ])
    ).toBe(0)
  } finally {
    written.mockRestore()
  }
  const set = JSON.parse(readFileSync(saved, 'utf8')) as InterventionSet
  expect(set.interventions.map(({ at, edit }) => `${at} ${edit.kind}`)).toEqual([
    'blocks.0.attn.result zero',
    'blocks.1.resid_post erase'
  ])
  const result = JSON.parse(readFileSync(out, 'utf8')) as AblationSetResult & {
    set: { name: string }
    change: AblationChange
    probes: AblationProbes
    pairs: AblationPairs
    similarity: SentenceSimilarity
  }
  expect(result.set.name).toBe('No head 1; Universal part of speech erased at layer 2 (LEACE)')
  expect(result.measures.map(({ id }) => id)).toEqual(['loss', 'accuracy', 'watched.probability', 'watched.rank'])
  expect(result.change.movement).toHaveLength(5)
  expect(Array.from(result.change.attention.random.shape)).toEqual([1, 4, 4])
  const [upos, number] = result.probes.tasks
  // The eraser is fitted to other sentences than the probe that is trained again: what its sampling error leaves is
  // found. On shared sentences it would be the majority, by construction.
  const erased = upos!.layers[2]!
  expect(erased.kept.value).toBeLessThan(upos!.majority + 0.15)
  expect(erased.retrained.value).toBeGreaterThan(upos!.majority)
  expect(erased.retrained.value).toBeLessThan(erased.plain - 0.1)
  expect(number).toMatchObject({ task: { id: 'feats.Number' }, layers: { length: 5 } })
  expect(result.pairs.total).toMatchObject({ name: 'all', pairs: 2 })
  expect(result.similarity.layers).toHaveLength(5)
}, 300_000)
