import { adaptTitle } from '@shared/adaptMethods'
import type { FinetuneResult } from '@shared/finetune'

const nearTitles = { l2sp: 'L2-SP', ewc: 'EWC', mixout: 'mixout' } as const

/** 'full, EWC, language model first': how a model was adapted, with everything that was learned besides the task. */
export function runTitle({ method, settings: { near, before, layerSchedule } }: FinetuneResult): string {
  return [
    adaptTitle(method),
    ...(layerSchedule?.length ? ['own schedule'] : []),
    ...(near.kind === 'none' ? [] : [nearTitles[near.kind]]),
    ...(before.kind === 'nothing' ? [] : [`${before.kind === 'task' ? before.task : 'language model'} first`])
  ].join(', ')
}
