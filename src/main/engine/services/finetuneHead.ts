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
import { headForTask } from './finetuneTeacher'

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

/** A head that a model has, as training begins with it. */
export interface KeptHead extends UsualHead {
  bias: boolean
  /** Whether it reads a mix of all layers. */
  mixed: boolean
  /** Its parameters by their names, without `heads.NAME.`; of the classes those of the task, in their order. */
  values: ReadonlyMap<string, Float32Array>
}

/**
 * The head that a model has for a task: it was trained here, or is that of transformers' class.
 * @throws UserError for a model without such a head, or whose head lacks a class of the task
 */
export function keptHead(model: LoadedModel, task: Parameters<typeof headForTask>[1]): KeptHead {
  const { head, columns } = headForTask(model, task, 'keep')
  try {
    const { form, outputs } = head
    const ofClasses = (all: Float32Array): Float32Array => {
      const width = all.length / outputs
      const rows = new Float32Array(columns.length * width)
      columns.forEach((column, row) => rows.set(all.subarray(column * width, (column + 1) * width), row * width))
      return rows
    }
    const values = new Map(
      [...head.values()].map(([name, all]) => [name, ['weight', 'bias'].includes(name) ? ofClasses(all) : all] as const)
    )
    return {
      pooling: form.pooling ?? 'first token',
      kind: form.head,
      bias: values.has('bias'),
      mixed: form.hidden_state === 'scalar mix',
      values
    }
  } finally {
    head.dispose()
  }
}

/**
 * The head of a task, and which parameters a method trains when.
 * @param context the model that is trained, and the names of its parameters by layer
 * @param kept the head that it begins with; null for a new one
 * @throws UserError for a method that the model has no place for
 */
export function headAndPlan(
  model: LoadedModel,
  method: AdaptMethodOptions,
  settings: FinetuneSettings,
  task: Parameters<typeof taskHeadParameters>[1],
  context: Pick<PlanContext, 'config' | 'layers'>,
  kept: KeptHead | null = null
): { head: NewParameter[]; plan: AdaptPlan } {
  const { bias } = kept ?? usualHead(model, labelledItem(task))
  const head = taskHeadParameters(taskObjective, task, { kind: settings.head, bias }, context.config.width)
  const names = head.map(({ name }) => name)
  return { head, plan: planOf(method, { ...context, head: names, epochs: settings.epochs }, settings.layerSchedule) }
}
