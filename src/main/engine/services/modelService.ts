import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { JobHandle } from '@shared/jobs'
import type { ModelEntry, ModelInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import { resolveModel } from '../hub/resolveModel'
import { checkpointFolder, loadModel, type LoadedModel } from '../models/loadModel'
import { resourcePath } from '../paths'

/** Checkpoints kept in memory; the one not used for longest makes room. */
const keptModels = 2

/** Opens checkpoints and keeps them ready. */
export class ModelService {
  private readonly open_ = new Map<string, LoadedModel>()
  private readonly descriptions: Readonly<Record<string, string>> = {
    'all-MiniLM-L6-v2': 'A small BERT (6 layers, 12 heads, 384 wide) trained for sentence similarity; bundled.'
  }

  list(): ModelEntry[] {
    const root = resourcePath('models')
    if (!existsSync(root)) return []
    return readdirSync(root)
      .filter((name) => existsSync(join(root, name, 'config.json')))
      .map((name) => ({ path: join(root, name), name, bundled: true, description: this.descriptions[name] ?? 'Bundled.' }))
  }

  /** @param given a path, or the name of a model in the cache */
  async open(given: string, job: JobHandle): Promise<ModelInfo> {
    const path = resolveModel(given)
    const folder = checkpointFolder(path)
    job.progress(0, 1, 'Reading the weights')
    await job.yield()
    const bundled = this.list().some((entry) => entry.path === folder)
    const model = await loadModel(path, bundled)
    const same = this.open_.get(model.info.id)
    if (same) {
      model.dispose()
      this.touch(same)
      return same.info
    }
    this.touch(model)
    return model.info
  }

  /** @throws UserError when the model is not open (the engine was started again) */
  get(id: string): LoadedModel {
    const model = this.open_.get(id)
    if (!model) throw new UserError('This model is not open in the engine any more; open it again.')
    this.touch(model)
    return model
  }

  private touch(model: LoadedModel): void {
    this.open_.delete(model.info.id)
    this.open_.set(model.info.id, model)
    while (this.open_.size > keptModels) {
      const [id, oldest] = this.open_.entries().next().value!
      this.open_.delete(id)
      oldest.dispose()
    }
  }
}
