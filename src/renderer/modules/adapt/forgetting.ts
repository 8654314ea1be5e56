import type { FinetuneResult } from '@shared/finetune'
import { meanOf } from '@shared/spread'
import { runTitle } from './runTitle'

/** What a way to adapt costs the language model along training: change of its loss in nats a token, by epoch. */
export interface ForgettingLine {
  title: string
  points: { step: number; value: number }[]
}

/** A line for each way, means over its runs; those that lose least first. */
export function forgettingLines(results: readonly FinetuneResult[]): ForgettingLine[] {
  const ways = new Map<string, Map<number, number[]>>()
  for (const result of results) {
    const first = result.epochs[0]?.languageModelLoss ?? null
    if (first === null) continue
    const title = runTitle(result)
    const byEpoch = ways.get(title) ?? new Map<number, number[]>()
    for (const { epoch, languageModelLoss } of result.epochs)
      if (languageModelLoss !== null) byEpoch.set(epoch, [...(byEpoch.get(epoch) ?? []), languageModelLoss - first])
    ways.set(title, byEpoch)
  }
  return [...ways]
    .map(([title, byEpoch]) => ({
      title,
      points: [...byEpoch].sort(([a], [b]) => a - b).map(([step, changes]) => ({ step, value: meanOf(changes) }))
    }))
    .sort((a, b) => a.points.at(-1)!.value - b.points.at(-1)!.value)
}
