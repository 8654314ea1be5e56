import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { silentJob, type JobHandle } from '@shared/jobs'
import type { ModelEntry, ModelInfo, ParityCheck } from '@shared/model'
import { UserError } from '@shared/userError'
import { currentBackend } from '../backends/pick'
import { resolveModel } from '../hub/resolveModel'
import { availableMemory, requireMemory } from '../models/memory/memoryPlan'
import { checkpointFolder, loadModel, type FoundModel, type LoadedModel } from '../models/loadModel'
import { checkAgainstReference, parityTolerance } from '../models/parity'
import { loadStaticModel } from '../models/static/staticModel'
import { resourcePath } from '../paths'
import { recogniseVectors, refuseUnknown } from '../wordVectors/format'

/** Part of the memory that models kept for later leave to everything else. */
const keptFree = 0.25

/** Files that belong to a checkpoint: chosen one by one, they stand for their folder. */
const checkpointFile =
  /\.(safetensors|index\.json|json|model|pt|pth|ckpt)$|(^|[\\/])pytorch_model[^\\/]*\.bin$|(^|[\\/])(vocab|merges)\.txt$/i

/** Opens checkpoints and word vectors, and keeps them ready; those not used for longest make room for new ones. */
export class ModelService {
  private readonly open_ = new Map<string, LoadedModel>()
  /** Ids of word vectors by path, size and time of their file. */
  private readonly vectorFiles = new Map<string, string>()
  /** Every checkpoint that was opened: one that had to make room is opened again when it is needed. */
  private readonly known = new Map<string, ModelInfo>()
  private readonly reopening = new Map<string, Promise<LoadedModel>>()
  /** How many pieces of work hold a model: it stays until they are done. */
  private readonly users = new Map<string, number>()
  private readonly descriptions: Readonly<Record<string, string>> = {
    'all-MiniLM-L6-v2': 'A small BERT (6 layers, 12 heads, 384 wide) trained for sentence similarity; bundled.',
    'gpt2-ud-tiny': 'A tiny GPT-2 (4 layers, 4 heads, 192 wide) trained on UD English; bundled.',
    'word2vec-ud':
      'Word vectors (word2vec, 100 wide) of the training part of UD English EWT: words before context; bundled.'
  }

  /** @param memory what can still be taken; a parameter so that a test can be short of it */
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
   * @param given the path of a checkpoint's folder, a file in it, or a file of word vectors; or the name of a model in
   * the cache
   * @param untrained seed of the untrained twin that is wanted in place of the checkpoint
   */
  async open(given: string, job: JobHandle, untrained: number | null = null): Promise<ModelInfo> {
    const path = resolveModel(given)
    const vectors = await this.openVectors(path, job, untrained)
    if (vectors) return vectors
    const folder = checkpointFolder(path)
    job.progress(0, 1, untrained === null ? 'Reading the weights' : 'Drawing the weights')
    await job.yield()
    const bundled = this.list().some((entry) => entry.path === folder)
    return this.adopt(await this.load(path, bundled, untrained))
  }

  /**
   * Null where the path is not one of a file of word vectors. @throws UserError for any other file that is of no
   * checkpoint
   */
  private async openVectors(path: string, job: JobHandle, untrained: number | null): Promise<ModelInfo | null> {
    const file = statSync(path, { throwIfNoEntry: false })
    if (!file?.isFile()) return null
    const head = await recogniseVectors(path)
    if (!head) return checkpointFile.test(path) ? null : refuseUnknown(path)
    if (untrained !== null)
      throw new UserError(`${basename(path)} holds word vectors; only a transformer has an untrained twin.`)
    // Reading takes long and as much memory again: what is open already is not read twice.
    const key = `${resolve(path)} ${file.size} ${file.mtimeMs}`
    const known = this.open_.get(this.vectorFiles.get(key) ?? '')
    if (known) {
      this.touch(known)
      return known.info
    }
    const bundled = this.list().some((entry) => entry.path === resolve(path))
    const info = this.adopt(this.only(await loadStaticModel(path, head, job, bundled)))
    this.vectorFiles.set(key, info.id)
    return info
  }

  private adopt(model: LoadedModel): ModelInfo {
    this.known.set(model.info.id, model.info)
    this.touch(model)
    return model.info
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
    const { path, bundled, name, untrained, kind } = this.info(id)
    const head = kind === 'static' ? await recogniseVectors(path) : null
    const model = head
      ? this.only(await loadStaticModel(path, head, silentJob(), bundled))
      : await this.load(path, bundled, untrained)
    if (model.info.id !== id) {
      if (!this.open_.has(model.info.id)) model.dispose()
      throw new UserError(`The files of ${name} in ${path} are not the ones that were opened; open the model again.`)
    }
    this.touch(model)
    return model
  }

  /** The model where it is open; otherwise it is read, once there is room for it. */
  private async load(path: string, bundled: boolean, untrained: number | null): Promise<LoadedModel> {
    return this.only(await loadModel(path, bundled, untrained, (found) => this.openAlready(found)))
  }

  /** The model that stays of two that are the same: one may have been opened from elsewhere meanwhile. */
  private only(model: LoadedModel): LoadedModel {
    const same = this.open_.get(model.info.id)
    if (same && same !== model) model.dispose()
    return same ?? model
  }

  /** @throws UserError where the model would not fit if all that nobody uses made room */
  private openAlready({ id, name, plan }: FoundModel): LoadedModel | null {
    const same = this.open_.get(id)
    if (same) return same
    const idle = [...this.open_.values()].filter(({ info }) => !this.users.has(info.id))
    requireMemory(
      name,
      plan,
      this.memory(),
      idle.reduce((sum, { info }) => sum + info.memory.held, 0)
    )
    for (const { info } of idle) {
      const { available, total } = this.memory()
      if (available >= plan.peak + keptFree * total) break
      this.open_.get(info.id)!.dispose()
      this.open_.delete(info.id)
    }
    return null
  }

  /**
   * Compares a model with what PyTorch computed, where that lies beside it.
   * @throws UserError where it does not, or does not fit the model
   */
  async checkParity(id: string, job: JobHandle): Promise<ParityCheck> {
    const result = await this.use(id, (model) => checkAgainstReference(model, model.info.path, job))
    return { ...result, tolerance: parityTolerance, backend: currentBackend()?.title ?? '' }
  }

  private touch(model: LoadedModel): void {
    this.open_.delete(model.info.id)
    this.open_.set(model.info.id, model)
  }
}
