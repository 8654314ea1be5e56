import * as v from 'valibot'
import { beside, type FinetuneOptions } from '@shared/finetuneRequests'
import { UserError } from '@shared/userError'
import { fraction, fromField, number, text } from './option'

const [, languageModel, task, consistency] = beside.options
type Beside = FinetuneOptions['beside']

/** The options of `layerscope finetune` that say what is trained beside the task. */
export const besideFlagOptions = {
  'lm-weight': number(
    languageModel.entries.weight,
    'WEIGHT',
    'train the language model beside the task, its weight falling from this one (Chronopoulou et al. 2019)',
    Number
  ),
  'beside-task': text('NAME', 'labels to learn beside the task, with a head of their own (Liu et al. 2019)'),
  'beside-train': text('FILE', 'data with those labels; by default --train'),
  'beside-weight': number(task.entries.weight, 'WEIGHT', 'of their loss', Number),
  'beside-sampling': fromField(
    task.entries.sampling,
    'WAY',
    'a part of every update, or updates of their own by the number of sentences'
  ),
  consistency: number(
    consistency.entries.weight,
    'WEIGHT',
    'of answering a sentence alike when it is changed (Xie et al. 2020; Miyato et al. 2019)',
    Number
  ),
  unlabelled: text(
    'FILE',
    'sentences for that (by default those of --train) or for --self-training; labels are not read'
  ),
  change: fromField(
    consistency.entries.change,
    'HOW',
    'words are masked, or replaced by words of the sentences; or there is noise on the embeddings, drawn or in the ' +
      'direction that changes the answer most'
  ),
  'change-share': number(
    consistency.entries.share,
    'SHARE',
    'of the tokens that are changed; of noise its length, the embeddings of the sentence being 1',
    fraction
  )
} as const

/** Names of these options by request field, for `parseRequest`. */
export const besideFieldNames: Readonly<Record<string, string>> = {
  'beside.weight': 'beside-weight',
  'beside.sampling': 'beside-sampling',
  'beside.change': 'change',
  'beside.share': 'change-share',
  'beside.task': 'beside-task'
}

/** Options that belong to another one, which has to be given too unless a recipe sets it. */
const belongs = {
  'beside-task': ['beside-train', 'beside-weight', 'beside-sampling'],
  consistency: ['unlabelled', 'change', 'change-share']
} as const

/**
 * What is trained beside the task.
 * @param ofRecipe what the chosen recipe trains beside it
 * @param open opens further data and gives its id; its part is 'train'
 * @throws UserError where several are given, or an option without the one it belongs to
 */
export async function besideOf(
  values: Readonly<Record<string, unknown>>,
  ofRecipe: Beside | undefined,
  open: (path: string) => Promise<string>
): Promise<{ beside?: Beside }> {
  const given = ['lm-weight', 'beside-task', 'consistency'].filter((name) => values[name] !== undefined)
  if (given.length > 1)
    throw new UserError(`${given.map((name) => `--${name}`).join(' and ')}: a run trains one of them beside the task.`)
  const kinds = { 'lm-weight': 'language model', 'beside-task': 'task', consistency: 'consistency' } as const
  const kind = given.length > 0 ? kinds[given[0] as keyof typeof kinds] : (ofRecipe?.kind ?? 'nothing')
  for (const [owner, names] of Object.entries(belongs))
    for (const name of names)
      if (values[name] !== undefined && kind !== kinds[owner as keyof typeof belongs]) {
        if (name !== 'unlabelled') throw new UserError(`--${name} needs --${owner}.`)
        if (values['self-training'] !== true) throw new UserError(`--${name} needs --${owner} or --self-training.`)
      }
  const base = ofRecipe?.kind === kind ? ofRecipe : {}
  const set = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  const data: Partial<Record<Beside['kind'], unknown>> = {
    task: values['beside-train'],
    consistency: values['unlabelled']
  }
  const path = data[kind] as string | undefined
  const datasetId = path === undefined ? undefined : await open(path)
  switch (kind) {
    case 'nothing':
      return {}
    case 'language model':
      return { beside: v.parse(beside, { ...base, ...set({ kind, weight: values['lm-weight'] }) }) }
    case 'task':
      return {
        beside: v.parse(beside, {
          ...set({
            kind,
            task: values['beside-task'],
            datasetId,
            weight: values['beside-weight'],
            sampling: values['beside-sampling']
          }),
          trainSplit: 'train'
        })
      }
    case 'consistency':
      return {
        beside: v.parse(beside, {
          ...base,
          ...set({
            kind,
            datasetId,
            split: datasetId === undefined ? undefined : 'train',
            weight: values['consistency'],
            change: values['change'],
            share: values['change-share']
          })
        })
      }
  }
}
