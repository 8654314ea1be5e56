import type { AdaptKind, AdaptMethodOptions } from '@shared/adaptMethods'
import { planAdapters } from './methods/adapters'
import { planBitfit } from './methods/bitfit'
import { planChainThaw } from './methods/chainThaw'
import { planFeatures } from './methods/features'
import { planFrozen } from './methods/frozen'
import { planFull } from './methods/full'
import { planGradual } from './methods/gradual'
import { planLora } from './methods/lora'
import type { AdaptPlan, PlanContext, Planner } from './methods/planner'

/** What trains when, by method: a line each. */
const planners: { readonly [K in AdaptKind]: Planner<K> } = {
  features: planFeatures,
  full: planFull,
  frozen: planFrozen,
  gradual: planGradual,
  chainThaw: planChainThaw,
  adapters: planAdapters,
  lora: planLora,
  bitfit: planBitfit
}

/** The plan of a method for a model. @throws UserError where the model or the epochs do not allow it */
export function planOf(options: AdaptMethodOptions, context: PlanContext): AdaptPlan {
  const planner = planners[options.kind] as Planner<AdaptKind>
  return planner(options, context)
}
