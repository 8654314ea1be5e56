import { calls, type CallInput, type ProbeOptions } from '@shared/contract'
import type { DatasetInfo } from '@shared/dataset'
import type { ModelInfo } from '@shared/model'
import type { ResultKindId } from '@shared/results'
import { UserError } from '@shared/userError'
import type { Services } from '../engine/services'
import { kindOfCall, runnerOf, type RequestOf } from '../engine/services/runners'
import { regressionOptions, type SweepRun, type UnitRun } from '../engine/sweeps/sweepRuns'
import { openData, openModel } from './opening'
import { parseRequest } from './parseRequest'
import type { Report } from './report'

/** A run of a sweep whose model and data are open. */
export interface SweepRequest {
  kind: ResultKindId
  request: RequestOf<ResultKindId>
  /** What its job is called. */
  jobTitle: string
  model: string
  data: string
  /** Null where nothing estimates this kind. */
  estimate(): Promise<{ seconds: number; memoryBytes: number; diskBytes: number } | null>
}

/**
 * Opens the model and the data of a run, each only once in a process, and checks its request by the contract.
 * @throws UserError for whatever cannot be opened or run
 */
export async function sweepRequest(services: Services, report: Report, run: SweepRun): Promise<SweepRequest> {
  const { probes, regressions, finetunes } = services
  const { model, dataset } = await open(services, report, run)
  const names = { model: model.name, data: run.data.name ?? dataset.name }
  const parts =
    'paths' in run.data
      ? { train: run.data.trainSplit ?? dataset.suggested.train, test: run.data.testSplit ?? dataset.suggested.test }
      : { train: 'train', test: 'test' }
  const opened = { modelId: model.id, datasetId: dataset.id, trainSplit: parts.train, testSplit: parts.test }
  if (run.call === 'finetune.run') {
    const request = parseRequest('finetune.run', { ...run.options, ...opened })
    return {
      ...names,
      kind: 'finetune',
      request,
      jobTitle: finetunes.title(request),
      estimate: () => finetunes.estimate(request)
    }
  }
  if (run.call === null) return { ...names, ...unitRequest(services, run, opened) }
  const asked: ProbeOptions = { ...run.options, ...opened }
  const parsed = parseRequest('probe.run', asked)
  const kind = kindOfCall(services, 'probe.run', parsed) === 'regression' ? 'regression' : 'probe'
  const request = kind === 'regression' ? regressionOptions(parsed) : parsed
  if (kind === 'regression') regressions.plan(request)
  return { ...names, kind, request, jobTitle: probes.title(request), estimate: () => probes.estimate(request) }
}

/** The request of any kind of result: what its file leaves out is taken from the sweep, as far as the kind has it. */
function unitRequest(
  services: Services,
  { kind, options, usual, title }: UnitRun,
  opened: Pick<ProbeOptions, 'modelId' | 'datasetId' | 'trainSplit' | 'testSplit'>
): Pick<SweepRequest, 'kind' | 'request' | 'jobTitle' | 'estimate'> {
  const runner = runnerOf(kind)
  const { input } = calls[runner.call]
  const known = new Set('entries' in input ? Object.keys(input.entries) : [])
  if (!known.has('modelId'))
    throw new UserError(
      `${title}: it is made from several models or from kept results, so that it is not a unit of a sweep.`
    )
  const filled = { ...usual, ...opened, split: opened.testSplit, maxWords: usual.maxTestWords }
  const asked = { ...Object.fromEntries(Object.entries(filled).filter(([name]) => known.has(name))), ...options }
  const request = parseRequest(runner.call, asked as CallInput<typeof runner.call>) as RequestOf<ResultKindId>
  return {
    kind,
    request,
    jobTitle: runner.title(services, request),
    estimate: async () => {
      if (kind !== 'curve') return null
      return { diskBytes: 0, ...(await services.curves.estimate(request as RequestOf<'curve'>)) }
    }
  }
}

async function open(
  services: Services,
  report: Report,
  { model, data }: SweepRun
): Promise<{ model: ModelInfo; dataset: DatasetInfo }> {
  const request =
    'paths' in data
      ? { paths: data.paths, name: data.name }
      : { paths: [data.train, data.test], splitNames: ['train', 'test'], name: data.name }
  return {
    model: await openModel(services, report, model.path, model.untrained ?? undefined),
    dataset: await openData(services, report, request)
  }
}
