import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { JobHandle } from '@shared/jobs'
import type { ModelEntry, ModelInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import { checkpointFolder, loadModel, type LoadedModel } from '../models/loadModel'
import { resourcePath } from '../paths'

/** Checkpoints kept in memory; the one not used for longest makes room. */
const keptModels = 2

/** Opens checkpoints and keeps them ready. */
export class ModelService {
  private readonly open_ = new Map<string, LoadedModel>()
  /** Every checkpoint that was opened: one that had to make room is opened again when it is needed. */
  private readonly known = new Map<string, ModelInfo>()
  private readonly reopening = new Map<string, Promise<LoadedModel>>()
  /** How many pieces of work hold a model: it stays until they are done. */
  private readonly users = new Map<string, number>()
  private readonly descriptions: Readonly<Record<string, string>> = {
    'all-MiniLM-L6-v2': 'A small BERT (6 layers, 12 heads, 384 wide) trained for sentence similarity; bundled.',
    'gpt2-ud-tiny': 'A tiny GPT-2 (4 layers, 4 heads, 192 wide) trained on UD English; bundled.'
  }

  list(): ModelEntry[] {
    const root = resourcePath('models')
    if (!existsSync(root)) return []
    return readdirSync(root)
      .filter((name) => existsSync(join(root, name, 'config.json')))
      .map((name) => ({ path: join(root, name), name, bundled: true, description: this.descriptions[name] ?? 'Bundled.' }))
  }

  async open(path: string, job: JobHandle): Promise<ModelInfo> {
    const folder = checkpointFolder(path)
    job.progress(0, 1, 'Reading the weights')
    await job.yield()
    const bundled = this.list().some((entry) => entry.path === folder)
    const model = await loadModel(path, bundled)
    this.known.set(model.info.id, model.info)
    const same = this.open_.get(model.info.id)
    if (same) {
      model.dispose()
      this.touch(same)
      return same.info
    }
    this.touch(model)
    return model.info
  }

  /** What is known of an opened model, in memory or not. @throws UserError when it was never opened (the engine was started again) */
  info(id: string): ModelInfo {
    const info = this.known.get(id)
    if (!info) throw new UserError('This model is not open in the engine any more; open it again.')
    return info
  }

  /** A model that is in memory, for work inside of `use`. @throws UserError when it is not */
  get(id: string): LoadedModel {
    const model = this.open_.get(id)
    if (!model) throw new UserError('This model is not open in the engine any more; open it again.')
    this.touch(model)
    return model
  }

  /**
   * Runs `work` with a model, which stays in memory until the work is done. A model that had to make room for others is opened again first.
   * @throws UserError when it was never opened, or its files are gone or others now
   */
  async use<T>(id: string, work: (model: LoadedModel) => Promise<T> | T): Promise<T> {
    this.users.set(id, (this.users.get(id) ?? 0) + 1)
    try {
      return await work(await this.ensureOpen(id))
    } finally {
      const left = this.users.get(id)! - 1
      if (left > 0) this.users.set(id, left)
      else this.users.delete(id)
      this.makeRoom()
    }
  }

  private async ensureOpen(id: string): Promise<LoadedModel> {
    const open = this.open_.get(id)
    if (open) {
      this.touch(open)
      return open
    }
    const under = this.reopening.get(id)
    if (under) return under
    const promise = this.reopen(id).finally(() => this.reopening.delete(id))
    this.reopening.set(id, promise)
    return promise
  }

  private async reopen(id: string): Promise<LoadedModel> {
    const { path, bundled, name } = this.info(id)
    const model = await loadModel(path, bundled)
    if (model.info.id !== id) {
      model.dispose()
      throw new UserError(`The files of ${name} in ${path} are not the ones that were opened; open the model again.`)
    }
    // Opened from outside meanwhile.
    const same = this.open_.get(id)
    if (same) model.dispose()
    this.touch(same ?? model)
    return same ?? model
  }

  private touch(model: LoadedModel): void {
    this.open_.delete(model.info.id)
    this.open_.set(model.info.id, model)
    this.makeRoom()
  }

  private makeRoom(): void {
    const newest = [...this.open_.keys()].at(-1)
    for (const [id, model] of this.open_) {
      if (this.open_.size <= keptModels) return
      if (id === newest || this.users.has(id)) continue
      this.open_.delete(id)
      model.dispose()
    }
  }
}
