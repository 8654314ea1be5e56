import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { JobHandle } from '@shared/jobs'
import type { ModelEntry, ModelInfo, ParityCheck } from '@shared/model'
import { UserError } from '@shared/userError'
import { currentBackend } from '../backends/pick'
import { availableMemory, requireMemory } from '../memory/memoryPlan'
import { checkpointFolder, loadModel, type FoundModel, type LoadedModel } from '../models/loadModel'
import { checkAgainstReference, parityTolerance } from '../models/parity'
import { resourcePath } from '../paths'

/** Part of the memory that models kept for later leave to everything else. */
const keptFree = 0.25

/** Opens checkpoints and keeps them ready; those not used for longest make room for new ones. */
export class ModelService {
  private readonly open_ = new Map<string, LoadedModel>()
  private readonly descriptions: Readonly<Record<string, string>> = {
    'all-MiniLM-L6-v2': 'A small BERT (6 layers, 12 heads, 384 wide) trained for sentence similarity; bundled.'
  }

  /** @param memory what can still be taken; a parameter so that a test can be short of it */
  constructor(private readonly memory = availableMemory) {}

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
    const model = await loadModel(path, bundled, (found) => this.openAlready(found))
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

  /**
   * Compares a model with what PyTorch computed, where that lies beside it.
   * @throws UserError where it does not, or does not fit the model
   */
  async checkParity(id: string, job: JobHandle): Promise<ParityCheck> {
    const model = this.get(id)
    const result = await checkAgainstReference(model, model.info.path, job)
    return { ...result, tolerance: parityTolerance, backend: currentBackend()?.title ?? '' }
  }

  /** The model where it is open; otherwise room is made for it, or it is refused. */
  private openAlready({ id, name, plan }: FoundModel): LoadedModel | null {
    const same = this.open_.get(id)
    if (same) return same
    const releasable = [...this.open_.values()].reduce((sum, { info }) => sum + info.memory.held, 0)
    requireMemory(name, plan, this.memory(), releasable)
    for (const oldest of [...this.open_.values()]) {
      const { available, total } = this.memory()
      if (available >= plan.peak + keptFree * total) break
      this.open_.delete(oldest.info.id)
      oldest.dispose()
    }
    return null
  }

  private touch(model: LoadedModel): void {
    this.open_.delete(model.info.id)
    this.open_.set(model.info.id, model)
  }
}
