import type { DatasetInfo } from '@shared/dataset'
import type { ModelInfo } from '@shared/model'
import type { Component } from 'vue'
import type { ViewId } from '@/stores/selectionStore'
import { ablationModule } from './ablation/module'
import { attentionModule } from './attention/module'
import { compareModule } from './compare/module'
import { pairsModule } from './pairs/module'
import { probesModule } from './probes/module'
import { projectionModule } from './projection/module'
import { resultsModule } from './results/module'

/** A view says what it is called and when it applies; the shell does the rest. */
export interface ViewModule {
  id: ViewId
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
}

/** The order of the tabs. Adding a view is its folder and one line here. */
export const viewModules: readonly ViewModule[] = [
  attentionModule,
  probesModule,
  projectionModule,
  ablationModule,
  pairsModule,
  compareModule,
  resultsModule
]
