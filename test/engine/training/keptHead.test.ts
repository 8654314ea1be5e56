import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultAdaptation } from '@shared/adaptMethods'
import type { FinetuneResult } from '@shared/finetune'
import { silentJob } from '@shared/jobs'
import { openFinetuning, type Finetuning } from './finetuning'

// Training that begins with the head that a model has.

let finetuning: Finetuning
let trained: FinetuneResult

beforeAll(async () => {
  finetuning = await openFinetuning()
  trained = await finetuning.run({ learningRate: 1e-3, epochs: 2, maxTrain: 24, save: true })
}, 120_000)
afterAll(() => finetuning.dispose())

/** Further training of the model in a folder. */
async function further(folder: string, change: Parameters<Finetuning['run']>[0] = {}): Promise<FinetuneResult> {
  const model = await finetuning.services.models.open(folder, silentJob())
  return finetuning.run({ modelId: model.id, maxTrain: 24, epochs: 1, keepHead: true, ...change })
}

test('a kept head begins where the training before ended', async () => {
  const { heldOutLoss } = trained.epochs.at(-1)!
  const again = await further(trained.checkpoint!)
  expect(again.epochs[0]!.heldOutLoss).toBeCloseTo(heldOutLoss, 5)
  const features = await further(trained.checkpoint!, { method: defaultAdaptation('features') })
  expect(features.epochs[0]!.heldOutLoss).toBeCloseTo(heldOutLoss, 5)
  const fresh = await further(trained.checkpoint!, { keepHead: false })
  expect(fresh.epochs[0]!.heldOutLoss).toBeGreaterThan(heldOutLoss + 0.1)
})

test("so does that of transformers' class, whatever the order of its classes", async () => {
  const folder = join(finetuning.folder, 'of transformers')
  cpSync(trained.checkpoint!, folder, { recursive: true })
  rmSync(join(folder, 'layerscope.json'))
  const again = await further(folder)
  expect(again.epochs[0]!.heldOutLoss).toBeCloseTo(trained.epochs.at(-1)!.heldOutLoss, 5)
  // Two classes that have each other's names are each other's rows.
  const path = join(folder, 'config.json')
  const config = JSON.parse(readFileSync(path, 'utf8')) as { id2label: Record<string, string> }
  const { 0: first, 1: second } = config.id2label
  Object.assign(config.id2label, { 0: second, 1: first })
  writeFileSync(path, JSON.stringify(config))
  const swapped = await further(folder)
  expect(swapped.epochs[0]!.heldOutLoss).not.toBeCloseTo(trained.epochs.at(-1)!.heldOutLoss, 2)
})

test('what cannot be kept is refused by a sentence', async () => {
  await expect(finetuning.run({ keepHead: true })).rejects.toThrow(
    'gpt2-ud-tiny has no head for a task, so none can be kept. Leave that out, and a new head is trained.'
  )
  await expect(further(trained.checkpoint!, { head: 'linear' })).rejects.toThrow('is kept as it is')
  await expect(further(trained.checkpoint!, { task: 'deprel' })).rejects.toThrow('has to know all classes of the task')
  await expect(further(trained.checkpoint!, { task: 'sentence.length' })).rejects.toThrow('was trained for words')
})
