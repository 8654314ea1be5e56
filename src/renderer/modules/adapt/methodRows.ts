import type { FinetuneResult } from '@shared/finetune'
import { deviationOf, meanOf } from '@shared/spread'
import { runTitle } from './runTitle'

/** Runs of one task with equal settings, which differ in their seeds alone. */
export interface MethodRow {
  /** The newest first. */
  runs: readonly string[]
  method: string
  sentences: number
  /** Mean over the runs, and their standard deviation; null for a single run. */
  score: number
  deviation: number | null
  trained: number
  taskBytes: number
  /** Mean over the runs. */
  seconds: number
  /** Mean change of the language-model loss, in nats a token; null where there is no such head. */
  forgotten: number | null
}

/** Kept runs of one task as rows, the best score first. */
export function methodRows(results: readonly FinetuneResult[]): MethodRow[] {
  const groups = new Map<string, FinetuneResult[]>()
  for (const result of results) {
    // Neither the seed nor what was probed along the way makes a method another one.
    const { seed: _, probes: _p, ...settings } = result.settings
    const key = JSON.stringify([result.method, settings, result.dataset.trainSplit, result.dataset.testSplit])
    groups.set(key, [...(groups.get(key) ?? []), result])
  }
  return [...groups.values()].map(rowOf).sort((a, b) => b.score - a.score)
}

function rowOf(runs: FinetuneResult[]): MethodRow {
  const { trainSentences, trained, taskBytes } = runs[0]!
  const scores = runs.map(({ score }) => score)
  const losses = runs.flatMap(({ epochs }) => {
    const known = epochs.flatMap(({ languageModelLoss }) => languageModelLoss ?? [])
    return known.length > 1 ? [known.at(-1)! - known[0]!] : []
  })
  return {
    runs: runs.map(({ id }) => id),
    method: runTitle(runs[0]!),
    sentences: trainSentences,
    score: meanOf(scores),
    deviation: runs.length > 1 ? deviationOf(scores) : null,
    trained,
    taskBytes,
    seconds: meanOf(runs.map(({ seconds }) => seconds)),
    forgotten: losses.length > 0 ? meanOf(losses) : null
  }
}
