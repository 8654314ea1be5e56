import type { ProbeResult } from '@shared/probe'
import { itemTitles, type TaskUnit } from '@shared/task'

/** What is counted in a task's test part, by its unit. */
export function unitOf(result: { task: Pick<ProbeResult['task'], 'unit'> }, amount: number): string {
  const unit = itemTitles[result.task.unit]
  return amount === 1 ? unit : `${unit}s`
}

/** What the memoriser goes by, which is what the control task labels at random. */
export const typeNames: Readonly<Record<TaskUnit, { baseline: string; knowing: string }>> = {
  token: { baseline: 'word alone', knowing: 'each word’s most frequent label' },
  span: { baseline: 'head word alone', knowing: 'each head word’s most frequent label' },
  pair: { baseline: 'both words alone', knowing: 'each word pair’s most frequent label' },
  sentence: { baseline: 'seen sentences', knowing: 'remembering the sentences seen in training' }
}
