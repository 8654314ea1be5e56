import * as v from 'valibot'
import { selfTraining, type FinetuneOptions } from '@shared/finetuneRequests'
import { UserError } from '@shared/userError'
import { flag, fraction, number } from './option'

const { threshold, rounds } = selfTraining.entries

/** The options of `layerscope finetune` for self-training. */
export const selfTrainingFlagOptions = {
  'self-training': flag(
    'train again from the base, with what the model is sure of in --unlabelled added (Yarowsky 1995; Ruder & Plank ' +
      '2018)'
  ),
  confidence: number(threshold, 'SHARE', 'probability above which a predicted class is added', fraction),
  rounds: number(rounds, 'N', 'trainings after the first, at most')
} as const

/** Names of these options by request field, for `parseRequest`. */
export const selfTrainingFieldNames: Readonly<Record<string, string>> = {
  'selfTraining.threshold': 'confidence',
  'selfTraining.rounds': 'rounds'
}

/**
 * @param open opens further data and gives its id; its part is 'train'
 * @throws UserError for an option without the one that it belongs to
 */
export async function selfTrainingOf(
  values: Readonly<Record<string, unknown>>,
  open: (path: string) => Promise<string>
): Promise<Pick<FinetuneOptions, 'selfTraining'>> {
  if (values['self-training'] !== true) {
    for (const name of ['confidence', 'rounds'])
      if (values[name] !== undefined) throw new UserError(`--${name} needs --self-training.`)
    return {}
  }
  const path = values['unlabelled'] as string | undefined
  if (path === undefined) throw new UserError('--self-training needs --unlabelled: the sentences to predict.')
  return {
    selfTraining: v.parse(selfTraining, {
      datasetId: await open(path),
      split: 'train',
      ...(values['confidence'] !== undefined && { threshold: values['confidence'] }),
      ...(values['rounds'] !== undefined && { rounds: values['rounds'] })
    })
  }
}
