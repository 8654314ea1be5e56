import type { CallInput, CallName } from '@shared/contract'
import type { DatasetInfo } from '@shared/dataset'
import type { ModelInfo } from '@shared/model'
import type { ShortcutName } from '@shared/shortcuts'
import type { ViewId } from '@/modules/registry'
import type { OpenCorpus } from '@/setup/usualRequests'

/** What is open, as far as it decides what can be done. */
export interface ActionContext {
  model: ModelInfo | null
  dataset: DatasetInfo | null
}

/** Work whose cost can be predicted: a call of the engine and its input. */
export interface CostRequest {
  call: CallName
  input: Readonly<Record<string, unknown>>
}

/** One thing that can be done in the window. Its button names it by its id, and the palette lists it. */
export interface Action {
  /** What it does, as the palette lists it; the name of its button where that says nothing else. */
  title: string
  /** Further words by which it is found. */
  words?: string
  shortcut?: ShortcutName
  /** The view that has its button; absent for what works everywhere. */
  view?: ViewId
  /** The action, by its id, that brings its button on screen within the view. */
  after?: string
  /** Whether it can be done with what is open; always where this is absent. */
  applies?(context: ActionContext): boolean
  /** The work it starts as it is usually set up, on what is open; its button knows better while it is on screen. */
  cost?(corpus: OpenCorpus): CostRequest
}

/** A request to predict the cost of, checked against the contract. */
export function costOf<C extends CallName>(call: C, input: Omit<CallInput<C>, 'jobId'>): CostRequest {
  return { call, input: input as Readonly<Record<string, unknown>> }
}

export const withModel = ({ model }: ActionContext): boolean => model !== null
export const withData = ({ model, dataset }: ActionContext): boolean => model !== null && dataset !== null
export const withAttention = ({ model }: ActionContext): boolean => (model?.heads ?? 0) > 0
export const withTransformer = ({ model }: ActionContext): boolean => model?.kind === 'transformer'
/** A transformer with a head that predicts tokens. */
export const withPredictions = ({ model }: ActionContext): boolean => model?.kind === 'transformer' && model.head
