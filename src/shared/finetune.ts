import type { AdaptMethodOptions } from './adaptMethods'
import { formatCounted } from './counts'
import type { ProbedTask } from './finetuneProbes'
import type { SliceScore } from './finetuneSlices'
import type { FinetuneRequest, HeadKind, HeadPooling } from './finetuneRequests'
import type { ModelInfo } from './model'
import type { Provenance } from './provenance'
import type { Interval } from './probe'
import type { ProbeTask, TaskUnit } from './task'

/** One update of a run, as it is drawn. */
export interface FinetuneStep {
  step: number
  loss: number
  /** Rates of the head and of the highest layer that trains. */
  rates: { head: number; model: number }
  /** 2-norm of all gradients before clipping. */
  gradientNorm: number
  /** 2-norm of the gradients of each layer, 0 the embeddings, and last what belongs to no layer. */
  layerNorms: number[]
}

/** What is measured between epochs; epoch 0 is before the first update. */
export interface FinetuneEpoch {
  epoch: number
  step: number
  heldOutLoss: number
  /** Accuracy on held-out items; of a quantity R². */
  heldOutScore: number
  /** Mean loss of the language-model head on test sentences, in nats a token; null without such a head. */
  languageModelLoss: number | null
}

/** One training of self-training. */
export interface SelfTrainingRound {
  /** 0: on the labelled part alone. */
  round: number
  /** Items without labels that it learned from, with the class that the round before predicted. */
  added: number
  /** Sentences that they are in. */
  sentences: number
  /** What was measured, with the mean loss of the updates of each epoch; null before the first. */
  epochs: (FinetuneEpoch & { trainingLoss: number | null })[]
}

/** How the sentences without labels were used. */
export interface SelfTraining {
  /** Items that were predicted after each round. */
  unlabelled: number
  /** The last is the training that was tested. */
  rounds: SelfTrainingRound[]
  /** Whether it ended because a round predicted the same items to be added as the one before. */
  settled: boolean
}

/** How a run goes, while it runs. */
export interface FinetuneProgress {
  jobId: string
  /** Updates, all or the newest ones. */
  steps: FinetuneStep[]
  epochs: FinetuneEpoch[]
  /** Probes of other labels so far. */
  probes: ProbedTask[]
  totalSteps: number
  totalEpochs: number
}

/** Mean loss of the updates of each epoch; null where it has none. */
export function epochLosses(steps: readonly FinetuneStep[], epochs: readonly FinetuneEpoch[]): (number | null)[] {
  return epochs.map(({ step }, i) => {
    const made = steps.slice(epochs[i - 1]?.step ?? 0, step)
    return made.length > 0 ? made.reduce((sum, { loss }) => sum + loss, 0) / made.length : null
  })
}

/** What the number of a layer means in a model with that many blocks: 'embeddings', 'block 3', 'above the blocks'. */
export function layerName(layer: number, layers: number): string {
  return layer === 0 ? 'embeddings' : layer <= layers ? `block ${layer}` : 'above the blocks'
}

/** What has a label of its own in training; a pair is one of words or of spans of a sentence. */
export type LabelledItem = 'word' | 'span' | 'pair' | 'sentence' | 'sentence pair'

const items = { token: 'word', span: 'span', pair: 'pair', sentence: 'sentence' } as const

/** What a task labels. */
export function labelledItem({ unit, ofSentences = false }: Pick<ProbeTask, 'unit' | 'ofSentences'>): LabelledItem {
  return ofSentences ? 'sentence pair' : items[unit]
}

/** What the task of a result labels. Results made earlier do not say it: their pairs are of sentences. */
export function itemOfResult({ unit, item }: FinetuneResult['task']): LabelledItem {
  return item ?? labelledItem({ unit, ofSentences: unit === 'pair' })
}

/** Whether a label is of a whole input. */
export function isWholeInput(item: LabelledItem): boolean {
  return item === 'sentence' || item === 'sentence pair'
}

/** '12 sentences', '12 sentence pairs': what a model is trained or tested on. */
export function countedInputs(count: number, item: LabelledItem): string {
  return formatCounted(count, item === 'sentence pair' ? item : 'sentence')
}

/** How far a layer moved. */
export interface LayerMovement {
  /** 0 the embeddings, i the block i; layers + 1: what belongs to no layer, such as a final norm. */
  layer: number
  /** Norm of the change of its weights divided by the norm of the weights. */
  weights: number
  /** Mean cosine of the hidden states of the test words before and after; null for what has no hidden state. */
  cosine: number | null
  /** Linear CKA of the hidden states of the test words before and after; null for what has no hidden state. */
  cka: number | null
}

/** A test sentence whose answer changed, against a head trained on the same model without changing it. */
export interface FinetunePrediction {
  /** Place of the sentence in the test split. */
  sentence: number
  /** Word of the sentence, from 0, of a span its first one; null in tasks of sentences. */
  word: number | null
  /** Words [first, end) of a span, and of the other half of a pair; on into the sentences that follow. */
  span?: readonly [number, number]
  second?: readonly [number, number]
  gold: number
  predicted: number
}

/** A finished run, as it is kept and shown. */
export interface FinetuneResult {
  id: string
  /** ISO 8601. */
  createdAt: string
  model: { id: string; name: string; layers: number } & Pick<ModelInfo, 'twin'>
  /** In distillation what was trained: its name, or that of the model whose blocks it was made of. */
  student?: { name: string; layers: number; parameters: number }
  dataset: { id: string; name: string; trainSplit: string; testSplit: string; heldOut: string }
  task: { id: string; title: string; unit: TaskUnit; kind: 'class' | 'number'; item?: LabelledItem }
  classes: string[]
  method: AdaptMethodOptions
  /** Everything else that was set, with the usual values filled in. */
  settings: Omit<FinetuneRequest, 'method' | 'task' | 'trainSplit' | 'testSplit' | 'heldOutSplit' | 'background'> & {
    learningRate: number
    headLearningRate: number
    epochs: number
    batch: number
    pooling: HeadPooling
    head: HeadKind
  }
  measure: 'accuracy' | 'R²'
  /** On the test part, which decided nothing. */
  score: number
  interval: Interval | null
  macroF1: number | null
  /** Score of the most frequent training class; 0 for a quantity. */
  majority: number
  trainSentences: number
  trainItems: number
  heldOutItems: number
  testSentences: number
  testItems: number
  steps: FinetuneStep[]
  epochs: FinetuneEpoch[]
  /** Epoch whose weights are kept. */
  keptEpoch: number
  /** With self-training its rounds; steps and epochs are those of the last. */
  selfTraining?: SelfTraining
  /** Probes of other labels along the training, where they were asked for. */
  probes?: ProbedTask[]
  movement: LayerMovement[]
  /** Scores by slices of the test items, where they were asked for. */
  slices?: SliceScore[]
  /** Shares of the layers in the mix; null where none was learned. */
  mix: number[] | null
  /** Answers on the test part, item by item. */
  predictions: FinetunePrediction[]
  /** Numbers that trained, and those of the whole model with its head. */
  trained: number
  parameters: number
  /** Bytes that are kept for this task beside the model. */
  taskBytes: number
  /** Folder of the adapted model; null where it is not stored. */
  checkpoint: string | null
  /** Folders of the models stored along the way, by the updates that were made; results made earlier have none. */
  checkpoints?: { step: number; folder: string }[]
  /** What was left out or changed in the data, as sentences. */
  notes: string[]
  backend: string
  seconds: number
  versions: Record<string, string>
  provenance?: Provenance<FinetuneRequest>
}

/** What a run will take. */
export interface FinetuneEstimate {
  seconds: number
  memoryBytes: number
  diskBytes: number
  trained: number
  parameters: number
  taskBytes: number
  steps: number
  /** With self-training: trainings after the first, each at most on so many further sentences. All of it is counted. */
  selfTraining?: { rounds: number; sentences: number }
  /** Updates of an epoch of the task; what is trained before it comes first in the strip. */
  epochSteps: number
  /** Stages of the task, each of all epochs. */
  stages: number
  /** Of each stretch of steps, the layers that train in it: 0 embeddings ... layers, then the head. */
  strip: { from: number; to: number; rates: number[] }[]
}

/** How many times the held-out loss before training a run is worse than that has diverged. */
const divergedFrom = 1.5

/**
 * A sentence about a run that diverges although its loss stays a number: the held-out loss is far above that before
 * training, and the loss of the updates of the last epoch is above it too, where an overfitted model's is low. Null for
 * any other.
 * @param epochs the first of them measured before any update
 */
export function divergence(
  epochs: readonly Pick<FinetuneEpoch, 'step' | 'heldOutLoss'>[],
  steps: readonly Pick<FinetuneStep, 'step' | 'loss'>[]
): string | null {
  const [first, before, last] = [epochs[0], epochs.at(-2), epochs.at(-1)]
  if (!first || !before || !last || last.heldOutLoss <= divergedFrom * first.heldOutLoss) return null
  const losses = steps.flatMap(({ step, loss }) => (step > before.step && step <= last.step ? [loss] : []))
  const trained = losses.reduce((sum, loss) => sum + loss, 0) / losses.length
  if (!(trained > first.heldOutLoss)) return null
  const rounded = (loss: number): number => Number(loss.toPrecision(3))
  return (
    `Training diverged: the held-out loss rose from ${rounded(first.heldOutLoss)} before training to ` +
    `${rounded(last.heldOutLoss)}. Lower the learning rate, or clip gradients.`
  )
}
