import { lastLine } from '../processes/runTool'
import type { Attempt } from './attempt'
import type { TaskState } from './executor'
import { logOf, ranOutOfMemory } from './attemptLog'
import type { PlannedUnit } from './plan'
import type { RunFolder } from './runFolder'

/** Whether a unit that is missing is tried again, with how much memory, or why it is not. */
export type Verdict =
  { state: 'running'; attempt: Attempt } | { state: 'again'; memory: number } | { state: 'named'; why: string }

/** A unit that the scheduler stopped so often needs more time than it is given. */
const mostStops = 10

/** The end of an attempt says that its unit is kept, but a shared disk may show the unit later. */
const shownAfter = 60_000

/**
 * Judges a missing unit by its attempts.
 * @param task what may run it
 */
export function judge(run: RunFolder, { key }: PlannedUnit, attempts: readonly Attempt[], task: TaskState): Verdict {
  const last = attempts.at(-1)
  if (last && runs(last, task)) return { state: 'running', attempt: last }
  const ended = attempts.map((attempt) => ({ attempt, outcome: outcomeOf(attempt, key) }))
  const refused = ended.findLast(({ outcome }) => outcome === 'refused')
  if (refused) return { state: 'named', why: refused.attempt.error ?? 'It was refused.' }
  const short = ended.filter(({ outcome }) => outcome === 'memory').at(-1)
  if (short && short.attempt.memory > 1)
    return {
      state: 'named',
      why: `It ran out of memory, also with ${short.attempt.memory} times as much: give more with --mem.`
    }
  const lost = ended.filter(({ outcome }) => ['lost', 'failed', 'machine'].includes(outcome))
  if (lost.length >= run.plan.attempts) return { state: 'named', why: lostSentence(lost, key) }
  if (ended.filter(({ outcome }) => outcome === 'stopped').length >= mostStops)
    return { state: 'named', why: `It was stopped ${mostStops} times before it was done: give more time with --time.` }
  return { state: 'again', memory: short ? 2 : 1 }
}

/** How an attempt ended: as it says itself, or by its log if it did not get that far. */
function outcomeOf(attempt: Attempt, key: string): NonNullable<Attempt['outcome']> | 'lost' {
  return attempt.outcome ?? (ranOutOfMemory(attempt, key) ? 'memory' : 'lost')
}

function runs({ end, outcome }: Attempt, task: TaskState): boolean {
  if (outcome === 'kept') return Date.now() - Date.parse(end!) < shownAfter
  return end === undefined && task === 'running'
}

function lostSentence(lost: readonly { attempt: Attempt; outcome: string }[], key: string): string {
  const hosts = [...new Set(lost.map(({ attempt }) => attempt.host))].join(', ')
  const { attempt, outcome } = lost.at(-1)!
  const times = lost.length === 1 ? 'once' : `${lost.length} times`
  if (outcome !== 'lost') return `It failed ${times} (on ${hosts}). The last error: ${attempt.error}`
  const line = lastLine(logOf(attempt, key))
  return `It was lost ${times} (on ${hosts}): its process ended without a word.${line ? ` Its last line: ${line}` : ''}`
}
