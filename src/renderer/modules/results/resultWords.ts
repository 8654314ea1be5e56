import { isOfMix, isShare, resultTitles, type ListedResult, type ResultPoint, type ResultScore } from '@shared/results'
import { layersRead, setUpDifferences, type ProbeSetUp } from '@shared/probeSetUp'
import { formatCounted, percent } from '@/plots/format'

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

/** The layer of the score, of a mix those in it: '5', '0 to 5, mixed'. */
export function layerText(result: ListedResult): string {
  const layer = result.summary.score?.layer ?? null
  return layer === null ? '–' : layersRead(!isOfMix(result), layer).replace(/^layers? /, '')
}

/** What was done: the task, or the kind of result where it has none. */
export function titleOf({ kind, subject }: ListedResult): string {
  return subject.task?.title ?? resultTitles[kind]
}

/**
 * How results differ that are laid over one another, beyond model and task: the measure, and how they were made.
 * @param setUps of the probing runs among them, by id
 * @returns in a few words each; empty where they can be compared as they are
 */
export function unlikeness(
  [first, ...others]: readonly ListedResult[],
  setUps: ReadonlyMap<string, ProbeSetUp>
): string[] {
  if (!first) return []
  const here = setUps.get(first.id)
  const differences = others.flatMap((other) => {
    const there = setUps.get(other.id)
    if (here && there) return setUpDifferences(there, here)
    return [
      ...(measureOf(other) === measureOf(first) ? [] : [measureOf(other)]),
      ...(other.summary.method === first.summary.method ? [] : [other.summary.method]),
      ...(other.subject.data.id === first.subject.data.id ? [] : [other.subject.data.name]),
      ...(other.subject.data.parts === first.subject.data.parts ? [] : [other.subject.data.parts]),
      ...(other.summary.items === first.summary.items || other.summary.items === null
        ? []
        : [formatCounted(other.summary.items, 'item')])
    ]
  })
  return [...new Set(differences)]
}

function measureOf({ summary: { score } }: ListedResult): string {
  return score?.measure ?? 'no score'
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
