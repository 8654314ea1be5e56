import { adaptTitle } from '@shared/adaptMethods'
import type { FinetuneResult } from '@shared/finetune'

const nearTitles = { l2sp: 'L2-SP', ewc: 'EWC', mixout: 'mixout' } as const

/** 'full, EWC, language model first': how a model was adapted, with everything that was learned besides the task. */
export function runTitle({ method, settings }: FinetuneResult): string {
  const { near, before, layerSchedule, selfTraining, slices } = settings
  // Results made earlier do not say what was trained beside the task: nothing was.
  const beside = (settings as Partial<typeof settings>).beside ?? { kind: 'nothing' }
  return [
    adaptTitle(method),
    ...(layerSchedule?.length ? ['own schedule'] : []),
    ...(near.kind === 'none' ? [] : [nearTitles[near.kind]]),
    ...(beside.kind === 'nothing' ? [] : [`with ${beside.kind === 'task' ? beside.task : beside.kind}`]),
    ...(selfTraining ? ['self-training'] : []),
    ...(slices?.weights.length ? ['weighted slices'] : []),
    ...(before.kind === 'nothing' ? [] : [`${before.kind === 'task' ? before.task : 'language model'} first`])
  ].join(', ')
}
