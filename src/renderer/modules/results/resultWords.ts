import { isShare, resultTitles, type ListedResult, type ResultPoint, type ResultScore } from '@shared/results'
import { percent } from '@/plots/format'

/** A score as its measure is written: shares in percent, correlations and R2 as they are. */
export function scoreText(measure: string, value: number): string {
  return isShare(measure) ? percent(value) : value.toFixed(3)
}

export function scoreRange(score: ResultScore | null): string {
  if (!score?.interval) return ''
  const { measure, interval } = score
  return `${scoreText(measure, interval[0])} to ${scoreText(measure, interval[1])}`
}

/** Text beside the score of the best layer. */
export function bestPoint({ summary: { curve, score } }: ListedResult): ResultPoint | undefined {
  return curve.find(({ layer }) => layer === score?.layer)
}

/** What was done: the task, or the kind of result where it has none. */
export function titleOf({ kind, subject }: ListedResult): string {
  return subject.task?.title ?? resultTitles[kind]
}

/**
 * What tells a result from the others it is compared with: its name, otherwise what is not the same for all of them.
 */
export function resultTitle(result: ListedResult, among: readonly ListedResult[]): string {
  if (result.name) return result.name
  const parts = [
    titleOf,
    (one: ListedResult) => one.subject.model.name,
    (one: ListedResult) => one.summary.method,
    (one: ListedResult) => one.subject.data.name,
    (one: ListedResult) => one.subject.data.parts
  ]
  const differing = parts.filter((part) => new Set(among.map(part)).size > 1).map((part) => part(result))
  return differing.length > 0 ? differing.join(', ') : titleOf(result)
}
