import { ablationModule } from './ablation/module'
import { adaptModule } from './adapt/module'
import { attentionModule } from './attention/module'
import { compareModule } from './compare/module'
import type { ViewModule } from './module'
import { pairsModule } from './pairs/module'
import { probesModule } from './probes/module'
import { projectionModule } from './projection/module'
import { resultsModule } from './results/module'
import { runsModule } from './runs/module'

/** The order of the tabs. Adding a view is its folder and one line here. */
export const viewModules = [
  attentionModule,
  probesModule,
  projectionModule,
  ablationModule,
  pairsModule,
  compareModule,
  adaptModule,
  resultsModule,
  runsModule
] as const satisfies readonly ViewModule[]

export type { ViewModule }

/** Ids of the views that are registered. */
export type ViewId = (typeof viewModules)[number]['id']
