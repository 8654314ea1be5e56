import type { ProbeResult } from '@shared/probe'
import type { TaskUnit } from '@shared/task'

const carriers = { token: 'word', span: 'span', pair: 'pair', sentence: 'sentence' } as const

/** What is counted in a task's test part, by its unit. */
export function unitOf(result: { task: Pick<ProbeResult['task'], 'unit'> }, amount: number): string {
  const unit = carriers[result.task.unit]
  return amount === 1 ? unit : `${unit}s`
}

/** What the memoriser goes by, which is what the control task labels at random. */
export const typeNames: Readonly<Record<TaskUnit, { baseline: string; knowing: string }>> = {
  token: { baseline: 'word alone', knowing: 'knowing each word’s usual label' },
  span: { baseline: 'head word alone', knowing: 'knowing the usual label of each head word' },
  pair: { baseline: 'both words alone', knowing: 'knowing the usual label of each pair of words' },
  sentence: { baseline: 'seen sentences', knowing: 'knowing each sentence seen in training' }
}
