import type { AdaptKind, AdaptMethodOptions } from '@shared/adaptMethods'
import type { LayerSchedule } from '@shared/finetuneRequests'
import { planAdapters } from './methods/adapters'
import { planBilstm } from './methods/bilstm'
import { planBitfit } from './methods/bitfit'
import { planChainThaw } from './methods/chainThaw'
import { planDistillation } from './methods/distillation'
import { planFeatures } from './methods/features'
import { planFrozen } from './methods/frozen'
import { planFull } from './methods/full'
import { planGradual } from './methods/gradual'
import { withLayerSchedule } from './methods/layerSchedule'
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
  bitfit: planBitfit,
  distillation: planDistillation,
  bilstm: planBilstm
}

/**
 * The plan of a method for a model.
 * @param schedule layers that train at other times or rates than the method plans
 * @throws UserError where model, epochs or method do not allow it
 */
export function planOf(options: AdaptMethodOptions, context: PlanContext, schedule: LayerSchedule = []): AdaptPlan {
  const planner = planners[options.kind] as Planner<AdaptKind>
  return withLayerSchedule(planner(options, context), schedule, options, context)
}
