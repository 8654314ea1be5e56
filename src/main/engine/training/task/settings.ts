import { adaptKinds } from '@shared/adaptMethods'
import type { FinetuneResult } from '@shared/finetune'
import type { FinetuneOptions, HeadKind, HeadPooling } from '@shared/finetuneRequests'
import type { ProbeTask } from '@shared/task'
import { UserError } from '@shared/userError'

/** Everything that was set, with what is usual for method and model filled in. */
export type FinetuneSettings = FinetuneResult['settings']

/** The head that a model usually gets for a task. */
export interface UsualHead {
  pooling: HeadPooling
  kind: HeadKind
}

/**
 * Fills in what a request leaves to the method and the model.
 * @throws UserError for settings that contradict each other
 */
export function settingsOf(
  options: FinetuneOptions,
  { unit }: Pick<ProbeTask, 'unit'>,
  usualHead: UsualHead
): FinetuneSettings {
  const { modelId: _m, datasetId: _d, task: _t, trainSplit: _a, testSplit: _b, heldOutSplit: _h, ...given } = options
  const { method, jobId: _j, fresh: _f, background: _g, ...rest } = given
  const { usual, trainsModel } = adaptKinds[method.kind]
  if (!trainsModel && rest.before.kind !== 'nothing')
    throw new UserError(
      'Feature extraction leaves the model as it is, so nothing can be trained before it. Choose another method, or ' +
        'leave that out.'
    )
  const pooling = rest.pooling ?? (unit === 'sentence' ? usualHead.pooling : 'first token')
  const wordFeatures = method.kind === 'features' && unit === 'token'
  return {
    ...rest,
    // Hidden states of sentences are averages, of words single ones: their heads want other steps.
    learningRate: rest.learningRate ?? usual.model,
    headLearningRate: rest.headLearningRate ?? (method.kind === 'features' && !wordFeatures ? 3e-2 : usual.head),
    epochs: rest.epochs ?? usual.epochs,
    batch: rest.batch ?? (wordFeatures ? 256 : usual.batch),
    pooling,
    // A dense layer belongs to the pooling it comes with.
    head: rest.head ?? (unit === 'sentence' && pooling === usualHead.pooling ? usualHead.kind : 'linear')
  }
}
