import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { DatasetInfo, OpenDatasetRequest } from '@shared/dataset'
import type { JobHandle } from '@shared/jobs'
import type { PairRequest } from '@shared/minimalPairs'
import type { ModelInfo } from '@shared/model'
import type { FileRecord, ModelSource, OpenedData, PathData } from '@shared/provenance'
import { UserError } from '@shared/userError'
import type { DatasetStore } from '../datasets/datasetStore'
import type { ModelService } from './modelService'
import { modelAddress } from '../models/address'
import { dataSource } from '../results/provenance/collect'
import { modelFiles } from '../results/provenance/fileRecords'
import type { MinimalPairService } from './minimalPairService'

/** New paths of models and data that moved since the result was made. */
export interface Elsewhere {
  model?: string
  /** In place of the files or the folder that the data set was opened by, in their order. */
  data?: readonly string[]
  /** In place of the files that the parts trained and tested on were read from. */
  train?: string
  test?: string
}

/** The parts of a data set that a request names. */
interface NamedParts {
  trainSplit?: string
  testSplit?: string
  split?: string
}

/** A model by its files, and what has changed. @throws UserError if it no longer exists */
export async function reopenModel(
  recorded: ModelSource,
  elsewhere: string | undefined,
  models: ModelService,
  job: JobHandle
): Promise<{ model: ModelInfo; changed: string[] }> {
  const model = await models.open(modelPath(recorded, elsewhere), job, recorded.untrained)
  return { model, changed: changedFiles(recorded.files, await modelFiles(model), '--model') }
}

/** A data set by its files, and what has changed. @throws UserError if it no longer exists */
export async function reopenData(
  data: OpenedData,
  parts: NamedParts,
  elsewhere: Elsewhere,
  datasets: DatasetStore,
  job: JobHandle
): Promise<{ dataset: DatasetInfo; changed: string[] }> {
  const dataset = await datasets.open(opening(data, parts, elsewhere), job)
  const now = dataSource(dataset, data.opened).files
  const found = data.files.map(({ splits: [part] }, index) => {
    // The shards of a split, in their order.
    const before = data.files.slice(0, index).filter(({ splits }) => splits[0] === part).length
    return now.filter(({ splits }) => splits.includes(part ?? ''))[before]
  })
  return { dataset, changed: changedFiles(data.files, found, '--train, --test or --data') }
}

/**
 * Minimal pairs by the path that they were read from; sets that come with the app are found wherever it is installed.
 * @throws UserError if they no longer exist
 */
export async function reopenPath(
  recorded: PathData,
  request: object,
  elsewhere: Elsewhere,
  minimalPairs: MinimalPairService
): Promise<{ path: string; changed: string[] }> {
  const path = await pairsPath(recorded, elsewhere, minimalPairs)
  const { pairs = null, good, bad, paradigm } = request as Partial<PairRequest>
  const { hash } = await minimalPairs.identify(path, { pairs, good, bad, paradigm })
  const before = recorded.sha256
  if (before === undefined || hash === before) return { path, changed: [] }
  return {
    path,
    changed: [
      `${path} does not hold the pairs that the result was made with: their SHA-256 begins with ` +
        `${hash.slice(0, 12)}, not ${before.slice(0, 12)}; pass their path with --data.`
    ]
  }
}

async function pairsPath(
  { path, name }: PathData,
  { data, train, test }: Elsewhere,
  minimalPairs: MinimalPairService
): Promise<string> {
  if (train ?? test) throw new UserError('Minimal pairs have no training or test part; pass their path with --data.')
  if (data && data.length !== 1) throw new UserError('The pairs of this result were at one path; pass --data once.')
  if (data) return resolve(data[0]!)
  if (existsSync(path)) return path
  const bundled = (await minimalPairs.sets()).find((set) => set.name === name)
  if (bundled) return bundled.path
  throw new UserError(
    `The pairs of this result were at ${path}, which no longer exists; pass their new path with --data.`
  )
}

function modelPath({ path, hub }: ModelSource, elsewhere: string | undefined): string {
  if (elsewhere) return elsewhere
  if (existsSync(modelAddress(path).path)) return path
  // The cache may be elsewhere on this machine, or the model was downloaded again.
  if (hub) return `${hub.repo}@${hub.commit}`
  throw new UserError(
    `The model of this result was at ${path}, which no longer exists; pass its new path with --model.`
  )
}

function opening(
  { opened, files }: OpenedData,
  { trainSplit, testSplit, split }: NamedParts,
  { data, train, test }: Elsewhere
): OpenDatasetRequest {
  if (data && data.length !== opened.paths.length) {
    const many = opened.paths.length === 1 ? 'one path' : `${opened.paths.length} paths`
    throw new UserError(
      `The data of this result was opened by ${many} (${opened.paths.map((path) => basename(path)).join(', ')}); ` +
        'pass --data as many times.'
    )
  }
  let paths = data ? data.map((path) => resolve(path)) : [...opened.paths]
  const replace = (part: string | undefined, by: string | undefined, option: string): void => {
    if (!by) return
    const file = files.find(({ splits }) => part !== undefined && splits.includes(part))?.path
    if (!file || !paths.includes(file))
      throw new UserError(
        `--${option} cannot replace a single file: the data was opened by ${opened.paths.join(', ')}. ` +
          'Pass it with --data.'
      )
    paths = paths.map((path) => (path === file ? resolve(by) : path))
  }
  replace(trainSplit, train, 'train')
  replace(testSplit ?? split, test, 'test')
  const gone = paths.find((path) => !existsSync(path))
  if (gone)
    throw new UserError(
      `The data of this result was at ${gone}, which no longer exists; ` +
        'pass its new path with --train, --test or --data.'
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
    if (!found) return [`${name}, which the result was made with, no longer exists; pass its new path with ${option}.`]
    if (found.sha256 === file.sha256) return []
    return [
      `${found.path} is not the ${name} that the result was made with: its SHA-256 begins with ` +
        `${found.sha256.slice(0, 12)}, not ${file.sha256.slice(0, 12)}; pass the original file's path with ${option}.`
    ]
  })
}
