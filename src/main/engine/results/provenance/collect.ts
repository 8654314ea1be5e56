import { version_core as tfjsVersion } from '@tensorflow/tfjs-core'
import type { BackendReport } from '@shared/backend'
import type { DatasetInfo, OpenDatasetRequest } from '@shared/dataset'
import type { ModelInfo } from '@shared/model'
import type { ModelSource, OpenedData, Provenance } from '@shared/provenance'
import { instructionSet } from '../../backends/instructionSet'
import { currentBackend } from '../../backends/pick'
import { appVersion } from '../../paths'
import { modelFiles } from './fileRecords'

/**
 * A data set by its files.
 * @param opened what the data set was opened by, as `DatasetStore.openedBy` says
 */
export function dataSource({ splits, warnings, notes }: DatasetInfo, opened: OpenDatasetRequest): OpenedData {
  const files = new Map<string, OpenedData['files'][number]>()
  for (const { name: split, shards, ...whole } of splits)
    for (const { path, bytes, fileHash } of shards ?? [whole]) {
      const file = files.get(path) ?? { path, bytes, sha256: fileHash, splits: [] }
      file.splits.push(split)
      files.set(path, file)
    }
  const said = [...warnings, ...notes]
  return { opened, files: [...files.values()], ...(said.length > 0 && { notes: said }) }
}

/** By what was opened: the files are not read again for every result of an open model. */
const modelSources = new WeakMap<ModelInfo, ModelSource>()

/** A model by its files, as they were when the first result of the open model was computed. */
export async function modelSource(model: ModelInfo): Promise<ModelSource> {
  const known = modelSources.get(model)
  if (known) return known
  const source = {
    path: model.path,
    untrained: model.untrained,
    ...(model.hub && { hub: { repo: model.hub.repo, commit: model.hub.commit } }),
    files: await modelFiles(model),
    ...(model.notes.length > 0 && { notes: [...model.notes] })
  }
  modelSources.set(model, source)
  return source
}

/** What computes now: the backend, and the versions of everything involved. */
export function computedBy(): Pick<Provenance, 'backend' | 'versions'> {
  const backend = currentBackend()
  if (!backend) throw new Error('No backend was chosen.')
  const { name, title, version, threads } = backend
  return { backend: { name, title, version, threads, instructions: instructionSet() }, versions: versionsOf(backend) }
}

/** Versions of everything that computes. */
function versionsOf({ name, version, addon }: BackendReport): Record<string, string> {
  return {
    layerscope: appVersion(),
    node: process.versions.node,
    tfjs: tfjsVersion,
    ...(name.startsWith('tensorflow') ? { tensorflow: version } : {}),
    ...(addon ? { addon } : {})
  }
}
