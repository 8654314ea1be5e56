import { isUserError } from '@shared/userError'
import { findCluster } from '../engine/executors/clusters'
import { executorOf } from '../engine/executors/executors'
import { appVersion, knownRunsFolder } from '../engine/paths'
import { goOn } from '../engine/runs/inspect'
import { KnownRuns } from '../engine/runs/knownRuns'
import { planId, type RunPlan } from '../engine/runs/plan'
import { RunFolder } from '../engine/runs/runFolder'
import type { UnitRequest } from '../engine/services/runUnits'
import type { SweepRun } from '../engine/sweeps/sweepRuns'
import { followRun } from './followRun'
import type { Values } from './option'
import type { Report } from './report'
import { placeOf, runPath, type runOptions } from './runOptions'
import { costLines } from './runText'
import { sweepRequest } from './sweepRequest'
import { withServices } from './withServices'

/** What `layerscope sweep` was given, for a run on many processes or machines. */
export interface Distributed {
  name: string
  /** The id of the sweep. */
  parent: string
  runs: readonly SweepRun[]
  values: Values<typeof runOptions> & { 'dry-run': boolean; json: string | undefined }
}

/**
 * Plans a sweep as a run and follows it to its end.
 * @returns the exit code
 */
export async function distribute({ name, parent, runs, values }: Distributed, report: Report): Promise<number> {
  const place = placeOf(values, findCluster(values.on!))
  const executor = executorOf(place.on)
  const plan = await planOf(name, parent, runs, values, place, report)
  const said = await executor.check(plan)
  if (values['dry-run']) {
    const refused = plan.refused.map(({ title, error }) => `${title}: refused. ${error}`)
    report.result(values.json, plan, () => [...refused, ...costLines(plan), ...said, ''].join('\n'))
    return plan.refused.length > 0 ? 1 : 0
  }
  for (const sentence of said) report.note(sentence)
  const run = RunFolder.create(runPath(values), plan)
  if (JSON.stringify(placeIn(run.plan)) !== JSON.stringify(placeIn(plan)))
    report.note(`${run.path} was planned with other options, which hold: a plan never changes.`)
  new KnownRuns(knownRunsFolder()).add(run.path)
  goOn(run)
  return followRun(run, executor, report, { detach: values.detach, every: values.every, json: values.json })
}

const placeIn = ({ on, resources, program, attempts }: RunPlan): object => ({ on, resources, program, attempts })

async function planOf(
  name: string,
  parent: string,
  runs: readonly SweepRun[],
  values: Distributed['values'],
  place: ReturnType<typeof placeOf>,
  report: Report
): Promise<RunPlan> {
  return withServices(async (services) => {
    const { planUnits } = await import('../engine/services/runUnits')
    const requests: UnitRequest[] = []
    const refused: RunPlan['refused'] = []
    for (const run of runs)
      try {
        const { kind, request, estimate } = await sweepRequest(services, report, run)
        requests.push({ kind, request, title: run.title, estimate: await estimate() })
      } catch (error) {
        if (!isUserError(error)) throw error
        const data = 'paths' in run.data ? run.data.paths.join(', ') : run.data.train
        refused.push({ title: `${run.model.path}, ${run.data.name ?? data}, ${run.title}`, error: error.message })
      }
    const machines = place.resources.parallel ?? 1
    const planned = await planUnits(services, requests, values['task-minutes'] * 60, machines)
    const about = { name, parent, createdAt: new Date().toISOString(), layerscope: appVersion() }
    return { format: 1, id: planId({ name, ...planned }), ...about, ...place, ...planned, refused }
  })
}
