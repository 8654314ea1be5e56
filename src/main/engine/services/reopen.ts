import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { DatasetInfo, OpenDatasetRequest } from '@shared/dataset'
import type { JobHandle } from '@shared/jobs'
import type { ModelInfo } from '@shared/model'
import type { FileRecord, Provenance } from '@shared/provenance'
import { UserError } from '@shared/userError'
import type { DatasetStore } from '../datasets/datasetStore'
import type { ModelService } from './modelService'
import { modelFiles } from '../results/provenance/fileRecords'

/** Where things lie now, where that is not where they lay when the result was made. */
export interface Elsewhere {
  model?: string
  /** In place of the files or the folder that the data set was opened by, in their order. */
  data?: readonly string[]
  /** In place of the files that the parts trained and tested on were read from. */
  train?: string
  test?: string
}

/** What was opened again, and what is not as it was, as sentences. */
export interface Reopened {
  model: ModelInfo
  dataset: DatasetInfo
  changed: string[]
}

/**
 * Opens the model and the data of a result again and compares their files with those it was made with.
 * @throws UserError where something is not there any more
 */
export async function reopen(
  provenance: Provenance<{ trainSplit: string; testSplit: string }>,
  elsewhere: Elsewhere,
  models: ModelService,
  datasets: DatasetStore,
  job: JobHandle
): Promise<Reopened> {
  const { data } = provenance
  const { model, changed } = await reopenModel(provenance.model, elsewhere.model, models, job)
  const dataset = await datasets.open(opening(provenance, elsewhere), job)
  const now = dataset.splits.map(({ path, bytes, fileHash }) => ({ path, bytes, sha256: fileHash }))
  changed.push(
    ...changedFiles(
      data.files,
      data.files.map(({ splits }) => now[dataset.splits.findIndex(({ name }) => splits.includes(name))]),
      '--train, --test or --data'
    )
  )
  return { model, dataset, changed }
}

/** The model alone. @throws UserError where it is not there any more */
export async function reopenModel(
  recorded: Provenance['model'],
  elsewhere: string | undefined,
  models: ModelService,
  job: JobHandle
): Promise<{ model: ModelInfo; changed: string[] }> {
  const model = await models.open(modelPath(recorded, elsewhere), job, recorded.untrained)
  return { model, changed: changedFiles(recorded.files, await modelFiles(model), '--model') }
}

function modelPath({ path, hub }: Provenance['model'], elsewhere: string | undefined): string {
  if (elsewhere) return elsewhere
  if (existsSync(path)) return path
  // The cache may lie elsewhere on this machine, or the model was downloaded anew.
  if (hub) return `${hub.repo}@${hub.commit}`
  throw new UserError(
    `The model of this result lay at ${path}, where there is nothing now; say by --model where it is.`
  )
}

function opening(
  { request, data: { opened, files } }: Provenance<{ trainSplit: string; testSplit: string }>,
  { data, train, test }: Elsewhere
): OpenDatasetRequest {
  if (data && data.length !== opened.paths.length)
    throw new UserError(
      `The data of this result was opened by ${opened.paths.length === 1 ? 'one path' : `${opened.paths.length} paths`} (${opened.paths.map((path) => basename(path)).join(', ')}); --data has to be given as often.`
    )
  let paths = data ? data.map((path) => resolve(path)) : [...opened.paths]
  const replace = (split: string, by: string | undefined, option: string): void => {
    if (!by) return
    const file = files.find(({ splits }) => splits.includes(split))?.path
    if (!file || !paths.includes(file))
      throw new UserError(
        `--${option} cannot stand in for one file: the data was opened by ${opened.paths.join(', ')}. Give it by --data.`
      )
    paths = paths.map((path) => (path === file ? resolve(by) : path))
  }
  replace(request.trainSplit, train, 'train')
  replace(request.testSplit, test, 'test')
  const gone = paths.find((path) => !existsSync(path))
  if (gone)
    throw new UserError(
      `The data of this result lay at ${gone}, where there is nothing now; say by --train, --test or --data where it is.`
    )
  return { ...opened, paths }
}

function changedFiles(
  before: readonly FileRecord[],
  now: readonly (FileRecord | undefined)[],
  option: string
): string[] {
  return before.flatMap((file, i) => {
    const name = basename(file.path)
    const found =
      now[i] && basename(now[i].path) === name
        ? now[i]
        : (now.find((other) => other && basename(other.path) === name) ?? now[i])
    if (!found) return [`${name}, which the result was made with, is not there now; say by ${option} where it is.`]
    if (found.sha256 === file.sha256) return []
    return [
      `${found.path} is not the ${name} that the result was made with: its SHA-256 begins with ${found.sha256.slice(0, 12)}, not ${file.sha256.slice(0, 12)}; say by ${option} where that one is.`
    ]
  })
}
