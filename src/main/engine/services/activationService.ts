import { join } from 'node:path'
import type { ActivationRequest, CostEstimate } from '@shared/activations'
import { drawnSplit } from '@shared/drawing'
import type { JobHandle } from '@shared/jobs'
import type { ModelInfo } from '@shared/model'
import { chunkWordsOf, countSubwords, extractAll, tokenBudget } from '../activations/extract'
import type { StoreKey } from '../activations/manifest'
import { ActivationStore, HalfOverflow } from '../activations/store'
import { Activations, type SplitText } from '../activations/wordVectors'
import { instructionSet } from '../backends/instructionSet'
import { currentBackend } from '../backends/pick'
import type { MeasuredPaces } from '../jobs/measuredPaces'
import type { Hooks } from '../models/transformer/hooks'
import type { LoadedModel } from '../models/model'
import { cacheDir } from '../paths'
import type { ModelService } from './modelService'

/** A model that is changed while it runs, under a name that identifies the change. */
export interface ModelChange {
  name: string
  hooks: Hooks
}

interface Plan {
  model: ModelInfo
  sentences: readonly (readonly string[])[]
  words: number
  key: StoreKey
  /** The same text in full: when that is on disk, its first rows are the requested ones. */
  fullKey: StoreKey
  fullWords: number
}

/** Keeps the word vectors of models over data sets on disk, and computes what is missing. */
export class ActivationService {
  /** Subwords a second of a short run, by model and backend: the basis of estimates. */
  private readonly pace = new Map<string, number>()

  constructor(
    private readonly models: ModelService,
    private readonly textOf: (datasetId: string, split: string) => SplitText,
    private readonly paces: MeasuredPaces,
    private readonly root = join(cacheDir(), 'activations'),
    /** Words that are computed and written together; by default, what memory allows. */
    private readonly chunkWords?: number
  ) {}

  /** Number of sentences and words that `maxWords` takes: whole sentences, at least one. */
  extent(request: Pick<ActivationRequest, 'datasetId' | 'split' | 'maxWords' | 'draw'>): {
    sentences: number
    words: number
  } {
    const { split, maxWords } = drawnSplit(request)
    const { sentences } = this.textOf(request.datasetId, split)
    let words = 0
    for (const [i, sentence] of sentences.entries()) {
      if (maxWords !== null && words >= maxWords) return { sentences: i, words }
      words += sentence.length
    }
    return { sentences: sentences.length, words }
  }

  async estimate(request: ActivationRequest): Promise<CostEstimate> {
    const plan = this.plan(request)
    const { layers, width } = plan.model
    const cached = this.complete(plan).next().done !== true
    const { subwords, seconds } = await this.models.use(request.modelId, async (model) => {
      const count = await countSubwords(model, plan.sentences, { first: 0, last: plan.sentences.length })
      const seconds = cached ? 0 : await this.secondsOf(model, plan, count)
      return { subwords: count, seconds: seconds * this.paces.factor(extractKind()) }
    })
    const largestChunk = Math.min(plan.words, this.chunkWords ?? chunkWordsOf(plan.model))
    return {
      words: plan.words,
      subwords,
      seconds,
      // A chunk in float32 and once more as halves, and what a batch leaves on the way through the blocks.
      memoryBytes: cached ? 0 : largestChunk * (layers + 1) * width * 6 + tokenBudget() * width * 4 * (layers + 12),
      diskBytes: cached ? 0 : plan.words * (layers + 1) * width * 2,
      cached
    }
  }

  /** A pass of the model over a part of the data that keeps nothing: its subwords and its seconds. */
  async pass(part: Omit<ActivationRequest, 'pool'>): Promise<{ subwords: number; seconds: number }> {
    const plan = this.plan({ ...part, pool: 'first' })
    return this.models.use(part.modelId, async (model) => {
      const subwords = await countSubwords(model, plan.sentences, { first: 0, last: plan.sentences.length })
      return { subwords, seconds: await this.secondsOf(model, plan, subwords) }
    })
  }

  /** Seconds that a model takes for so many subwords. */
  secondsFor(modelId: string, subwords: number): Promise<number> {
    return this.models.use(modelId, (model) => this.secondsOf(model, { words: subwords }, subwords))
  }

  /**
   * The vectors of the request, extracted first where they are not on disk yet; continues where an earlier run stopped.
   */
  async ensure(request: ActivationRequest, job: JobHandle, change?: ModelChange): Promise<Activations> {
    const plan = this.plan(request, change?.name)
    const complete = await this.findSound(plan, () => job.yield())
    if (complete) return new Activations(complete, plan.words)
    try {
      return new Activations(await this.extract(plan, request, job, 'F16', change), plan.words)
    } catch (error) {
      if (!(error instanceof HalfOverflow)) throw error
      return new Activations(await this.extract(plan, request, job, 'F32', change), plan.words)
    }
  }

  /** The vectors if they are on disk already, null otherwise. */
  async find(request: ActivationRequest): Promise<Activations | null> {
    const plan = this.plan(request)
    const store = await this.findSound(plan, () => Promise.resolve())
    return store ? new Activations(store, plan.words) : null
  }

  /** Takes the vectors of a changed model from the disk. */
  forget(request: ActivationRequest, change: Pick<ModelChange, 'name'>): void {
    const plan = this.plan(request, change.name)
    ActivationStore.find(this.root, plan.key, this.shape(plan))?.delete()
  }

  private async extract(
    plan: Plan,
    request: ActivationRequest,
    job: JobHandle,
    dtype: 'F16' | 'F32',
    change?: ModelChange
  ): Promise<ActivationStore> {
    const store = ActivationStore.open(this.root, plan.key, this.shape(plan), dtype)
    try {
      await store.verify(() => job.yield())
      await this.fill(store, plan, request, job, change)
      store.finish()
    } finally {
      store.release()
    }
    return store
  }

  private async fill(
    store: ActivationStore,
    plan: Plan,
    request: ActivationRequest,
    job: JobHandle,
    change?: ModelChange
  ): Promise<void> {
    let started = 0
    let subwords = 0
    const options = {
      pooling: request.pool,
      chunkWords: this.chunkWords,
      skipSentences: store.sentencesDone,
      hooks: change?.hooks
    }
    await this.models.use(request.modelId, (model) => {
      started = performance.now()
      return extractAll(model, plan.sentences, options, job, async (vectors) => {
        // What is computed is written also where the job was cancelled meanwhile.
        await store.write(vectors, () => job.yield().catch(() => undefined))
        subwords += vectors.subwords
      })
    })
    const pace = this.pace.get(paceKey(plan.model.id))
    if (pace && !change) this.paces.learn(extractKind(), subwords / pace, (performance.now() - started) / 1000)
  }

  private shape({ model, words }: Plan): { layers: number; width: number; rows: number } {
    return { layers: model.layers, width: model.width, rows: words }
  }

  private plan(request: ActivationRequest, change?: string): Plan {
    const model = this.models.info(request.modelId)
    const part = { datasetId: request.datasetId, ...drawnSplit(request) }
    const text = this.textOf(part.datasetId, part.split)
    const extent = this.extent(part)
    const full = this.extent({ ...part, maxWords: null })
    const compute = computedBy()
    const key = (sentences: number): StoreKey => ({
      model: request.modelId,
      words: text.wordsHash,
      pooling: request.pool,
      sentences,
      compute,
      ...(change && { change })
    })
    return {
      model,
      sentences: text.sentences.slice(0, extent.sentences),
      words: extent.words,
      key: key(extent.sentences),
      fullKey: key(full.sentences),
      fullWords: full.words
    }
  }

  /**
   * Sets on disk that say they have all vectors of the request, each opened when its turn comes: what is found damaged
   * leaves its place.
   */
  private *complete(plan: Plan): Generator<ActivationStore> {
    const own = [plan.key, plan.words] as const
    const whole = [plan.fullKey, plan.fullWords] as const
    for (const [key, rows] of plan.words === plan.fullWords ? [own] : [own, whole]) {
      const store = ActivationStore.find(this.root, key, { ...this.shape(plan), rows })
      if (store) yield store
    }
  }

  /** The first of them whose vectors are as they were written; null where none is. */
  private async findSound(plan: Plan, between: () => Promise<void>): Promise<ActivationStore | null> {
    for (const store of this.complete(plan)) if (await store.verify(between)) return store
    return null
  }

  /** Seconds that the subwords of a plan take, before what earlier runs have taught. */
  private async secondsOf(model: LoadedModel, { words }: Pick<Plan, 'words'>, subwords: number): Promise<number> {
    if (!model.info.memory.streamed) return subwords / (await this.subwordsPerSecond(model))
    const sequences = Math.max(1, tokenBudget() / 32)
    // The least that a pass can read is all blocks, and a chunk takes one pass.
    const [reading, whole] = [secondsOfRun(model, [2]), secondsOfRun(model, new Array<number>(sequences).fill(32))]
    const chunks = Math.ceil(words / (this.chunkWords ?? chunkWordsOf(model.info)))
    return chunks * reading + (subwords * Math.max(0, whole - reading)) / (32 * sequences)
  }

  /** Measured on a short run of the model. */
  private async subwordsPerSecond(model: LoadedModel): Promise<number> {
    const known = this.pace.get(paceKey(model.info.id))
    if (known) return known
    const budget = tokenBudget()
    const tokens = 32
    const batch = Math.max(1, budget / tokens)
    let seconds = Infinity
    // The first run warms caches up; the second is the measure.
    for (let i = 0; i < 2; i++) {
      seconds = secondsOfRun(model, new Array<number>(batch).fill(tokens))
      await new Promise((resolve) => setImmediate(resolve))
    }
    const measured = (batch * tokens) / seconds
    this.pace.set(paceKey(model.info.id), measured)
    return measured
  }
}

/** Of a run over sequences of the given lengths. */
function secondsOfRun(model: LoadedModel, lengths: number[]): number {
  const tokens = lengths.reduce((sum, length) => sum + length, 0)
  const ids = new Int32Array(tokens).fill(Math.min(1, model.shape.vocabulary - 1))
  const started = performance.now()
  const input = { lengths, ids, mask: null, segments: null }
  for (const tensor of model.run(input, { hiddenStates: true, attentions: false }).hiddenStates) {
    tensor.dataSync()
    tensor.dispose()
  }
  return (performance.now() - started) / 1000
}

function extractKind(): string {
  return `${currentBackend()?.name ?? ''} extract`
}

function paceKey(modelId: string): string {
  return `${modelId}|${currentBackend()?.name ?? ''}`
}

/** What the bits of word vectors depend on beside the model and the words. */
function computedBy(): string {
  const backend = currentBackend()
  return JSON.stringify([backend?.name, backend?.version, backend?.threads, instructionSet()])
}
