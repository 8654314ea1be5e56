import type { CallInput, ProbeOptions } from '@shared/contract'
import type { DatasetInfo } from '@shared/dataset'
import type { ModelInfo } from '@shared/model'
import type { Services } from '../engine/services'
import { kindOfCall, type RunnerCall } from '../engine/services/runners'
import { regressionOptions, type SweepRun } from '../engine/sweeps/sweepRuns'
import { openData, openModel } from './opening'
import { parseRequest } from './parseRequest'
import type { Report } from './report'

type SweepKind = 'probe' | 'regression' | 'finetune'

/** A run of a sweep whose model and data are open. */
export interface SweepRequest {
  kind: SweepKind
  request: CallInput<RunnerCall<SweepKind>>
  /** What its job is called. */
  jobTitle: string
  model: string
  data: string
  estimate(): Promise<{ seconds: number; memoryBytes: number; diskBytes: number }>
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
  const asked: ProbeOptions = { ...run.options, ...opened }
  const parsed = parseRequest('probe.run', asked)
  const kind = kindOfCall(services, 'probe.run', parsed) === 'regression' ? 'regression' : 'probe'
  const request = kind === 'regression' ? regressionOptions(parsed) : parsed
  if (kind === 'regression') regressions.plan(request)
  return { ...names, kind, request, jobTitle: probes.title(request), estimate: () => probes.estimate(request) }
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
