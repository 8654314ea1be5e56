import type { ProbeSummary } from '@shared/probeSummary'
import { isOfSingleLayers, placeText, runLine } from '@shared/probeSetUp'
import { isShare, isOfMix, type ListedResult } from '@shared/results'
import { formatCounted, formatSeconds, moment, percent } from '@/plots/format'

/** A kept run as it is picked from a list. */
export interface RunItem {
  id: string
  createdAt: string
  /** Runs with the same heading are listed together. */
  group: string
  best: string
  /** How it was made, part by part; its time last. */
  line: string[]
}

/** How a run was made, and when: what is written beside its numbers. */
export function lineWithTime(parts: readonly string[], { createdAt }: { createdAt: string }): string {
  return [...parts, moment(createdAt)].join(' · ')
}

export function probeItem({ id, createdAt, name, task, setUp, best, seconds, backend }: ProbeSummary): RunItem {
  return {
    id,
    createdAt,
    group: task.title,
    best: `best ${percent(best.accuracy)} ${placeText(isOfSingleLayers(setUp), best.layer)}`,
    line: [name, ...runLine(setUp), `${formatSeconds(seconds)} on ${backend}`].filter(Boolean)
  }
}

/** @param unit what is counted in it: 'pair' */
export function keptItem(result: ListedResult, unit: string): RunItem {
  const { id, createdAt, name, subject, summary } = result
  const { method, score, items, seconds, backend } = summary
  const value = score && (isShare(score.measure) ? percent(score.value) : `${score.measure} ${score.value.toFixed(3)}`)
  return {
    id,
    createdAt,
    group: [subject.model.name, subject.data.name].join(' on '),
    best: score ? `${value}${score.layer === null ? '' : ` ${placeText(!isOfMix(result), score.layer)}`}` : '',
    line: [
      name,
      method,
      subject.data.parts,
      items === null ? '' : formatCounted(items, unit),
      `${formatSeconds(seconds)} on ${backend}`
    ].filter(Boolean)
  }
}
