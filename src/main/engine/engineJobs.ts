import { attentionWays } from '@shared/attentionWays'
import type { CallOutput, EngineCallName, Handlers } from '@shared/contract'
import { resultTitles, type RerunOutcome, type ResultKindId } from '@shared/results'
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
import { rerunKept } from './services/rerun'

/** Calls that run as jobs, a line a call: whether it waits in the queue, what it is called, and what does the work. */
function jobCalls(services: Services) {
  const { device, models, hub, datasets, activations, attentions, minimalPairs, results } = services
  const rerun: JobCall<JobInput<'results.rerun'>, RerunOutcome> = {
    kind: ({ id }) => runnerOf(results.listed(id).kind).job,
    queued: true,
    title: ({ id }) => `Run again: ${resultTitles[results.listed(id).kind]}`,
    subject({ id }) {
      const { model, data, task } = results.listed(id).subject
      return { model, dataset: { id: data.id, name: data.name }, ...(task && { task }) }
    },
    run: ({ id }, job) => rerunKept(id, services, job)
  }
  return {
    'results.rerun': rerun,
    'device.provision': atOnce('setup', 'Setting up native TensorFlow', (_, job) => device.provision(job)),
    'cost.calibrate': atOnce('setup', 'Measuring this computer', async (corpus, job) => {
      await services.costs.calibrate(corpus, job)
      return null
    }),
    'model.open': atOnce('model', 'Opening the model', ({ path, untrained, base }, job) =>
      models.open(path, job, untrained ?? null, base ?? null)
    ),
    'model.checkParity': atOnce('model', 'Checking against PyTorch', ({ modelId }, job) =>
      models.checkParity(modelId, job)
    ),
    'model.compareWeights': atOnce('model', 'Comparing the weights', ({ modelId, baseId }, job) =>
      models.compareWeights(modelId, baseId, job)
    ),
    'model.tensors': atOnce('model', 'Reading tensors', ({ modelId, names }, job) =>
      models.tensorStatistics(modelId, names, job)
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
    'attention.combined': {
      ...atOnce(
        'ablation',
        ({ way }: JobInput<'attention.combined'>) => attentionWays[way].title,
        ({ modelId, sentence, way, ...place }, job) => attentions.combined(modelId, sentence, place, way, job)
      ),
      first: true
    },
    'pairs.tokens': {
      ...atOnce('pairs', 'Scoring a pair', (request: JobInput<'pairs.tokens'>, job) =>
        minimalPairs.tokens(request, job)
      ),
      first: true
    }
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
      first: first!.first,
      title: (request) => runnerOf(kindOf(request)).title(services, request),
      run: (request, job) => runs.answer(kindOf(request), request, job)
    }
    return [call, rules]
  })
  return Object.fromEntries(calls) as { [C in ResultCallName]: JobCall<JobInput<C>, CallOutput<C>> }
}

function identify({ runs, ...services }: Services, call: ResultCallName, request: RequestOf<ResultKindId>) {
  return runs.identify(kindOfCall(services, call, request), request)
}

export type JobCallName = keyof ReturnType<typeof jobCalls> | ResultCallName

/** What a request says of its place in the queue, and not of the work. */
interface QueueFields {
  jobId?: string | undefined
  background?: boolean | undefined
}

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

  const handle = async (name: JobCallName, given: QueueFields): Promise<unknown> => {
    const { jobId, background = false, ...input } = given
    // What is kept already needs no job, and no place in the queue.
    const identified = isResultCall(name)
      ? await jobs.announce(jobId, () => identify(services, name, input as RequestOf<ResultKindId>))
      : null
    const kept = identified && services.runs.keptAnswer(identified)
    if (kept) return kept
    const { kind, queued: inQueue, title, subject, run } = rulesOf(name)
    const request = {
      kind: typeof kind === 'string' ? kind : kind(input),
      title: title(input),
      id: jobId,
      call: name,
      subject: subject?.(input) ?? jobSubject(input, services)
    }
    // Work that waits is looked for once more at its turn: an equal request may have been run meanwhile.
    if (inQueue)
      return jobs.submit({ ...request, background, input, opened: openedFor(input, services) }, (job) =>
        run(input, job)
      )
    return jobs.runCall(request, (job) => (identified ? services.runs.compute(identified, job) : run(input, job)))
  }
  const names = Object.keys(table) as JobCallName[]
  return Object.fromEntries(
    names.map((name) => [
      name,
      rulesOf(name).first
        ? (input: QueueFields) => jobs.first(() => handle(name, input))
        : (input: QueueFields) => handle(name, input)
    ])
  ) as unknown as Pick<Handlers<EngineCallName>, JobCallName>
}
