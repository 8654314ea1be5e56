import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { JobCancelled, silentJob, type JobHandle } from '@shared/jobs'
import type { ClozeScore } from '@shared/minimalPairs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'
import { temporaryFiles } from '../datasets/temporaryFiles'

const files = temporaryFiles()
const folder = mkdtempSync(join(tmpdir(), 'layerscope-pairs-'))
const cloze = join('resources', 'pairs', 'lm-diagnostics')
const cacheBefore = process.env.LAYERSCOPE_CACHE
let services: Services
let gpt2 = ''

beforeAll(async () => {
  await pickBackend()
  process.env.LAYERSCOPE_CACHE = join(folder, 'cache')
  services = createServices(() => undefined, join(folder, 'results'))
  gpt2 = (await services.models.open(join('resources', 'models', 'gpt2-ud-tiny'), silentJob())).id
}, 60_000)
afterAll(() => {
  if (cacheBefore === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = cacheBefore
  rmSync(folder, { recursive: true, force: true })
})

/** By bench/peers/cloze_peer.py. */
function theirs(model: string): Record<string, { contexts: number; preferred: number; top1: number; top5: number }> {
  return JSON.parse(
    readFileSync(join('test', 'fixtures', 'minimalPairs', `cloze-${model}.json`), 'utf8')
  ) as ReturnType<typeof theirs>
}
function ours(scores: readonly ClozeScore[]): ReturnType<typeof theirs> {
  return Object.fromEntries(
    scores.map(({ name, contexts, preferred, top1, top5 }) => [
      name,
      { contexts, preferred: preferred.share, top1, top5 }
    ])
  )
}

test('cloze tests come out as in PyTorch, by a causal model', async () => {
  const result = await services.runs.run('pairs', { modelId: gpt2, path: cloze, pairs: null }, silentJob())
  expect(ours(result.cloze!)).toEqual(theirs('gpt2-ud-tiny'))
  expect(result.total.pairs).toBe(2 * 34 + 2 * 16 + 2 * 18)
})

const masked = join('..', 'shared', 'models', 'minilm-ud-mlm')
if (!existsSync(masked)) console.warn(`Cloze tests by a masked model are left out: ${masked} is not there.`)
test.skipIf(!existsSync(masked))(
  'and by a masked one',
  async () => {
    const { id } = await services.models.open(masked, silentJob())
    const result = await services.runs.run('pairs', { modelId: id, path: cloze, pairs: null }, silentJob())
    expect(ours(result.cloze!)).toEqual(theirs('minilm-ud-mlm'))
  },
  60_000
)

const mine = (): string =>
  files.write(
    'mine.tsv',
    'paradigm\tgood\tbad\nverb\tHe sleeps.\tHe sleep.\nverb\tThey sleep.\tThey sleeps.\narticle\tI saw a dog.\tI saw an dog.\n'
  )

test('a run is kept with its pairs, the most wrong first', async () => {
  const result = await services.runs.run('pairs', { modelId: gpt2, path: mine(), pairs: null }, silentJob())
  expect(services.results.read('pairs', result.id)).toEqual(JSON.parse(JSON.stringify(result)))
  expect(services.results.list()).toContainEqual(
    expect.objectContaining({
      id: result.id,
      kind: 'pairs',
      subject: {
        model: { id: gpt2, name: 'gpt2-ud-tiny' },
        data: { id: result.dataHash.slice(0, 16), name: 'mine.tsv', parts: '2 paradigms' },
        task: { id: 'pairs', title: 'Minimal pairs' }
      },
      summary: expect.objectContaining({ method: 'sum of log-probabilities', items: 3 })
    })
  )
  const { total, rows } = services.minimalPairs.page({ runId: result.id, paradigm: null, offset: 0, limit: 10 })
  expect(total).toBe(3)
  const margins = rows.map(({ goodScore, badScore }) => goodScore - badScore)
  expect(margins).toEqual([...margins].sort((a, b) => a - b))
  expect(margins.filter((margin) => margin > 0)).toHaveLength(Math.round(result.total.accuracy * 3))
  expect(
    services.minimalPairs
      .page({ runId: result.id, paradigm: 'article', offset: 0, limit: 10 })
      .rows.map(({ good }) => good)
  ).toEqual(['I saw a dog.'])
  expect(services.minimalPairs.page({ runId: result.id, paradigm: null, offset: 1, limit: 1 }).rows).toEqual([rows[1]])

  const { good, bad } = await services.minimalPairs.tokens({ modelId: gpt2, ...rows[0]! }, silentJob())
  expect(good.tokens.join('')).toContain('.')
  const sum = (values: readonly (number | null)[]): number =>
    values.reduce<number>((all, value) => all + (value ?? 0), 0)
  expect(sum(good.logProbabilities)).toBeCloseTo(rows[0]!.goodScore, 3)
  expect(sum(bad.logProbabilities)).toBeCloseTo(rows[0]!.badScore, 3)
})

test('of a cloze item only the completion is scored', async () => {
  const { good } = await services.minimalPairs.tokens(
    { modelId: gpt2, good: 'A trout is a fish', bad: 'A trout is a tool', completions: { good: 'fish', bad: 'tool' } },
    silentJob()
  )
  const scored = good.tokens.filter((_, i) => good.logProbabilities[i] !== null).join('')
  expect(scored.replace('Ġ', '')).toBe('fish')
})

test('a run that was cancelled goes on with the paradigm it was in', async () => {
  const path = files.write(
    'long.tsv',
    `paradigm\tgood\tbad\n${['a', 'b', 'c'].map((name) => `${name}\tHe ${name} sleeps.\tHe ${name} sleep.\n`).join('')}`
  )
  const seen: string[] = []
  let left = 0
  const job: JobHandle = {
    ...silentJob(),
    progress: (_done, _total, message) => void (message && !seen.includes(message) && seen.push(message)),
    yield: () => (left-- > 0 ? Promise.resolve() : Promise.reject(new JobCancelled()))
  }
  // One chance to stop before each paradigm and one in it: the third comes before the second paradigm's batch.
  left = 3
  await expect(services.runs.run('pairs', { modelId: gpt2, path, pairs: null }, job)).rejects.toThrow(JobCancelled)
  expect(seen).toEqual(['Scoring a'])
  left = 100
  const { paradigms } = await services.runs.run('pairs', { modelId: gpt2, path, pairs: null }, job)
  expect(seen).toEqual(['Scoring a', 'Scoring b', 'Scoring c'])
  expect(paradigms.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect(readdirSync(join(folder, 'cache', 'pairs')).every((name) => name.endsWith('.json'))).toBe(true)
})

test('the bundled sets open', async () => {
  const sets = await services.minimalPairs.sets()
  expect(sets.map(({ licence }) => licence)).toEqual(['CC BY 4.0', 'MIT'])
  const previews = await Promise.all(sets.map(({ path }) => services.minimalPairs.preview({ path })))
  expect(previews.map(({ pairs, paradigms }) => [pairs, paradigms.length])).toEqual([
    [4700, 47],
    [136, 8]
  ])
  expect(previews[0]!.paradigms[0]).toEqual({ name: 'adjunct_island', phenomenon: 'island_effects', pairs: 100 })
})

test('a preview of a table with other names says what is missing and shows its columns', async () => {
  const path = files.write('other.tsv', 'right\twrong\nHe sleeps.\tHe sleep.\n')
  expect(await services.minimalPairs.preview({ path })).toEqual({
    columns: ['right', 'wrong'],
    found: { good: null, bad: null, paradigm: null },
    paradigms: [],
    examples: [],
    pairs: 0,
    problem:
      'other.tsv, line 1: no column is called "sentence_good" or "grammatical" or "good" or "acceptable"; it has right, wrong. Name the columns with --good, --bad and --paradigm.'
  })
  expect(await services.minimalPairs.preview({ path, good: 'right', bad: 'wrong' })).toMatchObject({
    pairs: 1,
    problem: null,
    examples: [{ good: 'He sleeps.', bad: 'He sleep.' }]
  })
})

test('scores divided by length are another run, made of the same kept scores', async () => {
  const request = { modelId: gpt2, path: mine(), pairs: null }
  const sums = await services.runs.run('pairs', request, silentJob())
  const means = await services.runs.run('pairs', { ...request, length: 'mean' }, silentJob())
  expect(means.key).not.toBe(sums.key)
  expect(means).toMatchObject({ length: 'mean' })
  expect(sums).not.toHaveProperty('length')
  const scoreOf = (runId: string): number =>
    services.minimalPairs.page({ runId, paradigm: 'verb', offset: 0, limit: 1 }).rows[0]!.goodScore
  expect(scoreOf(sums.id) / scoreOf(means.id)).toBeGreaterThan(2)
  expect(services.results.listed(means.id).summary.method).toBe(
    'sum of log-probabilities, divided by the number of tokens'
  )
})
