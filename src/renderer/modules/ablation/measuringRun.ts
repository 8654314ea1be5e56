import type { DatasetInfo } from '@shared/dataset'
import type { ProbeSummary } from '@shared/probeSummary'

/**
 * The kept runs that ablations can be measured by: their probes are linear and tell labels of words, as they alone can
 * be asked again while the model runs.
 * @param runs of the open model and data set, those to be preferred first
 * @returns the first one of every task
 */
export function measuringRuns(runs: readonly ProbeSummary[], dataset: DatasetInfo | null): ProbeSummary[] {
  const ofWords = new Set(dataset?.tasks.filter(({ unit }) => unit === 'token').map(({ id }) => id))
  const usable = runs.filter((run) => run.setUp.probe.kind === 'linear' && ofWords.has(run.task.id))
  return usable.filter((run, i) => usable.findIndex((other) => other.task.id === run.task.id) === i)
}

/** The one of `task`, else of any task; null without one. */
export function measuringRun(
  runs: readonly ProbeSummary[],
  dataset: DatasetInfo | null,
  task: string
): ProbeSummary | null {
  const usable = measuringRuns(runs, dataset)
  return usable.find((run) => run.task.id === task) ?? usable[0] ?? null
}
