import { costOfBoth, type ActivationRequest, type CostEstimate } from '@shared/activations'
import {
  similarityMeasures,
  type SimilarityMeasure,
  type SimilarityResult,
  type LayerDifference,
  type LayerDifferences,
  type ModelFacts,
  type ModelSpeed
} from '@shared/compare'
import { drawnSplit } from '@shared/drawing'
import type { JobHandle } from '@shared/jobs'
import { correctedTogether } from '@shared/pairedTest'
import { sampleWithoutReplacement, seededRandom } from '@shared/random'
import { RecentCache } from '@shared/recentCache'
import type { ProbeTests } from '@shared/signal'
import { tensorData } from '@shared/tensorData'
import { currentBackend } from '../backends/pick'
import type { LayerStack } from '../compare/cka'
import { similarities } from '../compare/similarities'
import { permutationsFor } from '../probes/scores/pairedTests'
import { difference, probeTests, type TestedRun } from '../compare/probeTests'
import { measurePace } from '../compare/speed'
import type { DatasetStore } from '../datasets/datasetStore'
import type { ActivationService } from './activationService'
import type { Activations } from '../activations/wordVectors'
import type { ModelService } from './modelService'
import { partOfJob } from '../jobs/partOfJob'
import type { ProbeResults } from './probeResults'

export interface SimilarityRequest extends Omit<ActivationRequest, 'modelId'> {
  modelA: string
  modelB: string
  estimator: SimilarityMeasure
  /** Words drawn from those that have a vector in both models; null for all of them. */
  sample: number | null
  seed: number
}

/** The words of a split that a model is measured on. */
export type TextRequest = Omit<ActivationRequest, 'pool'>

/** One layer of a kept probing run. */
export interface RunLayer {
  runId: string
  layer: number
}

/** Finished comparisons kept in memory; the least recently used goes first. */
const keptComparisons = 64

/** Words that speed is measured on: seconds for a small model, a minute for a large one. */
const speedWords = 2000

/** Two models over the same words: how alike their layers are, how each tokenises the text, how fast it is. */
export class CompareService {
  private readonly comparisons = new RecentCache<SimilarityResult>(keptComparisons)

  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly activations: ActivationService,
    private readonly probes: ProbeResults
  ) {}

  /** What `cka` will cost: extracting what is not on disk yet. */
  async estimate(request: SimilarityRequest): Promise<CostEstimate> {
    const first = await this.activations.estimate({ ...request, modelId: request.modelA })
    if (request.modelA === request.modelB) return first
    const second = await this.activations.estimate({ ...request, modelId: request.modelB })
    // Both read the same words.
    return { ...costOfBoth(first, second), words: first.words }
  }

  /** Similarity of every two layers, over a seeded sample of the words; cached unless `fresh`. */
  async cka(request: SimilarityRequest, job: JobHandle, fresh = false): Promise<SimilarityResult> {
    const { modelA, modelB, estimator, seed } = request
    const key = this.key(request)
    const known = this.comparisons.get(key)
    if (known && !fresh) return known
    const same = modelA === modelB
    const a = await this.activations.ensure({ ...request, modelId: modelA }, partOfJob(job, 0, 0.4))
    const b = same ? a : await this.activations.ensure({ ...request, modelId: modelB }, partOfJob(job, 0.4, 0.8))
    const started = performance.now()
    const most = Math.min(request.sample ?? Infinity, similarityMeasures[estimator].mostWords)
    const { rows, available } = chooseWords(a, b, most, seed)
    const [stackA, stackB, part] = [stackOf(a, rows), stackOf(b, rows), partOfJob(job, 0.8, 1)]
    const values = await similarities(stackA, stackB, { words: rows.length, estimator, same }, part)
    const result: SimilarityResult = {
      modelA: this.nameOf(modelA),
      modelB: this.nameOf(modelB),
      dataset: { id: request.datasetId, name: this.datasets.info(request.datasetId).name, split: request.split },
      pool: request.pool,
      estimator,
      seed,
      words: rows.length,
      available,
      values: tensorData([a.layers + 1, b.layers + 1], values),
      seconds: (performance.now() - started) / 1000,
      backend: currentBackend()?.title ?? ''
    }
    this.comparisons.put(key, result)
    return result
  }

  /** How the model's tokenizer splits the text, and what its weights take in memory. */
  facts(request: TextRequest): Promise<ModelFacts> {
    const sentences = this.textOf(request)
    const words = sentences.flat()
    return this.models.use(request.modelId, async (model) => {
      const tokenizer = model.needTokenizer()
      await tokenizer.prepare(words)
      // As the model reads them: no space precedes the first word of a sentence.
      const counts = sentences.flatMap((sentence) => sentence.map((word, i) => tokenizer.piecesOf(word, i > 0).length))
      return {
        modelId: request.modelId,
        memoryBytes: model.bytesHeld,
        words: words.length,
        subwords: counts.reduce((sum, count) => sum + count, 0),
        splitWords: counts.filter((count) => count > 1).length,
        missingWords: counts.filter((count) => count === 0).length
      }
    })
  }

  /** The model's pace on the first words of the text: the same words for every model. */
  speed(request: TextRequest, job: JobHandle): Promise<ModelSpeed> {
    const sentences = this.textOf({ ...request, maxWords: Math.min(request.maxWords ?? speedWords, speedWords) })
    return this.models.use(request.modelId, async (model) => {
      const pace = await measurePace(model, sentences, job)
      const backend = currentBackend()
      return {
        modelId: request.modelId,
        ...pace,
        wordsPerSecond: pace.words / pace.seconds,
        subwordsPerSecond: pace.subwords / pace.seconds,
        backend: backend?.title ?? '',
        threads: backend?.threads ?? 1
      }
    })
  }

  /**
   * The layers of a kept run against the best one and against their controls, the untrained twin among them where it
   * was probed with the same settings.
   */
  async tests(runId: string, seed: number, job: JobHandle): Promise<ProbeTests> {
    const run = this.probes.tested(runId)
    const twin = this.probes.twinOf(runId)
    return probeTests(
      run,
      twin === null ? null : this.probes.tested(twin),
      run.result.model.twin !== undefined,
      seed,
      job
    )
  }

  /**
   * Accuracy of one layer's probe minus that of another's, for several pairs that are corrected together.
   * @throws UserError where the two runs of a pair were not tested on the same items for the same labels
   */
  async differences(
    pairs: readonly { a: RunLayer; b: RunLayer }[],
    seed: number,
    job: JobHandle
  ): Promise<LayerDifferences> {
    const runs = new Map<string, TestedRun>()
    const runOf = (id: string): TestedRun => {
      const run = runs.get(id) ?? this.probes.tested(id)
      runs.set(id, run)
      return run
    }
    const tests: LayerDifference[] = []
    for (const [index, { a, b }] of pairs.entries()) {
      job.progress(index, pairs.length)
      await job.yield()
      const [first, second] = [runOf(a.runId), runOf(b.runId)]
      tests.push({
        a: first.result.model.name,
        b: second.result.model.name,
        layerA: a.layer,
        layerB: b.layer,
        ...(await difference(first, a.layer, second, b.layer, seed, job, pairs.length))
      })
    }
    const [{ task } = { task: { title: '' } }] = [...runs.values()].map(({ result }) => result)
    return { task: task.title, tests: correctedTogether(tests), permutations: permutationsFor(pairs.length) }
  }

  private textOf(request: TextRequest): readonly (readonly string[])[] {
    const { sentences } = this.datasets.text(request.datasetId, drawnSplit(request).split)
    return sentences.slice(0, this.activations.extent(request).sentences)
  }

  private nameOf(id: string): SimilarityResult['modelA'] {
    const { name, layers } = this.models.info(id)
    return { id, name, layers }
  }

  private key({
    modelA,
    modelB,
    datasetId,
    split,
    pool,
    maxWords,
    draw,
    estimator,
    sample,
    seed
  }: SimilarityRequest): string {
    const { wordsHash } = this.datasets.text(datasetId, split)
    return JSON.stringify([modelA, modelB, datasetId, split, wordsHash, pool, maxWords, draw, estimator, sample, seed])
  }
}

function stackOf(vectors: Activations, rows: Int32Array): LayerStack {
  return { count: vectors.layers + 1, width: vectors.width, read: (layer) => vectors.rows(layer, rows) }
}

/** Words with a vector in both, or a seeded sample of them in corpus order. */
function chooseWords(
  a: Activations,
  b: Activations,
  sample: number | null,
  seed: number
): { rows: Int32Array; available: number } {
  const missing = new Set([...a.missing, ...b.missing])
  const present = Int32Array.from({ length: Math.min(a.words, b.words) }, (_, i) => i).filter(
    (row) => !missing.has(row)
  )
  const rows =
    sample === null || present.length <= sample
      ? present
      : sampleWithoutReplacement(present.length, sample, seededRandom(seed)).map((i) => present[i]!)
  return { rows, available: present.length }
}
