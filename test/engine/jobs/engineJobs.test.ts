import type { CallInput } from '@shared/contract'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { engineHandlers } from '../../../src/main/engine/engine'
import { createServices } from '../../../src/main/engine/services'

const model = 'resources/models/gpt2-ud-tiny'
const data = 'resources/datasets/ud_english-ewt'
let folder: string
const before = process.env.LAYERSCOPE_CACHE

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerscope-engineJobs-'))
  // Word vectors of the test, not the person's.
  process.env.LAYERSCOPE_CACHE = folder
  await pickBackend()
})
afterAll(() => {
  if (before === undefined) delete process.env.LAYERSCOPE_CACHE
  else process.env.LAYERSCOPE_CACHE = before
  rmSync(folder, { recursive: true, force: true })
})

/** An engine on the folder of the queue; another call is the engine after it. */
function engine() {
  const services = createServices(() => undefined, join(folder, 'results'), undefined, join(folder, 'jobs'))
  return { services, handlers: engineHandlers(services) }
}

const noneOpened = { models: [], datasets: [] }

const extraction = (modelId: string, datasetId: string): CallInput<'activations.extract'> => ({
  modelId,
  datasetId,
  split: 'dev',
  pool: 'first',
  maxWords: 40,
  jobId: 'extraction'
})

/** An engine that ends while an extraction waits behind a probe. */
async function crashed(): Promise<{ modelId: string; datasetId: string }> {
  const { services, handlers } = engine()
  const { id: modelId } = await handlers['model.open']({ path: model, untrained: null, jobId: undefined })
  const { id: datasetId } = await handlers['dataset.open']({ paths: [data], jobId: undefined })
  const endless = {
    kind: 'probe' as const,
    title: 'Endless',
    id: 'endless',
    subject: {},
    call: 'probe.run',
    input: {},
    opened: { models: [], datasets: [] }
  }
  void services.jobs.submit(endless, () => new Promise(() => undefined))
  void handlers['activations.extract'](extraction(modelId, datasetId))
  await vi.waitFor(() => expect(services.jobs.list().jobs).toHaveLength(2))
  services.jobs.cancel('endless')
  return { modelId, datasetId }
}

test('a queued call is continued by an engine that has opened nothing, with the answer it would have had', async () => {
  const { modelId, datasetId } = await crashed()
  const { services, handlers } = engine()
  const { jobs } = await handlers['job.list']({})
  const job = jobs.find(({ id }) => id === 'extraction')!
  expect(job).toMatchObject({
    state: 'interrupted',
    kind: 'extract',
    title: 'Extracting word vectors of dev',
    call: 'activations.extract',
    subject: { model: { id: modelId, name: 'gpt2-ud-tiny' }, dataset: { id: datasetId, name: 'UD English EWT' } }
  })
  expect(job.input).not.toHaveProperty('jobId')
  expect(() => services.models.info(modelId)).toThrow('This model is not open in the engine any more')

  await handlers['job.resume']({ jobId: 'extraction' })
  await vi.waitFor(() => expect(services.jobs.list().jobs.find(({ id }) => id === 'extraction')?.state).toBe('done'), {
    timeout: 50_000
  })
  expect(services.models.info(modelId).name).toBe('gpt2-ud-tiny')
  const { jobId: _jobId, ...request } = extraction(modelId, datasetId)
  expect(await handlers['activations.estimate'](request)).toMatchObject({ cached: true })
  await handlers['job.forget']({ jobId: 'extraction' })
})

test('a model that is another one now is not used in its place', async () => {
  await crashed()
  const file = readdirSync(join(folder, 'jobs')).find((name) =>
    readFileSync(join(folder, 'jobs', name), 'utf8').includes('"id":"extraction"')
  )!
  const path = join(folder, 'jobs', file)
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll('models/gpt2-ud-tiny', 'models/all-MiniLM-L6-v2'))
  const { services, handlers } = engine()
  await handlers['job.list']({})
  await handlers['job.resume']({ jobId: 'extraction' })
  await vi.waitFor(
    () =>
      expect(services.jobs.list().jobs.find(({ id }) => id === 'extraction')?.error).toMatch(
        /^gpt2-ud-tiny in .*all-MiniLM-L6-v2 has changed since this job was started/
      ),
    { timeout: 50_000 }
  )
})

test('a result is run again as a job of its kind and subject, and by an engine that has opened nothing', async () => {
  const before = engine()
  const { id: modelId } = await before.handlers['model.open']({ path: model, untrained: null, jobId: undefined })
  const { id: datasetId } = await before.handlers['dataset.open']({ paths: [data], jobId: undefined })
  const corpus = { modelId, datasetId, split: 'dev', maxWords: 200 }
  const kept = await before.handlers['ablation.heads']({ ...corpus, jobId: 'first', fresh: undefined })
  const { services, handlers } = engine()
  const { id, differences } = await handlers['results.rerun']({ id: kept.id, jobId: 'again' })
  expect(differences).toBe(0)
  expect(services.results.listed(id).key).toBe(kept.key)
  expect(services.jobs.list().jobs.find((job) => job.id === 'again')).toMatchObject({
    kind: 'ablation',
    title: 'Run again: scores of heads',
    subject: { model: { id: modelId }, dataset: { id: datasetId, name: 'UD English EWT' } },
    resultId: id,
    state: 'done'
  })
})

test('single sentences are read while the queue makes no step', async () => {
  const { services, handlers } = engine()
  const { jobs } = services
  const { id: modelId } = await handlers['model.open']({ path: model, untrained: null, jobId: undefined })
  let steps = 0
  const heavy = jobs.submit(
    { kind: 'probe', title: 'Heavy', id: 'heavy', subject: {}, call: 'probe.run', input: {}, opened: noneOpened },
    async (job) => {
      for (;;) {
        steps++
        await job.yield()
      }
    }
  )
  const sentence = (text: string) => ({ kind: 'text' as const, text })
  const asked: Record<string, () => Promise<unknown>> = {
    'sentence.analyze': () =>
      handlers['sentence.analyze']({ modelId, sentence: sentence('The keys are here.'), thumbnailSize: 8 }),
    'attention.head': () => handlers['attention.head']({ modelId, sentence: sentence('One.'), layer: 1, head: 0 }),
    'attention.layer': () => handlers['attention.layer']({ modelId, sentence: sentence('Two.'), layer: 1 }),
    'ablation.sentence': () =>
      handlers['ablation.sentence']({
        modelId,
        sentence: sentence('Three.'),
        interventions: [],
        corpus: null,
        runIds: [],
        jobId: undefined,
        fresh: undefined
      })
  }
  for (const [name, ask] of Object.entries(asked)) {
    const before = steps
    await vi.waitFor(() => expect(steps).toBeGreaterThan(before + 2))
    const answer = ask()
    // The step under way ends; none follows.
    const at = steps
    await answer
    expect(steps, name).toBe(at)
  }
  jobs.cancel('heavy')
  await expect(heavy).rejects.toThrow()
})

test('a sentence is identified once for a request, and written after its answer', async () => {
  const { services, handlers } = engine()
  const { id: modelId } = await handlers['model.open']({ path: model, untrained: null, jobId: undefined })
  const identify = vi.spyOn(services.runs, 'identify')
  const written = (): string[] => readdirSync(join(folder, 'results'))
  const before = written()
  const { id } = await handlers['ablation.sentence']({
    modelId,
    sentence: { kind: 'text', text: 'The keys are here.' },
    interventions: [{ at: 'blocks.1.attn.result', heads: [0], edit: { kind: 'zero' } }],
    corpus: null,
    runIds: [],
    jobId: undefined,
    fresh: undefined
  })
  expect(identify).toHaveBeenCalledTimes(1)
  expect(written()).toEqual(before)
  await new Promise((resolve) => setImmediate(resolve))
  expect(written()).toContain(id)
})
