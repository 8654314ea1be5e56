import { isShare, type KeptPoint, type KeptSummary } from '@shared/kept'
import { percent } from '@/plots/format'

/** A score as its measure is written: shares in percent, correlations and R2 as they are. */
export function scoreText(measure: string, value: number): string {
  return isShare(measure) ? percent(value) : value.toFixed(3)
}

export function scoreRange({ measure, interval }: KeptSummary['score']): string {
  return interval ? `${scoreText(measure, interval[0])} to ${scoreText(measure, interval[1])}` : ''
}

/** What stands beside the score of the best layer. */
export function bestPoint({ curve, score }: KeptSummary): KeptPoint | undefined {
  return curve.find(({ layer }) => layer === score.layer)
}

/**
 * What tells a result from the others it is compared with: its name, otherwise what is not the same for all of them.
 */
export function resultTitle(result: KeptSummary, among: readonly KeptSummary[]): string {
  if (result.name) return result.name
  const parts = [
    (one: KeptSummary) => one.task.title,
    (one: KeptSummary) => one.model.name,
    (one: KeptSummary) => one.method,
    (one: KeptSummary) => one.dataset.name,
    (one: KeptSummary) => one.dataset.parts
  ]
  const differing = parts.filter((part) => new Set(among.map(part)).size > 1).map((part) => part(result))
  return differing.length > 0 ? differing.join(', ') : result.task.title
}
