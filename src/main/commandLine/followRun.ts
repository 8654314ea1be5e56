import type { RunFolder } from '../engine/runs/runFolder'
import { follow, type FollowOptions } from '../engine/runs/controller'
import type { Executor } from '../engine/runs/executor'
import type { RunState } from '../engine/runs/state'
import { countsText, namedLines } from './runText'
import { interrupted } from './ending'
import type { Report } from './report'

/** How a command follows a run. */
export interface Following extends Pick<FollowOptions, 'detach' | 'start'> {
  /** Seconds between two looks; the executor's when left out. */
  every: number | undefined
  /** Where the JSON goes. */
  json: string | undefined
}

/**
 * Follows a run to its end, and says what came of it. Ctrl-C ends the following; the tasks go on.
 * @returns the exit code: 1 where something is missing at the end
 */
export async function followRun(
  run: RunFolder,
  executor: Executor,
  report: Report,
  { every, json, ...how }: Following
): Promise<number> {
  const stop = new AbortController()
  const end = (): void => stop.abort()
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  let last = ''
  const onState = (state: RunState): void => {
    const text = countsText(state)
    if (text !== last) process.stderr.write(`${text}\n`)
    last = text
  }
  const onTrouble = (sentence: string): void => void process.stderr.write(`${sentence}\n`)
  try {
    const state = await follow(run, executor, {
      ...how,
      signal: stop.signal,
      onState,
      onTrouble,
      ...(every !== undefined && { every: every * 1000 })
    })
    if (stop.signal.aborted) {
      process.stderr.write(
        `The tasks go on. \`layerscope run resume ${run.path}\` follows them, \`layerscope run cancel\` ends them.\n`
      )
      return interrupted
    }
    if (how.detach) {
      process.stderr.write(`\`layerscope run resume ${run.path}\` follows the tasks to their end.\n`)
      return 0
    }
    return ended(run, state!, report, json)
  } finally {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
  }
}

function ended(run: RunFolder, state: RunState, report: Report, json: string | undefined): number {
  const named = namedLines(run, state)
  const kept = state.units.filter(({ state: each }) => each === 'kept').length
  const rest = kept + named.length < run.plan.units.length + run.plan.refused.length
  report.result(json, stateJson(run, state), () =>
    [
      ...named,
      countsText(state),
      ...(rest ? [`\`layerscope run resume ${run.path}\` does the rest.`] : []),
      ...(kept > 0 ? [`\`layerscope run collect ${run.path}\` puts the kept units into the library.`] : []),
      ''
    ].join('\n')
  )
  return named.length > 0 || rest ? 1 : 0
}

/** A run as JSON. */
export function stateJson({ path, plan }: RunFolder, { units }: RunState): object {
  return {
    run: path,
    name: plan.name,
    on: plan.on,
    refused: plan.refused,
    units: units.map(({ unit, state, attempt, attempts, progress, why }) => {
      const { key, kind, title, model, data, task } = unit
      return { key, kind, title, model, data, task, state, attempts, attempt, progress, why }
    })
  }
}
