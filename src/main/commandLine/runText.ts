import { formatCounted } from '@shared/counts'
import { unitStates, unitStateWords } from '@shared/runFolders'
import { readableBytes } from '../engine/files/notWritten'
import { tasksOf, type RunPlan } from '../engine/runs/plan'
import type { RunFolder } from '../engine/runs/runFolder'
import type { RunState, UnitState } from '../engine/runs/state'

/** '12 units: 9 kept, 2 running, 1 waiting' */
export function countsText({ units }: RunState): string {
  const counts = unitStates
    .map((state) => ({ state, count: units.filter((unit) => unit.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${unitStateWords[state]}`)
  return `${formatCounted(units.length, 'unit')}: ${counts.join(', ')}`
}

/** A line for each unit. */
export function unitLines(states: readonly UnitState[]): string {
  const rows = states.map(({ unit, state, attempt, attempts, progress, why }) => [
    unit.key.slice(0, 12),
    unitStateWords[state],
    attempts === 0 ? '' : `attempt ${attempts}`,
    attempt?.host ?? '',
    [
      `${unit.model}, ${unit.data}, ${unit.title}`,
      progress && progress.total > 0 ? `${Math.round((100 * progress.done) / progress.total)} %` : '',
      why ?? ''
    ]
      .filter(Boolean)
      .join(': ')
  ])
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)))
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`
    )
    .join('')
}

/** What cannot be done, one line each: units that were given up, and runs of the file that were refused. */
export function namedLines({ plan }: RunFolder, { units }: RunState): string[] {
  const named = units.filter(({ state }) => state === 'named')
  return [
    ...named.map(({ unit, why }) => `${unit.model}, ${unit.data}, ${unit.title}: failed. ${why}`),
    ...plan.refused.map(({ title, error }) => `${title}: refused. ${error}`)
  ]
}

/** What a plan takes, as lines. */
export function costLines(plan: RunPlan): string[] {
  const { units, resources } = plan
  const sum = (of: 'seconds' | 'disk'): number => units.reduce((total, unit) => total + (unit[of] ?? 0), 0)
  const unknown = units.filter(({ seconds }) => seconds === null).length
  const [tasks, hours] = [tasksOf(plan).length, sum('seconds') / 3600]
  const memory = Math.max(0, ...units.map((unit) => unit.memory ?? 0))
  const threads = `${formatCounted(resources.cpus, 'thread')} each`
  return [
    `${formatCounted(units.length, 'unit')} in ${formatCounted(tasks, 'task')}, ${threads}`,
    `at most about ${hours < 0.1 ? hours.toFixed(3) : hours.toFixed(1)} node-hours by the speed of this machine` +
      (unknown > 0 ? `, without ${formatCounted(unknown, 'unit')} that nothing estimates` : ''),
    `about ${readableBytes(memory)} of memory for the largest unit; ` +
      `up to ${readableBytes(sum('disk'))} of word vectors in the cache`
  ]
}
