import { silentJob } from '@shared/jobs'
import type { DatasetInfo, OpenDatasetRequest } from '@shared/dataset'
import type { ModelInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import type { Services } from '../engine/services'
import { columnChoice, type DataValues } from './dataOptions'
import { parseRequest } from './parseRequest'
import type { Report } from './report'

/**
 * Opens a model and reports its notes.
 * @param untrained seed of its twin with random weights; undefined opens the model itself
 * @throws UserError if it cannot be opened
 */
export async function openModel(
  { models }: Pick<Services, 'models'>,
  report: Report,
  path: string,
  untrained?: number
): Promise<ModelInfo> {
  const request = parseRequest('model.open', { path, untrained }, { path: 'model', untrained: 'untrained' })
  const model = await models.open(request.path, silentJob(), request.untrained ?? null)
  for (const note of model.notes) report.note(`${model.name}: ${note}`)
  return model
}

/**
 * Opens data and reports the reader's warnings and notes.
 * @param values how its columns are read, where the command has `dataOptions`
 * @param labels the labels that the command is about, which `--as` applies to; all when omitted
 * @throws UserError if it cannot be read
 */
export async function openData(
  services: Pick<Services, 'datasets'>,
  report: Report,
  request: OpenDatasetRequest,
  values?: DataValues,
  labels: readonly string[] = []
): Promise<DatasetInfo> {
  const columns = values && (await columnChoice(services, request, values, labels))
  const typed = {
    ...request,
    ...(columns && { choice: columns }),
    ...(values?.['read-words'] && { sample: values['read-words'] })
  }
  const dataset = await services.datasets.open(parseRequest('dataset.open', typed, { paths: 'data' }))
  for (const note of [...dataset.warnings, ...dataset.notes]) report.note(`${dataset.name}: ${note}`)
  return dataset
}

/** @throws UserError for a layer that the model does not have */
export function checkLayers(option: string, layers: readonly number[] | null, { name, layers: last }: ModelInfo): void {
  const absent = layers?.find((layer) => layer > last)
  if (absent === undefined) return
  const range = last === 0 ? 'layer 0 only' : `layers 0 to ${last}`
  throw new UserError(`${name} has no layer ${absent}; it has ${range}. Change --${option}.`)
}
