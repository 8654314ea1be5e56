import { adaptKinds } from '@shared/adaptMethods'
import { isWholeInput, labelledItem, type FinetuneResult } from '@shared/finetune'
import type { FinetuneOptions, HeadKind, HeadPooling } from '@shared/finetuneRequests'
import type { ProbeTask } from '@shared/task'
import { UserError } from '@shared/userError'
import type { AdaptPlan } from '../methods/planner'
import { labelsTokens } from './examples'

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
  task: Pick<ProbeTask, 'unit' | 'kind' | 'ofSentences'>,
  usualHead: UsualHead
): FinetuneSettings {
  const { modelId: _m, datasetId: _d, task: _t, trainSplit: _a, testSplit: _b, heldOutSplit: _h, ...given } = options
  const { kind } = task
  const item = labelledItem(task)
  const { method, jobId: _j, fresh: _f, background: _g, ...rest } = given
  const { title, usual, trainsModel } = adaptKinds[method.kind]
  if (!trainsModel && rest.before.kind !== 'nothing')
    throw new UserError(
      `${title} leaves the model as it is, so nothing can be trained before it. Choose another method, or leave that ` +
        'out.'
    )
  if (!trainsModel && rest.beside.kind !== 'nothing')
    throw new UserError(
      `${title} leaves the model as it is, so nothing can be trained beside the task. Choose another method, or ` +
        'leave that out.'
    )
  if (rest.beside.kind === 'consistency' && (!isWholeInput(item) || kind === 'number'))
    throw new UserError(
      'Consistency compares the classes of whole sentences, or of pairs of them; this task has none. Leave it out, ' +
        'or choose a task with classes of sentences.'
    )
  if (rest.probes && !trainsModel)
    throw new UserError(
      `${title} leaves the model as it is, so probes of other labels stay as they are. Choose another method, or ` +
        'leave them out.'
    )
  if (rest.slices && kind === 'number')
    throw new UserError('Slices divide the classes of items; this task has numbers. Leave slices out.')
  if (rest.slices && method.kind === 'bilstm')
    throw new UserError(
      'Slices compare a model with itself before training, and a BiLSTM begins with random weights. Leave slices out.'
    )
  if (rest.checkpoints !== null && !(trainsModel && rest.save))
    throw new UserError(
      trainsModel
        ? 'Models along the way are stored only where the adapted model is; store it, or leave them out.'
        : `${title} leaves the model as it is, so there is nothing to store along the way. Choose another method, or ` +
            'leave checkpoints out.'
    )
  if (rest.selfTraining && kind === 'number')
    throw new UserError(
      'Self-training adds the classes that a model is sure of; this task has numbers. Leave it out, or choose a task ' +
        'with classes.'
    )
  if (rest.selfTraining && adaptKinds[method.kind].teaches)
    throw new UserError(
      'In distillation the model teaches another one, so it does not train itself; leave self-training out, or ' +
        'choose another method.'
    )
  if (rest.selfTraining && (rest.updates !== null || rest.checkpoints !== null))
    throw new UserError(
      'Self-training trains several times, so it cannot end after a number of updates or store models along the way. ' +
        'Leave that out, or leave self-training out.'
    )
  if (method.kind === 'bilstm') checkBilstm(rest, task)
  if (rest.keepHead && (rest.pooling !== null || rest.head !== null))
    throw new UserError('The head that the model has is kept as it is; leave pooling and head out, or train a new one.')
  const ofWords = item === 'word'
  const pooling = rest.pooling ?? (ofWords ? 'first token' : usualHead.pooling)
  const wordFeatures = method.kind === 'features' && !isWholeInput(item)
  return {
    ...rest,
    // Hidden states of sentences are averages, of words and spans those of few tokens: their heads want other steps.
    learningRate: rest.learningRate ?? usual.model,
    headLearningRate: rest.headLearningRate ?? (method.kind === 'features' && !wordFeatures ? 3e-2 : usual.head),
    epochs: rest.epochs ?? usual.epochs,
    batch: rest.batch ?? (wordFeatures ? 256 : usual.batch),
    pooling,
    // A dense layer belongs to the pooling it comes with.
    head:
      rest.head ??
      (method.kind === 'bilstm'
        ? bilstmHead(!ofWords)
        : !ofWords && pooling === usualHead.pooling
          ? usualHead.kind
          : 'linear')
  }
}

/** @throws UserError for what a BiLSTM does not have */
function checkBilstm(
  { pooling, head, keepHead, near }: Pick<FinetuneOptions, 'pooling' | 'head' | 'keepHead' | 'near'>,
  task: Pick<ProbeTask, 'unit' | 'kind' | 'ofSentences'>
): void {
  if (task.unit !== 'sentence' && !labelsTokens(task))
    throw new UserError(
      'A BiLSTM learns classes of words and labels of sentences, not of spans or pairs. Choose another task, or ' +
        'distil into a transformer.'
    )
  if (pooling !== null || head !== null || keepHead)
    throw new UserError(
      'A BiLSTM has a head of its own, over the last states of both directions; leave pooling and head out.'
    )
  if (near.kind !== 'none')
    throw new UserError(
      'A BiLSTM begins with random weights, so there is nothing to keep near. Leave L2-SP, EWC and mixout out.'
    )
}

/**
 * Refuses further signals that model or method have no place for.
 * @param hasHead whether the checkpoint has a language-model head
 * @throws UserError naming what is missing
 */
export function checkSignals(
  { before, beside, near }: Pick<FinetuneSettings, 'before' | 'beside' | 'near'>,
  plan: AdaptPlan,
  hasHead: boolean
): void {
  if (before.kind === 'language model' && !hasHead)
    throw new UserError(
      'This checkpoint has no language-model head, so nothing can be trained before the task; leave that out.'
    )
  if (beside.kind === 'language model' && !hasHead)
    throw new UserError(
      'This checkpoint has no language-model head, so it cannot be trained beside the task; leave that out.'
    )
  if (near.kind === 'none') return
  const added = new Set(plan.newParameters.map(({ name }) => name))
  const groups = plan.stages.flatMap((stage) => stage.groups).filter(({ layer }) => layer !== null)
  if (groups.every(({ parameters }) => parameters.every((name) => added.has(name))))
    throw new UserError(
      'This method trains new weights alone, so there is nothing to keep near the pretrained ones. Choose another ' +
        'method, or leave L2-SP, EWC and mixout out.'
    )
  if (near.kind === 'ewc' && before.kind === 'nothing' && !hasHead)
    throw new UserError(
      'EWC keeps what a language model or a task before has learned; this checkpoint has no language-model head, and ' +
        'no task is trained before. Keep weights near the pretrained ones by L2-SP, or train another task first.'
    )
}

/** Tang et al. (2019), section 3.1: of sentences. */
function bilstmHead(ofSentences: boolean): HeadKind {
  return ofSentences ? 'dense, relu, linear' : 'linear'
}
