import type { ProbeLayerResult } from '@shared/probe'

/** Shares of right answers. */
export interface Score {
  accuracy: number
  control?: number
}

/** What every seed gave, side by side; control and selectivity where all have them. */
export function seedScores(scores: readonly Score[]): NonNullable<ProbeLayerResult['seeds']> {
  const accuracy = scores.map((score) => score.accuracy)
  const control = scores.flatMap((score) => (score.control === undefined ? [] : [score.control]))
  if (control.length < scores.length) return { accuracy }
  return { accuracy, control, selectivity: accuracy.map((value, i) => value - control[i]!) }
}
