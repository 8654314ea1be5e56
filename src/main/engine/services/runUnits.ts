import { resolve } from 'node:path'
import { calls } from '@shared/contract'
import { JobCancelled } from '@shared/jobs'
import type { ResultKindId } from '@shared/results'
import { UserError } from '@shared/userError'
import * as v from 'valibot'
import { computeOf } from '../results/lineOf'
import { computedBy, dataSource, modelSource } from '../results/provenance/collect'
import { mapReferences, referencesOf } from '../results/references'
import type { PlannedUnit, RunPlan } from '../runs/plan'
import { divide } from '../runs/tasks'
import type { UnitWork } from '../runs/worker'
import type { Services } from './'
import { reopenData, reopenModel } from './reopen'
import { runnerOf, type RequestOf } from './runners'

/** A checked request of any kind of result, about to be a unit of a run. */
export interface UnitRequest {
  kind: ResultKindId
  request: object
  title: string
  estimate: { seconds: number; memoryBytes: number; diskBytes: number } | null
}

/**
 * Units of requests whose models and data are open, and what other machines open them by. Equal requests are one unit.
 * @param seconds the longest task
 * @param machines that work at once
 * @throws UserError for a request that is made from kept results
 */
export async function planUnits(
  services: Services,
  requests: readonly UnitRequest[],
  seconds: number,
  machines: number
): Promise<Pick<RunPlan, 'sources' | 'units'>> {
  const sources: RunPlan['sources'] = { models: {}, data: {} }
  const units = new Map<string, Omit<PlannedUnit, 'task'>>()
  for (const { kind, request: asked, title, estimate } of requests) {
    const request = 'path' in asked ? { ...asked, path: resolve(String(asked.path)) } : asked
    const { key } = await services.runs.identify(kind, request as RequestOf<typeof kind>)
    const { models, data, results } = referencesOf(request)
    if (results.length > 0)
      throw new UserError(`${title}: it is made from kept results of this machine, so that it can run here only.`)
    for (const id of models) sources.models[id] ??= await modelSource(services.models.info(id))
    for (const id of data) sources.data[id] ??= dataSource(services.datasets.info(id), services.datasets.openedBy(id))
    const names = (ids: readonly string[], nameOf: (id: string) => string): string => ids.map(nameOf).join(', ')
    units.set(key, {
      key,
      kind,
      request,
      title,
      model: names(models, (id) => services.models.info(id).name),
      data: names(data, (id) => services.datasets.info(id).name),
      seconds: estimate?.seconds ?? null,
      memory: estimate?.memoryBytes ?? null,
      disk: estimate?.diskBytes ?? null
    })
  }
  const all = [...units.values()]
  const groups = all.map(({ request, seconds: each }) => {
    const { models, data } = referencesOf(request)
    return { group: JSON.stringify([models, data]), seconds: each }
  })
  const tasks = divide(groups, seconds, machines)
  return { sources, units: all.map((unit, i) => ({ ...unit, task: tasks[i]! })) }
}

/** Computes units of a plan with this process's services; models and data are opened once. */
export function unitWork(services: Services, { sources, parent }: Pick<RunPlan, 'sources' | 'parent'>): UnitWork {
  const { models, datasets, jobs, runs, results } = services
  const opened = new Map<string, string>()
  const openOnce = async (id: string, open: () => Promise<string>): Promise<void> => {
    if (!opened.has(id)) opened.set(id, await open())
  }
  return {
    compute: computeOf(computedBy()),
    async run({ kind, key, request, title }, signal) {
      const runner = runnerOf(kind)
      const answer = await jobs.run(
        runner.job,
        title,
        undefined,
        async (job) => {
          const cancel = (): void => jobs.cancel(job.id)
          if (signal.aborted) throw new JobCancelled(title)
          signal.addEventListener('abort', cancel)
          try {
            const named = referencesOf(request)
            for (const id of named.models)
              await openOnce(id, async () => (await reopenModel(sources.models[id]!, undefined, models, job)).model.id)
            for (const id of named.data)
              await openOnce(id, async () => (await reopenData(sources.data[id]!, {}, {}, datasets, job)).dataset.id)
            const here = mapReferences(request, (reference, id) => opened.get(id) ?? id)
            const parsed = v.parse(calls[runner.call].input, here) as RequestOf<typeof kind>
            const identified = await runs.identify(kind, parsed)
            if (identified.key !== key)
              throw new UserError(
                `${title}: its model or its data has changed since the run was planned. Plan it again in a new folder.`
              )
            return await runs.compute(identified, job, parent)
          } finally {
            signal.removeEventListener('abort', cancel)
          }
        },
        0
      )
      results.flush()
      return results.folderOf(answer.id)
    }
  }
}
