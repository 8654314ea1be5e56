import { adaptKinds } from '@shared/adaptMethods'
import type { FinetuneOptions } from '@shared/finetuneRequests'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { keptBlocks } from '../training/methods/distillation'
import type { FinetuneSettings } from '../training/task/settings'
import { BilstmLearner } from './bilstmLearner'
import { bilstmCost, withBilstm } from './finetuneBilstm'
import { finetuneCost } from './finetuneCost'
import type { FinetuneData } from './finetuneData'
import { withAdaptation, type Adaptation, type AdaptationRequest } from './finetuneModel'
import type { Learner } from './finetuneTeacher'
import type { ModelService } from './modelService'

/**
 * Runs work with what a request trains: the model, or a student of it.
 * @throws UserError for a student or word vectors of a method that has none
 */
export function withLearner<T>(
  models: ModelService,
  { modelId, method, student, vectors }: FinetuneOptions,
  work: (learner: Learner) => Promise<T>
): Promise<T> {
  const { title } = adaptKinds[method.kind]
  if (student && method.kind !== 'distillation')
    throw new UserError(
      `${title} has no student that is a model already; leave the student out, or choose distillation.`
    )
  if (vectors && method.kind !== 'bilstm')
    throw new UserError(`${title} reads no word vectors; leave them out, or choose distillation into a BiLSTM.`)
  return models.use(modelId, (model) => {
    const itself = { model, blocks: null, teacher: null, bilstm: null }
    if (method.kind === 'bilstm') {
      const taught = { ...itself, teacher: model }
      return vectors
        ? models.use(vectors.modelId, (words) => work({ ...taught, bilstm: new BilstmLearner(words) }))
        : work({ ...taught, bilstm: new BilstmLearner(null) })
    }
    if (method.kind !== 'distillation') return work(itself)
    if (!student) return work({ ...itself, blocks: keptBlocks(model.shape.layers, method.every), teacher: model })
    return models.use(student.modelId, (learner) => work({ ...itself, model: learner, teacher: model }))
  })
}

/** Opens what is trained, and frees it after the work. */
export function withOpened<T>(
  request: AdaptationRequest,
  job: JobHandle,
  work: (adaptation: Adaptation) => Promise<T>
): Promise<T> {
  const { bilstm, options } = request
  return bilstm && options.method.kind === 'bilstm'
    ? withBilstm({ ...request, bilstm, method: options.method }, work)
    : withAdaptation(request, job, work)
}

/** What training it takes. */
export function costOf(
  learner: Learner,
  method: FinetuneOptions['method'],
  settings: FinetuneSettings,
  data: FinetuneData,
  factor: (kind: string) => number
): ReturnType<typeof finetuneCost> {
  const { model, bilstm } = learner
  return bilstm && method.kind === 'bilstm'
    ? bilstmCost(model, bilstm, method, settings, data, factor)
    : finetuneCost(learner, method, settings, data, factor)
}
