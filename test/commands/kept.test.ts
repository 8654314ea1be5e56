import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { calls, type CallName } from '@shared/contract'
import type { ListedResult } from '@shared/results'
import { commands } from '../../src/main/commands'
import { mixtureFolder } from '../engine/models/mixtureFolder'
import { nativeRoot } from '../../src/main/engine/backends/provision/install'

// What a command keeps of its request is what the contract makes of it, and what it writes, `layerscope rerun` runs.

const model = 'resources/models/gpt2-ud-tiny'
const pud = (language: string): string => `test/fixtures/datasets/pud/${language}_pud.conllu`
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-kept-'))
  if (existsSync(nativeRoot())) symlinkSync(nativeRoot(), join(folder, 'native'), 'junction')
  vi.stubEnv('LAYERSCOPE_CACHE', folder)
  vi.stubEnv('LAYERSCOPE_DATA', folder)
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

let said = ''

async function run(...typed: string[]): Promise<{ code: number; printed: string }> {
  let printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true))
  said = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said += String(text)), true))
  const [name, ...parameters] = typed
  const command = await commands.find((candidate) => candidate.name === name)!.load()
  const code = await command.run(parameters)
  return { code, printed }
}

const parts = ['--train', pud('en'), '--test', pud('de')]
const pairs = (): string => {
  const path = join(folder, 'pairs.tsv')
  writeFileSync(path, 'UID\tsentence_good\tsentence_bad\nagreement\tThe dogs are here.\tThe dogs is here.\n')
  return path
}

test.each<[CallName, string[], () => string[]]>([
  ['probe.run', ['probe', ...parts, '--task', 'tree.depth', '--layers', '1', '--max-words', '200'], () => []],
  [
    'curve.run',
    ['curve', '--kind', 'size', ...parts, '--task', 'upos', '--layers', '1', '--shares', '1/2,1', '--draws', '1'],
    () => []
  ],
  ['pairs.run', ['minimal-pairs', '--pairs', '1'], () => ['--data', pairs()]]
])(
  '%s',
  async (call, typed, more) => {
    const file = join(folder, `${call}.json`)
    expect(await run(...typed, ...more(), '--model', model, '--json', file)).toMatchObject({ code: 0 })
    const { provenance } = JSON.parse(readFileSync(file, 'utf8')) as {
      provenance: { request: Record<string, unknown> }
    }
    const opened = call === 'pairs.run' ? { path: 'pairs.tsv' } : { datasetId: 'data' }
    const request = { ...provenance.request, ...opened, modelId: 'model' }
    expect(v.parse(calls[call].input, request)).toEqual(request)
  },
  300_000
)

const sweep = (): string => {
  const path = join(folder, 'sweep.json')
  const [train, test] = [pud('en'), pud('de')].map((data) => resolve(data))
  writeFileSync(
    path,
    JSON.stringify({
      name: 'a sweep',
      models: [resolve(model)],
      data: [{ train, test }],
      tasks: ['upos', 'tree.depth'],
      probes: ['linear'],
      layers: [1],
      maxTrainWords: 200,
      maxTestWords: 100
    })
  )
  return path
}
const heads = (): string => {
  const path = join(folder, 'heads.json')
  const interventions = [{ at: 'blocks.1.attn.result', heads: [0], edit: { kind: 'zero' } }]
  writeFileSync(path, JSON.stringify({ name: 'no head', interventions }))
  return path
}

const probing = [...parts, '--model', model, '--max-words', '200']
const ablating = ['ablate', '--model', model, '--data', pud('de'), '--max-words', '60']
/** Every command that makes results, how many its file holds, and how many it names. */
const cases: [title: string, held: number, named: number, typed: () => string[]][] = [
  ['a probe and its twin', 2, 2, () => ['probe', ...probing, '--task', 'upos', '--layers', '1', '--twin']],
  ['a regression', 1, 1, () => ['probe', ...probing, '--task', 'tree.depth', '--layers', '1']],
  [
    'a curve',
    1,
    1,
    () => ['curve', '--kind', 'restarts', ...probing, '--task', 'upos', '--layers', '1', '--starts', '2']
  ],
  ['a sweep', 2, 2, () => ['sweep', sweep()]],
  ['pairs', 1, 1, () => ['minimal-pairs', '--model', model, '--pairs', '1', '--data', pairs()]],
  ['models', 5, 4, () => ['compare', ...probing, '--model', model, '--label', 'upos', '--cka', '--cka-words', '40']],
  ['a scan', 1, 1, () => [...ablating, '--unit', 'mlp', '--loss']],
  ['a scan by a probe', 1, 2, () => [...ablating, '--unit', 'mlp', '--label', 'upos', '--train', pud('en')]],
  ['pruning', 1, 1, () => [...ablating, '--unit', 'mlp', '--loss', '--prune', '2']],
  ['a map', 1, 2, () => [...ablating, '--tasks', 'deprel', '--train', pud('en')]],
  [
    'a set by every measure',
    5,
    6,
    () => {
      const more = ['--change', '--retrain', 'upos', '--train-words', '100', '--first', 'A dog.', '--second', 'A cat.']
      const measures = ['--loss', '--pairs', pairs(), '--pairs-each', '1', '--random', '2', ...more]
      return [...ablating, '--interventions', heads(), '--erase', 'upos', '--train', pud('en'), ...measures]
    }
  ],
  [
    'patching',
    1,
    1,
    () => {
      const sentences = ['--text', 'The dog barks', '--source', 'The cat sleeps']
      return ['patch', '--model', model, ...sentences, '--first', 'the', '--second', 'a']
    }
  ],
  [
    'a tuned lens',
    2,
    2,
    () => {
      const training = ['--tuned', pud('de'), '--max-words', '60', '--steps', '3', '--batch', '64']
      return ['lens', '--model', model, '--text', 'The dog barks', ...training]
    }
  ],
  ['direct logits', 1, 1, () => ['direct', '--model', model, '--text', 'The dog barks']],
  [
    'attributions',
    1,
    1,
    () => ['attribute', '--model', model, '--text', 'The dog barks', '--label', 'the', '--steps', '5']
  ],
  [
    'fine-tuning',
    1,
    1,
    () => {
      const few = ['--max-train', '12', '--max-test', '6', '--epochs', '1', '--method', 'bitfit']
      return ['finetune', ...parts, '--model', model, '--task', 'upos', ...few]
    }
  ],
  [
    'pretraining',
    1,
    1,
    () => {
      const small = ['--family', 'gpt2', '--layers', '1', '--width', '8', '--heads', '2', '--epochs', '1']
      return ['pretrain', '--train', pud('de'), '--tokenizer', model, '--max-train', '20', ...small]
    }
  ],
  ['languages', 1, 1, () => ['align', '--model', model, '--data', pud('en'), '--with', pud('de')]],
  ['geometry', 1, 1, () => ['geometry', '--model', model, '--data', pud('de'), '--contexts', '2']],
  ['heads', 1, 1, () => ['heads', '--model', model, '--data', pud('de'), '--max-words', '60']],
  [
    'experts',
    1,
    1,
    () => ['experts', '--model', mixtureFolder(folder), '--data', pud('de'), '--label', 'upos', '--max-words', '60']
  ],
  [
    'neurons',
    1,
    1,
    () => {
      const data = ['--train', pud('en'), '--data', pud('de'), '--label', 'upos', '--layer', '2', '--random', '1']
      return ['neurons', '--model', model, ...data, '--max-train-words', '200', '--max-words', '60']
    }
  ]
]

test('every command that has --keep is tried', async () => {
  const keeping = (await Promise.all(commands.map((entry) => entry.load()))).filter(({ options }) => options.keep)
  const tried = new Set(['rerun', ...cases.map(([, , , typed]) => typed()[0]!)])
  expect(tried).toEqual(new Set(keeping.map(({ name }) => name)))
})

describe.each(cases)('%s', (title, held, named, typed) => {
  const file = (): string => join(folder, `${title}.json`)

  test('is kept under the name of --keep', async () => {
    expect(await run(...typed(), '--keep', title, '--json', file())).toMatchObject({ code: 0 })
    const { printed } = await run('results', '--filter', title, '--json')
    const kept = JSON.parse(printed) as ListedResult[]
    expect(kept.filter(({ name }) => name === title)).toHaveLength(named)
  }, 300_000)

  test('is run again from the file that --json wrote', async () => {
    const { code, printed } = await run('rerun', file(), '--json', join(folder, 'again.json'))
    expect(printed.match(/^equal, bit for bit: /gm) ?? printed).toHaveLength(held)
    expect(code).toBe(0)
  }, 300_000)
})

test('what rerun and results write is taken as well', async () => {
  await run('probe', ...probing, '--task', 'xpos', '--layers', '1', '--keep', 'only')
  const files = ['listed.json', 'exported.json', 'again.json'].map((name) => join(folder, name))
  await run('results', 'only', '--json', files[0]!)
  await run('results', 'only', '--export', 'json', '--out', files[1]!)
  await run('rerun', files[0]!, '--json', files[2]!, '--keep', 'once more')
  for (const file of files) expect((await run('rerun', file)).printed).toMatch(/^equal, bit for bit: /)
  expect((await run('results', 'once more')).printed).toContain('once more')
}, 300_000)

test('a result that has a name keeps it, and the message says so', async () => {
  const typed = ['probe', ...probing, '--task', 'xpos', '--layers', '2']
  await run(...typed, '--keep', 'first')
  await run(...typed, '--keep', 'second')
  expect(said).toMatch(/^Kept result \S+ of .*\. Its name is 'first'; `layerscope results --rename` changes it\.$/m)
}, 300_000)

test('a file without a result is refused in a sentence', async () => {
  const file = join(folder, 'info.json')
  await run('info', model, '--json', file)
  await expect(run('rerun', file)).rejects.toThrow(`${file} is not a result; give a file that \`layerscope probe\``)
})
