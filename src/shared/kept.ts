import type { Interval, ProbeResult } from './probe'

/**
 * Results by kind, as the library keeps them. A kind is a line here and one in `keptKinds` (engine/library/kinds.ts); its results have an
 * `id` and a `createdAt`, which `newIdentity` gives.
 */
export interface KeptResults {
  probe: ProbeResult
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

/** A line of the list of results. */
export interface KeptSummary extends KeptRecord {
  model: { id: string; name: string }
  /** `parts` as shown: 'train to test'. */
  dataset: { id: string; name: string; parts: string }
  task: { id: string; title: string }
  /** What was trained or asked, in a few words: 'linear', 'MLP 256'. */
  method: string
  score: KeptScore
  /** Items the score is over. */
  items: number
  backend: string
  seconds: number
}
