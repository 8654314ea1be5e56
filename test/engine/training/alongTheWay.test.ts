import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultAdaptation } from '@shared/adaptMethods'
import { JobCancelled, silentJob } from '@shared/jobs'
import { afterUpdates, openFinetuning, type FinetuneCall, type Finetuning } from './finetuning'

let services: Finetuning['services']
let request: FinetuneCall
let run: Finetuning['run']
let dispose: Finetuning['dispose']

beforeAll(async () => {
  ;({ services, request, run, dispose } = await openFinetuning())
})
afterAll(() => dispose())

test('models are stored after every epoch, with their lineage', { timeout: 60_000 }, async () => {
  const { checkpoint, checkpoints, steps } = await run({ save: true, checkpoints: 'epoch' })
  expect(checkpoints!.map(({ step }) => step)).toEqual([3, 6])
  const [first, last] = checkpoints!.map((stored) => readFileSync(join(stored.folder, 'model.safetensors')))
  expect(last!.equals(readFileSync(join(checkpoint!, 'model.safetensors')))).toBe(true)
  expect(first!.equals(last!)).toBe(false)
  const model = await services.models.open(checkpoints![0]!.folder, silentJob())
  expect(model.lineage).toMatchObject({ base: { id: request.modelId }, step: 3 })
  expect(steps).toHaveLength(6)
})

test('or after every so many updates', { timeout: 60_000 }, async () => {
  const { checkpoints } = await run({ save: true, checkpoints: 2 })
  expect(checkpoints!.map(({ step }) => step)).toEqual([2, 4, 6])
})

test('a run that is stopped is tested and kept, as the run that was to end there', { timeout: 60_000 }, async () => {
  const stopped = await run(
    {},
    afterUpdates(4, (job) => services.finetunes.stop(job.id))
  )
  expect(stopped.steps).toHaveLength(4)
  expect(stopped.settings.updates).toBe(4)
  // The end of the first epoch, and where it was stopped.
  expect(stopped.epochs.map(({ step }) => step)).toEqual([0, 3, 4])
  expect(stopped.provenance!.request.updates).toBe(4)
  const again = await run({ updates: 4 })
  expect(again.id).toBe(stopped.id)
  const { steps, predictions, epochs } = await run({ updates: 4, fresh: true })
  expect({ steps, predictions, epochs }).toEqual({
    steps: stopped.steps,
    predictions: stopped.predictions,
    epochs: stopped.epochs
  })
  // The whole request is not answered by it.
  const whole = await run()
  expect(whole.steps).toHaveLength(6)
  expect(whole.steps.slice(0, 4)).toEqual(stopped.steps)
})

test('a run that was stopped and then killed before it was tested goes on as a whole one', async () => {
  const job = {
    ...afterUpdates(4, ({ id }) => services.finetunes.stop(id)),
    // Before the first update, after the first epoch, and where it was stopped.
    yield: () =>
      services.finetunes.progress(job.id)?.epochs.length === 3 ? Promise.reject(new JobCancelled()) : Promise.resolve()
  }
  await expect(run({ seed: 2 }, job)).rejects.toThrow(JobCancelled)
  const resumed = await run({ seed: 2 })
  expect(resumed.steps).toEqual((await run({ seed: 2, fresh: true })).steps)
  expect(resumed.steps).toHaveLength(6)
})

test('what cannot be stopped or stored is refused', async () => {
  expect(() => services.finetunes.stop('none')).toThrow('This job is not training now')
  await expect(run({ checkpoints: 'epoch' })).rejects.toThrow('Models along the way are stored only where')
  await expect(run({ method: defaultAdaptation('features'), save: true, checkpoints: 1 })).rejects.toThrow(
    'Feature extraction leaves the model as it is, so there is nothing to store along the way.'
  )
})
