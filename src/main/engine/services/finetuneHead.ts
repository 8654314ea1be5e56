import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AdaptMethodOptions } from '@shared/adaptMethods'
import { isWholeInput, labelledItem, type LabelledItem } from '@shared/finetune'
import type { LoadedModel } from '../models/model'
import { planOf } from '../training/methods'
import type { AdaptPlan, NewParameter, PlanContext } from '../training/methods/planner'
import { headOf } from '../training/saved/classes'
import { taskObjective } from '../training/task/input'
import { taskHeadParameters } from '../training/task/newParameters'
import type { FinetuneSettings, UsualHead } from '../training/task/settings'

/** How the head of a task of spans usually reads them: as probes do. */
export const spanPooling = 'mean'

/** The head that a model usually gets: as it was trained to, or as transformers' class for its family has it. */
export function usualHead({ info, shape }: LoadedModel, item: LabelledItem): UsualHead & { bias: boolean } {
  if (item === 'span' || item === 'pair') return { pooling: spanPooling, kind: 'linear', bias: true }
  // Folders of sentence-transformers say how sentences become vectors; its encoders read the mean.
  const whole = isWholeInput(item)
  if (whole && existsSync(join(info.path, 'modules.json'))) return { pooling: 'mean', kind: 'linear', bias: true }
  const known = headOf(info.family, whole ? 'sequence' : 'token')
  return known ?? { pooling: shape.causal ? 'last token' : 'first token', kind: 'linear', bias: true }
}

/**
 * The new head of a task, and which parameters a method trains when.
 * @param context the model that is trained, and the names of its parameters by layer
 * @throws UserError for a method that the model has no place for
 */
export function headAndPlan(
  model: LoadedModel,
  method: AdaptMethodOptions,
  settings: FinetuneSettings,
  task: Parameters<typeof taskHeadParameters>[1],
  context: Pick<PlanContext, 'config' | 'layers'>
): { head: NewParameter[]; plan: AdaptPlan } {
  const { bias } = usualHead(model, labelledItem(task))
  const head = taskHeadParameters(taskObjective, task, { kind: settings.head, bias }, context.config.width)
  const names = head.map(({ name }) => name)
  return { head, plan: planOf(method, { ...context, head: names, epochs: settings.epochs }, settings.layerSchedule) }
}
