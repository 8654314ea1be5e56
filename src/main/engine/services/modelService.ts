import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { silentJob, type JobHandle } from '@shared/jobs'
import type { ModelEntry, ModelInfo, ParityCheck } from '@shared/model'
import type { ModelStructure, TensorStatistics } from '@shared/structure'
import { UserError } from '@shared/userError'
import { currentBackend } from '../backends/pick'
import { resolveModel } from '../hub/resolveModel'
import { availableMemory, planOpening, type MemoryPlan, type Opening } from '../models/memory/memoryPlan'
import { modelAddress } from '../models/address'
import { rememberBase } from '../models/adapted/baseOf'
import { compareWeights } from '../models/compareWeights'
import { structureOf, tensorStatistics } from '../models/structure'
import type { FoundModel, LoadOptions } from '../models/kind'
import { findModel } from '../models/kinds'
import type { LoadedModel } from '../models/model'
import { checkAgainstReference, parityTolerance } from '../models/parity'
import { resourcePath } from '../paths'

/** Part of the memory that models kept for later leave to everything else. */
const keptFree = 0.25

/** Opens checkpoints and word vectors, and keeps them ready; those not used for longest make room for new ones. */
export class ModelService {
  private readonly open_ = new Map<string, LoadedModel>()
  /** Every model that was opened: one that had to make room is opened again when it is needed. */
  private readonly known = new Map<string, ModelInfo>()
  private readonly reopening = new Map<string, Promise<LoadedModel>>()
  /** How many pieces of work hold a model: it stays until they are done. */
  private readonly users = new Map<string, number>()
  private readonly descriptions: Readonly<Record<string, string>> = {
    'all-MiniLM-L6-v2': 'A small BERT (6 layers, 12 heads, 384 wide) trained for sentence similarity; bundled.',
    'gpt2-ud-tiny': 'A tiny GPT-2 (4 layers, 4 heads, 192 wide) trained on UD English; bundled.',
    'word2vec-ud': 'Static word vectors (word2vec, 100 wide) of the training part of UD English EWT; bundled.'
  }

  /** @param memory memory still available; a parameter so that tests can limit it */
  constructor(private readonly memory = availableMemory) {}

  list(): ModelEntry[] {
    const root = resourcePath('models')
    if (!existsSync(root)) return []
    return readdirSync(root).flatMap((name) => {
      const folder = join(root, name)
      const files = readdirSync(folder)
      const vectors = files.find((file) => file.endsWith('.vec.gz'))
      const path = files.includes('config.json') ? folder : vectors && join(folder, vectors)
      return path ? [{ path, name, bundled: true, description: this.descriptions[name] ?? 'Bundled.' }] : []
    })
  }

  /**
   * @param pathOrName path of a checkpoint's folder, a file in it, or a file of word vectors; or the name of a model in
   * the cache
   * @param untrained seed of the untrained twin that is wanted in place of the checkpoint
   * @param base of an adapter: the model that it is for, by path or name; remembered for later openings
   */
  async open(
    pathOrName: string,
    job: JobHandle,
    untrained: number | null = null,
    base: string | null = null
  ): Promise<ModelInfo> {
    const path = resolveModel(pathOrName)
    if (base !== null) rememberBase(path, resolveModel(base))
    const recognised = await findModel(path)
    try {
      job.progress(0, 1, untrained === null ? 'Reading the weights' : 'Drawing the weights')
      await job.yield()
      const bundled = this.list().some((entry) => entry.path === recognised.path)
      const { info } = await this.opened(recognised, { bundled, untrained, job })
      this.known.set(info.id, info)
      return info
    } finally {
      recognised.close()
    }
  }

  /** The model where it is open; otherwise it is loaded, once there is room for it. */
  private async opened(recognised: FoundModel, options: Omit<LoadOptions, 'streamed'>): Promise<LoadedModel> {
    // What can never fit is refused before its files are read for their identity.
    const plan = recognised.plan(options.untrained)
    if (plan) planOpening(recognised.name, plan, this.memory(), heldBy([...this.open_.values()]))
    const open = this.open_.get(await recognised.identify(options.untrained))
    if (open) {
      open.foundAt(recognised.path, options.bundled)
      this.touch(open)
      return open
    }
    const streamed = plan !== null && this.makeRoom(recognised.name, plan).streamed
    const loaded = await recognised.load({ ...options, streamed })
    // It may have been opened from elsewhere meanwhile.
    const same = this.open_.get(loaded.info.id)
    if (same) loaded.dispose()
    this.touch(same ?? loaded)
    return same ?? loaded
  }

  /**
   * What is known of an opened model, in memory or not. @throws UserError when it was never opened (the engine was
   * started again)
   */
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
   * Runs `work` with a model, which stays in memory until the work is done. A model that had to make room for others is
   * opened again first.
   * @throws UserError when it was never opened, or its files are gone or have changed
   */
  async use<T>(id: string, work: (model: LoadedModel) => Promise<T> | T): Promise<T> {
    this.users.set(id, (this.users.get(id) ?? 0) + 1)
    try {
      return await work(await this.ensureOpen(id))
    } finally {
      const remaining = this.users.get(id)! - 1
      if (remaining > 0) this.users.set(id, remaining)
      else this.users.delete(id)
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
    const { path, bundled, name, untrained } = this.info(id)
    const recognised = await findModel(path)
    try {
      const model = await this.opened(recognised, { bundled, untrained, job: silentJob() })
      if (model.info.id === id) return model
      throw new UserError(`The files of ${name} in ${path} changed after it was opened; open the model again.`)
    } finally {
      recognised.close()
    }
  }

  /** @throws UserError where the model would not fit even with every unused model closed */
  private makeRoom(name: string, plan: MemoryPlan): Opening {
    const idle = [...this.open_.values()].filter(({ info }) => !this.users.has(info.id))
    const opening = planOpening(name, plan, this.memory(), heldBy(idle))
    for (const { info } of idle) {
      const { available, total } = this.memory()
      if (available >= opening.peak + keptFree * total) break
      this.open_.get(info.id)!.dispose()
      this.open_.delete(info.id)
    }
    return opening
  }

  /**
   * Compares a model with what PyTorch computed, where a reference is beside it.
   * @throws UserError where it does not, or does not fit the model
   */
  async checkParity(id: string, job: JobHandle): Promise<ParityCheck> {
    const result = await this.use(id, (model) => checkAgainstReference(model, modelAddress(model.info.path).path, job))
    return { ...result, tolerance: parityTolerance, backend: currentBackend()?.title ?? '' }
  }

  /**
   * Compares the stored weights of a model with those of another, its base, tensor by tensor.
   * @returns the model with its base and the differences as its lineage
   * @throws UserError where one of them has no stored tensors, or both have none in common
   */
  async compareWeights(id: string, baseId: string, job: JobHandle): Promise<ModelInfo> {
    const [model, base] = [this.info(id), this.info(baseId)]
    const differences = await withTensors(model, toCompare, (mine) =>
      withTensors(base, toCompare, (theirs) => compareWeights(mine.stored, theirs.stored, job, mine.canonical))
    )
    const { name, path } = base
    const compared = { ...model, lineage: { ...model.lineage, base: { id: baseId, name, path }, differences } }
    this.known.set(id, compared)
    return compared
  }

  /** What the checkpoint of an open model is made of. @throws UserError where it has no stored tensors */
  async structure(id: string): Promise<ModelStructure> {
    const model = this.info(id)
    return withTensors(model, toList, async ({ stored }) => structureOf(stored, model.layers))
  }

  /** Norm, moments and histogram of stored tensors. @throws UserError where the checkpoint has no such tensor */
  async tensorStatistics(id: string, names: readonly string[], job: JobHandle): Promise<TensorStatistics[]> {
    return withTensors(this.info(id), toList, async ({ stored }) => {
      const statistics: TensorStatistics[] = []
      for (const name of names) statistics.push(await tensorStatistics(stored, name, job))
      return statistics
    })
  }

  private touch(model: LoadedModel): void {
    this.open_.delete(model.info.id)
    this.open_.set(model.info.id, model)
  }
}

/** What stored tensors are wanted for, and what to do where a model has none. */
const toCompare = 'compare; compare two trained checkpoints'
const toList = 'list; open a checkpoint with weights of its own'

/** Runs `work` with a model's stored tensors. @throws UserError where it has none */
async function withTensors<T>(
  { name, path, untrained }: ModelInfo,
  purpose: string,
  work: (tensors: NonNullable<FoundModel['tensors']>) => Promise<T>
): Promise<T> {
  const recognised = await findModel(path)
  try {
    if (!recognised.tensors || untrained !== null) throw new UserError(`${name} has no stored tensors to ${purpose}.`)
    return await work(recognised.tensors)
  } finally {
    recognised.close()
  }
}

/** Bytes of memory of some models. */
function heldBy(models: readonly LoadedModel[]): number {
  return models.reduce((sum, { info }) => sum + info.memory.held, 0)
}
