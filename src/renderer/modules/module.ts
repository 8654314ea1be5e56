import type { DatasetInfo } from '@shared/dataset'
import type { ModelInfo } from '@shared/model'
import type { Component } from 'vue'

/** A view says what it is called and when it applies; the shell does the rest. */
export interface ViewModule<Id extends string = string> {
  id: Id
  title: string
  /** One sentence for the tab's tooltip and the command palette. */
  description: string
  /** Single key that opens it. */
  shortcut: string
  appliesTo(model: ModelInfo, dataset: DatasetInfo | null): boolean
  /**
   * Said in its place where it does not apply for want of something in the model; where this is missing, data is what
   * is wanted.
   */
  otherwise?: { title: string; text: string }
  component: Component
  /** Shown in its place while a model is pinned beside the current one; `sentence`: also beside another sentence. */
  pinned?: { of: 'model' | 'sentence'; component: Component }
  /** Parts of it that other views show, by name: a view imports no other view. */
  lends?: Readonly<Record<string, Component>>
}

/** A view with its id as a type of its own: `ViewId` in `registry.ts` is made of these. */
export function defineView<const Id extends string>(view: ViewModule<Id>): ViewModule<Id> {
  return view
}
