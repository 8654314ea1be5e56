import * as v from 'valibot'
import { probedAlong, type ProbedAlong } from '@shared/finetuneRequests'
import { UserError } from '@shared/userError'
import { number, text, words } from './option'

const { maxTrainWords, maxTestWords } = probedAlong.entries

/** The options of `layerscope finetune` that say what is probed along the training. */
export const probesAlongFlagOptions = {
  'probe-tasks': words(
    'LIST',
    'labels to probe in every layer before training, after every epoch and at --checkpoints: what the task costs it'
  ),
  'probe-train': text('FILE', 'data with those labels to train probes on; by default --train'),
  'probe-test': text('FILE', 'the same to test them on; by default --test'),
  'probe-train-words': number(maxTrainWords, 'N', 'words that are drawn to train them on'),
  'probe-test-words': number(maxTestWords, 'N', 'words that are drawn to test them on')
} as const

/** Names of these options by request field, for `parseRequest`. */
export const probesAlongFieldNames: Readonly<Record<string, string>> = {
  'probes.tasks': 'probe-tasks',
  'probes.maxTrainWords': 'probe-train-words',
  'probes.maxTestWords': 'probe-test-words'
}

/**
 * @param open opens further data in two parts, 'train' and 'test', and gives its id
 * @throws UserError for an option without the one that it belongs to
 */
export async function probesAlongOf(
  values: Readonly<Record<string, unknown>>,
  open: (train: string, test: string) => Promise<string>
): Promise<{ probes?: ProbedAlong }> {
  const tasks = values['probe-tasks'] as string[] | undefined
  if (tasks === undefined) {
    const [alone] = Object.keys(probesAlongFlagOptions).filter((name) => values[name] !== undefined)
    if (alone !== undefined) throw new UserError(`--${alone} needs --probe-tasks: the labels to probe.`)
    return {}
  }
  const [train, test] = [values['probe-train'], values['probe-test']] as (string | undefined)[]
  if ((train === undefined) !== (test === undefined))
    throw new UserError(
      '--probe-train and --probe-test are given together: probes are trained on one, tested on the other.'
    )
  return {
    probes: v.parse(probedAlong, {
      tasks,
      ...(train !== undefined && { datasetId: await open(train, test!) }),
      trainSplit: 'train',
      testSplit: 'test',
      ...(values['probe-train-words'] !== undefined && { maxTrainWords: values['probe-train-words'] }),
      ...(values['probe-test-words'] !== undefined && { maxTestWords: values['probe-test-words'] })
    })
  }
}
