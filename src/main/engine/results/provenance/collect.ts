import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { version_core as tfjsVersion } from '@tensorflow/tfjs-core'
import type { BackendReport } from '@shared/backend'
import type { DatasetInfo, OpenDatasetRequest } from '@shared/dataset'
import type { ModelInfo } from '@shared/model'
import type { Provenance } from '@shared/provenance'
import { currentBackend } from '../../backends/pick'
import { appRoot } from '../../paths'
import { modelFiles } from './fileRecords'

/**
 * What a result of `request` depends on, for the result to keep.
 * @param opened what the data set was opened by, as `DatasetStore.openedBy` tells
 */
export async function collectProvenance<Request>(
  request: Request,
  model: ModelInfo,
  dataset: DatasetInfo,
  opened: OpenDatasetRequest
): Promise<Provenance<Request>> {
  const files = new Map<string, Provenance['data']['files'][number]>()
  for (const { path, bytes, fileHash, name: split } of dataset.splits) {
    const file = files.get(path) ?? { path, bytes, sha256: fileHash, splits: [] }
    file.splits.push(split)
    files.set(path, file)
  }
  return { request, data: { opened, files: [...files.values()] }, ...(await computedBy(model)) }
}

/** What computed a result: the model, the backend and their versions. */
export async function computedBy(model: ModelInfo): Promise<Pick<Provenance, 'model' | 'backend' | 'versions'>> {
  const backend = currentBackend()
  if (!backend) throw new Error('No backend was chosen.')
  const { name, title, version, threads } = backend
  return {
    model: {
      path: model.path,
      untrained: model.untrained,
      ...(model.hub && { hub: { repo: model.hub.repo, commit: model.hub.commit } }),
      files: await modelFiles(model)
    },
    backend: { name, title, version, threads },
    versions: versionsOf(backend)
  }
}

/** Versions of everything that computes. */
function versionsOf({ name, version, addon }: BackendReport): Record<string, string> {
  const { version: layerscope } = JSON.parse(readFileSync(join(appRoot(), 'package.json'), 'utf8')) as {
    version: string
  }
  return {
    layerscope,
    node: process.versions.node,
    tfjs: tfjsVersion,
    ...(name.startsWith('tensorflow') ? { tensorflow: version } : {}),
    ...(addon ? { addon } : {})
  }
}
