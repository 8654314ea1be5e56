import type { CurveResult } from './curve'
import type { MinimalPairResult } from './minimalPairs'
import type { Interval, ProbeResult } from './probe'
import type { RegressionResult } from './regression'

/**
 * Results by kind, as the library keeps them. A kind is a line here and one in `keptKinds` (engine/results/kinds.ts);
 * its results have an `id` and a `createdAt`, which `newIdentity` gives.
 */
export interface KeptResults {
  probe: ProbeResult
  curve: CurveResult
  regression: RegressionResult
  pairs: MinimalPairResult
}

export type KeptKind = keyof KeptResults

/** What every kept result has, whatever its kind. */
export interface KeptRecord {
  id: string
  /** ISO 8601. */
  createdAt: string
  kind: KeptKind
  /** Given by the user, and kept beside the result; empty without one. */
  name: string
}

/** The number a result is first asked for. */
export interface KeptScore {
  /** 'accuracy', 'UUAS', 'R2', ... */
  measure: string
  /** A share for accuracies. */
  value: number
  interval?: Interval
  /** Where it was reached; null for a result of the whole model. */
  layer: number | null
}

/** The score of one layer, and what stands beside it where it was computed. */
export interface KeptPoint {
  layer: number
  value: number
  interval?: Interval
  /** The same score on the control task. */
  control?: number
  selectivity?: number
  /** Online description length. */
  bits?: number
}

/** A line of the list of results. */
export interface KeptSummary extends KeptRecord {
  model: { id: string; name: string }
  /** `parts` as shown: 'train to test'. */
  dataset: { id: string; name: string; parts: string }
  task: { id: string; title: string }
  /** What was trained or asked, in a few words: 'linear', 'MLP 256'. */
  method: string
  score: KeptScore
  /** The score layer by layer; empty for a result of the whole model. */
  curve: KeptPoint[]
  /** What is reached without looking at the vectors; null where nothing stands for it. */
  majority: number | null
  /** Items the score is over. */
  items: number
  backend: string
  seconds: number
}

/** What results can be exported as. */
export const exportFormats = ['csv', 'json', 'latex', 'methods', 'bibtex'] as const
export type ResultFormat = (typeof exportFormats)[number]

/** Endings of the files. */
export const exportEndings: Record<ResultFormat, string> = {
  csv: 'csv',
  json: 'json',
  latex: 'tex',
  methods: 'txt',
  bibtex: 'bib'
}

/** Whether a measure is a share, shown as percent; correlations and R2 are not. */
export function isShare(measure: string): boolean {
  return measure === 'accuracy' || measure === 'UUAS'
}

/** Whether every word of a text stands somewhere in what is shown of a result, in any case. */
export function mentions({ name, model, dataset, task, method, kind }: KeptSummary, text: string): boolean {
  const shown = [name, model.name, dataset.name, dataset.parts, task.id, task.title, method, kind]
    .join(' ')
    .toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => shown.includes(word))
}
