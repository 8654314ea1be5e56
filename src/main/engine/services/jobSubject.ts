import type { JobHandle, JobSubject } from '@shared/jobs'
import { treeTask } from '@shared/probe'
import { UserError } from '@shared/userError'
import type { DatasetStore } from '../datasets/datasetStore'
import type { OpenedFor } from '../jobs/jobRecord'
import type { ModelService } from './modelService'

type Input = Readonly<Record<string, unknown>>

interface Opening {
  models: ModelService
  datasets: DatasetStore
}

const modelFields: readonly string[] = ['modelId', 'modelA', 'modelB']
const datasetFields: readonly string[] = ['datasetId']

/** Which model, data set and task a request is about, by its fields. */
export function jobSubject(input: Input, { models, datasets }: Opening): JobSubject {
  const [modelId] = idsIn(input, modelFields)
  const [datasetId] = idsIn(input, datasetFields)
  const dataset = datasetId === undefined ? null : datasets.info(datasetId)
  const task = [...(dataset?.tasks ?? []), treeTask].find(({ id }) => id === input.task)
  return {
    ...(modelId !== undefined && { model: { id: modelId, name: models.info(modelId).name } }),
    ...(dataset && { dataset: { id: dataset.id, name: dataset.name } }),
    ...(task && { task: { id: task.id, title: task.title } })
  }
}

/** How the models and data sets that a request names were opened, for `reopenFor`. */
export function openedFor(input: Input, { models, datasets }: Opening): OpenedFor {
  return {
    models: idsIn(input, modelFields).map((id) => {
      const { name, path, untrained } = models.info(id)
      return { id, name, path, untrained }
    }),
    datasets: idsIn(input, datasetFields).map((id) => ({
      id,
      name: datasets.info(id).name,
      request: datasets.openedBy(id)
    }))
  }
}

/**
 * Opens what a request needs, in an engine that may never have seen it.
 * @throws UserError where a file is missing or has changed
 */
export async function reopenFor({ models, datasets }: OpenedFor, job: JobHandle, opening: Opening): Promise<void> {
  for (const { id, name, path, untrained } of models) {
    const model = await opening.models.open(path, job, untrained)
    if (model.id !== id) throw changed(name, path)
  }
  for (const { id, name, request } of datasets) {
    const dataset = await opening.datasets.open(request, job)
    if (dataset.id !== id) throw changed(name, request.paths.join(', '))
  }
}

function changed(name: string, where: string): UserError {
  return new UserError(
    `${name} in ${where} has changed since this job was started, so the job cannot be continued; start it again.`
  )
}

/** Ids under one of the fields, at the top or inside of objects such as `corpus`; each once. */
function idsIn(input: Input, fields: readonly string[]): string[] {
  const ids = Object.entries(input).flatMap(([field, value]) => {
    if (typeof value === 'string') return fields.includes(field) ? [value] : []
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? idsIn(value as Input, fields) : []
  })
  return [...new Set(ids)]
}
