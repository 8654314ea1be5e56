import type { AdaptMethodOptions } from '@shared/adaptMethods'
import { adaptKinds } from '@shared/adaptMethods'
import { layerName } from '@shared/finetune'
import type { LayerSchedule } from '@shared/finetuneRequests'
import { UserError } from '@shared/userError'
import type { AdaptPlan, PlanContext, PlannedGroup } from './planner'

/**
 * A plan whose layers train when, and at which rate, the schedule says; layers that it does not name stay as the method
 * plans them. A layer that the method leaves frozen trains with all of its weights.
 * @throws UserError for a layer that the model does not have, and for a method that a schedule has no meaning for
 */
export function withLayerSchedule(
  plan: AdaptPlan,
  schedule: LayerSchedule,
  { kind }: AdaptMethodOptions,
  { layers, epochs }: Pick<PlanContext, 'layers' | 'epochs'>
): AdaptPlan {
  if (schedule.length === 0) return plan
  const { title, trainsModel } = adaptKinds[kind]
  const [stage, ...further] = plan.stages
  if (!trainsModel || !stage || further.length > 0)
    throw new UserError(
      `${title} ${trainsModel ? 'trains in several stages' : 'leaves the model as it is'}, so its layers have no ` +
        'schedule to change. Choose another method, or leave the schedule out.'
    )
  const top = layers.length - 2
  const wrong = schedule.find(({ layer }) => layer > top)
  if (wrong)
    throw new UserError(
      `The schedule names layer ${wrong.layer}; the model has the layers 0 (the embeddings) to ${top}. Name these.`
    )
  let groups = stage.groups
  for (const { layer, from, to, rate } of schedule) {
    const planned = groups.some((group) => group.layer === layer)
    const frozen: PlannedGroup[] =
      planned || layers[layer]!.length === 0
        ? []
        : [{ name: layerName(layer, top), layer, parameters: layers[layer]!, from: 0, to: epochs }]
    groups = [...groups, ...frozen].map((group) =>
      group.layer === layer ? { ...group, from, to: Math.min(to ?? epochs, epochs), ...(rate && { rate }) } : group
    )
  }
  return { ...plan, stages: [{ ...stage, groups: groups.filter(({ from, to }) => from < to) }] }
}
