import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultAdaptation } from '@shared/adaptMethods'
import type { CallInput } from '@shared/contract'
import type { FinetuneResult } from '@shared/finetune'
import { JobCancelled, silentJob, type JobHandle } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { createServices, type Services } from '../../../src/main/engine/services'

export type FinetuneCall = CallInput<'finetune.run'>

/** Services that fine-tune the smallest model, in a folder of their own. */
export interface Finetuning {
  folder: string
  services: Services
  /** What is run unless a test changes it. */
  request: FinetuneCall
  run(change?: Partial<FinetuneCall>, job?: JobHandle): Promise<FinetuneResult>
  dispose(): void
}

/**
 * @param change what is run unless a test changes it, where that is not the full fine-tuning of parts of PUD for two
 * epochs of three updates
 */
export async function openFinetuning(change: Partial<FinetuneCall> = {}): Promise<Finetuning> {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-finetuning-'))
  // Before the cache folder is another one: native TensorFlow is in it.
  console.info(`Fine-tuning is tested on ${(await pickBackend()).title}.`)
  process.env.LAYERSCOPE_CACHE = join(folder, 'cache')
  const services = createServices(() => undefined, join(folder, 'data', 'results'))
  const model = await services.models.open('resources/models/gpt2-ud-tiny', silentJob())
  const dataset = await services.datasets.open({
    paths: ['test/fixtures/datasets/pud/en_pud.conllu'],
    trainFraction: 0.6,
    seed: 1
  })
  const request: FinetuneCall = {
    modelId: model.id,
    datasetId: dataset.id,
    task: 'upos',
    trainSplit: 'train',
    testSplit: 'test',
    maxTrain: 12,
    maxTest: 4,
    method: defaultAdaptation('full'),
    epochs: 2,
    batch: 4,
    save: false,
    seed: 1,
    ...change
  }
  return {
    folder,
    services,
    request,
    run: (further = {}, job = silentJob()) => services.runs.run('finetune', { ...request, ...further }, job),
    dispose() {
      delete process.env.LAYERSCOPE_CACHE
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** A job that says when its training has made some updates. */
export function afterUpdates(updates: number, then: (job: JobHandle) => void): JobHandle {
  let made = 0
  const job: JobHandle = {
    ...silentJob(),
    progress: (_done, _total, message) => {
      if (message?.startsWith('Epoch') && ++made === updates) then(job)
    }
  }
  return job
}

/** A job that is cancelled after some updates. */
export function cancelledAfter(updates: number): JobHandle {
  let cancelled = false
  const job = afterUpdates(updates, () => {
    cancelled = true
  })
  return { ...job, yield: () => (cancelled ? Promise.reject(new JobCancelled()) : Promise.resolve()) }
}

/** What has to be equal in two runs of one request. */
export const numbers = ({
  steps,
  epochs,
  predictions,
  score,
  movement,
  keptEpoch,
  selfTraining
}: FinetuneResult): Partial<FinetuneResult> => ({
  steps,
  epochs,
  predictions,
  score,
  movement,
  keptEpoch,
  ...(selfTraining && { selfTraining })
})
