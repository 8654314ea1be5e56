import type { AdaptMethodOptions } from '@shared/adaptMethods'
import type { AdaptPlan } from '../methods/planner'
import type { Objective } from '../recipe'
import type { Trainable } from '../trainable'
import type { Sequence } from './batches'
import type { Example } from './examples'
import type { LanguageModelSequence } from './languageModel'
import type { ProbesAlong } from './probesAlong'
import type { SavedState } from './savedState'
import type { FinetuneSettings } from './settings'

/** Name of the task's objective, and of its head's parameters. */
export const taskObjective = 'task'
/** The same of the task that is trained before. */
export const beforeObjective = 'before'
/** The same of what is trained beside the task. */
export const besideObjective = 'beside'
export const languageObjective = 'language model'
/** What is learned from a teacher, with the head of the task. */
export const distillationObjective = 'distillation'

/** What is trained, on what, and how. */
export interface FinetuneInput {
  trainable: Trainable
  /** Number of blocks of the model. */
  layers: number
  byLayer: readonly (readonly string[])[]
  plan: AdaptPlan
  method: AdaptMethodOptions
  settings: FinetuneSettings
  objective: Extract<Objective, { head: string; hidden_state: string }>
  kind: 'class' | 'number'
  /** Whether labels are of tokens. */
  perToken: boolean
  train: readonly Example[]
  heldOut: readonly Example[]
  languageModel: LanguageModelInput | null
  /** The task that is trained before, with a head of its own. */
  before: TaskInput | null
  /** What is trained beside the task: a further task, or sentences that the model is to answer alike when changed. */
  beside: TaskInput | UnlabelledInput | null
  /** How the task is learned from a teacher, whose scores the training examples have; null: from labels alone. */
  distillation: Extract<Objective, { kind: 'distillation' }> | null
  /** Labels that are probed along the training; null where none are. */
  probes: ProbesAlong | null
  seed: number
  saved: SavedState | null
}

/** A further task, with a head of its own. */
export interface TaskInput {
  objective: Extract<Objective, { head: string; hidden_state: string }>
  perToken: boolean
  train: readonly Example[]
  /** Names of its head's parameters. */
  head: readonly string[]
}

/** Text for the language-model head. */
export interface LanguageModelInput {
  /** A training sequence as it is read in an epoch. */
  sequence(example: number, epoch: number): LanguageModelSequence
  /** Tokens of each training sequence. */
  lengths: readonly number[]
  /** What forgetting is measured on. */
  test: readonly LanguageModelSequence[]
}

/** Sentences without labels, as they are and changed. */
export interface UnlabelledInput {
  lengths: readonly number[]
  /** A sentence as it is read in an epoch. */
  sequence(example: number, epoch: number): Sequence
}
