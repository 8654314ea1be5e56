import type { CallOutput, EngineCallName, Handlers } from '@shared/contract'
import type { JobHandle } from '@shared/jobs'
import type { ResultKindId } from '@shared/results'
import { parseCall } from '@shared/rpc/dispatch'
import { UserError } from '@shared/userError'
import { atOnce, queued, type JobCall, type JobCallTable, type JobInput } from './jobs/jobCalls'
import type { Services } from './services'
import {
  isResultCall,
  kindOfCall,
  resultCallNames,
  runnerOf,
  runnersOf,
  type RequestOf,
  type ResultCallName
} from './services/runners'
import { jobSubject, openedFor, reopenFor } from './services/jobSubject'

/** Calls that run as jobs, a line a call: whether it waits in the queue, what it is called, and what does the work. */
function jobCalls({ device, models, hub, datasets, activations, minimalPairs }: Services) {
  return {
    'device.provision': atOnce('setup', 'Setting up native TensorFlow', (_, job) => device.provision(job)),
    'model.open': atOnce('model', 'Opening the model', ({ path, untrained }, job) =>
      models.open(path, job, untrained ?? null)
    ),
    'model.checkParity': atOnce('model', 'Checking against PyTorch', ({ modelId }, job) =>
      models.checkParity(modelId, job)
    ),
    'model.compareWeights': atOnce('model', 'Comparing the weights', ({ modelId, baseId }, job) =>
      models.compareWeights(modelId, baseId, job)
    ),
    'hub.lookup': atOnce(
      'hub',
      ({ reference }) => `Looking up ${reference}`,
      ({ reference }, job) => hub.lookUp(reference, job)
    ),
    'hub.download': atOnce(
      'hub',
      ({ repo }) => `Downloading ${repo}`,
      (wanted, job) => hub.download(wanted, job)
    ),
    'dataset.open': atOnce('dataset', 'Opening the data', (request, job) => datasets.open(request, job)),

    'activations.extract': queued(
      'extract',
      ({ split }) => `Extracting word vectors of ${split}`,
      async (request, job) => {
        await activations.ensure(request, job)
        return activations.estimate(request)
      }
    ),
    'pairs.tokens': atOnce('pairs', 'Scoring a pair', (request, job) => minimalPairs.tokens(request, job))
  } satisfies JobCallTable
}

/** Calls that are answered with a result: what runs them is the table of runners. */
function resultCalls({ runs, ...services }: Services) {
  const calls = resultCallNames.map((call) => {
    const [first] = runnersOf(call)
    const kindOf = (request: RequestOf<ResultKindId>) => kindOfCall(services, call, request)
    const rules: JobCall<RequestOf<ResultKindId>, unknown> = {
      kind: first!.job,
      queued: first!.queued,
      title: (request) => runnerOf(kindOf(request)).title(services, request),
      run: (request, job) => runs.answer(kindOf(request), request, job)
    }
    return [call, rules]
  })
  return Object.fromEntries(calls) as { [C in ResultCallName]: JobCall<JobInput<C>, CallOutput<C>> }
}

/** What is kept of a request; null where it has to be run. */
function keptAnswer({ runs, ...services }: Services, call: ResultCallName, request: RequestOf<ResultKindId>) {
  return runs.keptAnswer(kindOfCall(services, call, request), request)
}

export type JobCallName = keyof ReturnType<typeof jobCalls> | ResultCallName

/** The handlers of all calls that run as jobs. Also tells the queue how to continue a job of an earlier engine. */
export function jobHandlers(services: Services): Pick<Handlers<EngineCallName>, JobCallName> {
  const table = { ...jobCalls(services), ...resultCalls(services) }
  const { jobs } = services
  const rulesOf = (name: JobCallName): JobCall<object, unknown> => table[name] as JobCall<object, unknown>

  jobs.resumeBy(async (record, job) => {
    const { name, input } = parseCall(record.call, record.input)
    if (!Object.hasOwn(table, name)) throw new UserError(`This version of Layerscope has no job '${name}'.`)
    await reopenFor(record.opened, job, services)
    return rulesOf(name as JobCallName).run(input, job)
  })

  const handle = async (name: JobCallName, { jobId, ...input }: { jobId?: string | undefined }): Promise<unknown> => {
    // What is kept already needs no job, and no place in the queue.
    const kept = isResultCall(name)
      ? await jobs.announce(jobId, () => keptAnswer(services, name, input as RequestOf<ResultKindId>))
      : null
    if (kept) return kept
    const { kind, queued: inQueue, title, run } = rulesOf(name)
    const request = { kind, title: title(input), id: jobId, call: name, subject: jobSubject(input, services) }
    const work = (job: JobHandle): Promise<unknown> => run(input, job)
    return inQueue
      ? jobs.submit({ ...request, input, opened: openedFor(input, services) }, work)
      : jobs.runCall(request, work)
  }
  const names = Object.keys(table) as JobCallName[]
  return Object.fromEntries(
    names.map((name) => [name, (input: { jobId?: string }) => handle(name, input)])
  ) as unknown as Pick<Handlers<EngineCallName>, JobCallName>
}
