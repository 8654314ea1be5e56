import * as tf from '@tensorflow/tfjs-core'
import type { ActivationRequest } from '@shared/activations'
import type { InterventionSet } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import type { Metric, NearWord, PlacedVectors, ProjectionInput } from '@shared/projection'
import {
  meanDifference,
  scoresAlong,
  unit,
  type Axis,
  type CustomAxes,
  type DirectionSource
} from '@shared/projection/customAxes'
import { approximateNeighbours, type MatrixProduct } from '@shared/projection/approximateKnn'
import { nearestNeighbours, type Neighbours } from '@shared/projection/knn'
import type { MakePairwiseProducts } from '@shared/projection/pairwiseProducts'
import { principalComponents } from '@shared/projection/pca'
import { sampleWithoutReplacement, seededRandom } from '@shared/random'
import type { SentenceRef } from '@shared/sentence'
import { tensorData } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import { nearestRows } from '../activations/nearestRows'
import { poolWords } from '../activations/pooling'
import type { Activations } from '../activations/wordVectors'
import type { DatasetStore } from '../datasets/datasetStore'
import { wordInContext } from '../datasets/wordContexts'
import type { ResultLibrary } from '../results/resultLibrary'
import type { ActivationService } from './activationService'
import type { SentenceService } from './sentenceService'

export interface ProjectionRequest extends ActivationRequest {
  layer: number
  maxPoints: number | null
  neighbours: number
  components: number
  metric: Metric
  seed: number
  /** Whether nearly all neighbours are enough. */
  approximate?: boolean | undefined
}

/** The points of a projection: which words of which layer. */
type Points = ActivationRequest & Pick<ProjectionRequest, 'layer' | 'maxPoints' | 'seed'>

/**
 * The data of projections: neighbours and principal components; the layout is computed where it is shown.
 */
export class ProjectionService {
  constructor(
    private readonly activations: ActivationService,
    private readonly datasets: DatasetStore,
    private readonly sentences: SentenceService,
    private readonly results: ResultLibrary
  ) {}

  async input(request: ProjectionRequest, job: JobHandle): Promise<ProjectionInput> {
    const vectors = await this.activations.ensure(request, job)
    checkLayer(request.layer, vectors)
    const wordIndex = chooseWords(vectors, request.maxPoints, request.seed)
    const count = wordIndex.length
    const { neighbours } = request
    const least = Math.max(2, neighbours)
    if (count <= least) {
      throw new UserError(
        `A projection${neighbours > 0 ? ` with ${neighbours} neighbours` : ''} needs more than ${least} words; there ` +
          `are ${count}. Take more words${neighbours > 2 ? ' or fewer neighbours' : ''}.`
      )
    }
    job.progress(0, count, 'Reading the layer')
    const picked = vectors.rows(request.layer, wordIndex)
    await job.yield()
    const principal = await principalComponents(picked, count, vectors.width, {
      components: request.components,
      seed: request.seed,
      job: { progress: () => undefined, yield: () => job.yield() }
    })
    const search = {
      k: neighbours,
      metric: request.metric,
      job: {
        progress: (done: number, total: number) => job.progress(done, total, 'Finding neighbours'),
        yield: () => job.yield()
      }
    }
    const near = request.approximate
      ? { ...search, product: backendProduct, seed: request.seed }
      : { ...search, products: backendProducts }
    const { indices, distances, recall }: Pick<Neighbours, 'indices' | 'distances'> & { recall?: number } =
      neighbours === 0
        ? { indices: new Int32Array(0), distances: new Float32Array(0) }
        : 'product' in near
          ? await approximateNeighbours(picked, count, vectors.width, near)
          : await nearestNeighbours(picked, count, vectors.width, near)
    return {
      layer: request.layer,
      wordIndex: tensorData([count], wordIndex),
      neighbours: tensorData([count, neighbours], indices),
      distances: tensorData([count, neighbours], distances),
      principal: tensorData([count, request.components], principal.scores),
      explained: principal.explained,
      ...(recall !== undefined && { recall })
    }
  }

  /** The points along two directions of one's own. */
  async axes({ axes: [first, second], ...request }: Points & { axes: [Axis, Axis | null] }): Promise<CustomAxes> {
    const vectors = await this.extracted(request)
    const all = vectors.layer(request.layer)
    const wordIndex = chooseWords(vectors, request.maxPoints, request.seed)
    const { width } = vectors
    const source = { vectors: all.slice(0, vectors.words * width), width, skip: new Set(vectors.missing) }
    const [x, y] = [first, second].map((axis) => axis && this.direction(axis, request, source))
    const { scores, shares, cosine } = await scoresAlong(
      vectors.rows(request.layer, wordIndex),
      wordIndex.length,
      width,
      x!.direction,
      y?.direction ?? null
    )
    const rest = { title: 'greatest variance at right angles', items: null }
    const about = ([x!, y ?? rest] as const).map(({ title, items }, i) => ({ title, items, share: shares[i]! }))
    return {
      layer: request.layer,
      wordIndex: tensorData([wordIndex.length], wordIndex),
      scores: tensorData([wordIndex.length, 2], scores),
      axes: [about[0]!, about[1]!],
      cosine
    }
  }

  private direction(
    axis: Axis,
    { datasetId, split, layer }: Points,
    source: DirectionSource
  ): { direction: Float64Array; title: string; items: [number, number] | null } {
    if (axis.kind === 'erased') return erasedDirection(this.results.read('eraser', axis.result), axis.direction, layer)
    const rowsOf = this.rowsByEnd(axis, datasetId, split)
    const [from, to] = [axis.from, axis.to].map((title) => ({
      title,
      rows: rowsOf(title).filter((row) => row * source.width < source.vectors.length)
    }))
    return { ...meanDifference(source, from!, to!), title: `${axis.from} → ${axis.to}` }
  }

  private rowsByEnd(
    axis: Exclude<Axis, { kind: 'erased' }>,
    datasetId: string,
    split: string
  ): (end: string) => number[] {
    if (axis.kind === 'words') {
      const forms = this.datasets.words(datasetId, split).forms.map((form) => form.toLowerCase())
      return (end) => placesOf(forms, end.toLowerCase())
    }
    const { classes, ids } = this.datasets.labels(datasetId, split, axis.task)
    const { sentence } = this.datasets.words(datasetId, split)
    const ofWords = ids.length === sentence.length ? ids : sentence.map((place) => ids[place]!)
    return (end) => placesOf(ofWords, classes.indexOf(end))
  }

  /** The vectors of the points, and those of a sentence's words, to place these among them. */
  async vectors({ sentence, ...request }: Points & { sentence: SentenceRef }): Promise<PlacedVectors> {
    const vectors = await this.extracted(request)
    const { width } = vectors
    const wordIndex = chooseWords(vectors, request.maxPoints, request.seed)
    const { encoded, layers } = await this.sentences.hiddenStates(request.modelId, sentence)
    const added = new Float32Array(encoded.wordsTaken * width)
    const window = { ...encoded, sentence: 0, from: 0, to: encoded.wordsTaken }
    poolWords(layers[request.layer]!, 0, width, window, request.pool, added, 0)
    return {
      known: tensorData([wordIndex.length, width], vectors.rows(request.layer, wordIndex)),
      added: tensorData([encoded.wordsTaken, width], added),
      words: encoded.words.slice(0, encoded.wordsTaken)
    }
  }

  private async extracted(request: ActivationRequest & { layer: number }): Promise<Activations> {
    const vectors = await this.activations.find(request)
    if (!vectors)
      throw new UserError(
        'The word vectors of this split are not computed yet; open the projection or run a probe first.'
      )
    checkLayer(request.layer, vectors)
    return vectors
  }

  /** The words nearest to one word over the whole split, in the layer's own space. */
  async nearest(
    request: ActivationRequest & { layer: number; sentence: number; position: number; count: number; metric: Metric }
  ): Promise<NearWord[]> {
    const vectors = await this.extracted(request)
    const words = this.datasets.words(request.datasetId, request.split)
    const query = words.sentence.findIndex(
      (sentence, i) => sentence === request.sentence && words.position[i] === request.position
    )
    if (query < 0 || query >= vectors.words)
      throw new UserError('This word is not among the words that were sampled; take more words to see its neighbours.')
    const layer = vectors.layer(request.layer)
    const missing = new Set(vectors.missing)
    return nearestRows(layer, vectors.width, query, request.count, request.metric, missing).map(({ row, distance }) =>
      wordInContext(words, row, distance)
    )
  }
}

/** @throws {UserError} where the eraser has no such direction at this layer */
function erasedDirection({ name, interventions }: InterventionSet, place: number, layer: number) {
  const edit = interventions.find(({ fitted }) => fitted?.layer === layer)?.edit
  const directions = edit?.kind === 'erase' ? edit.right : edit?.kind === 'project' ? edit.basis : []
  const direction = unit(directions[place] ?? [])
  if (!direction)
    throw new UserError(
      directions.length
        ? `'${name}' removes ${directions.length} directions at layer ${layer}; there is no direction ${place + 1}.`
        : `'${name}' was not fitted to layer ${layer}; choose a layer it erases, or another eraser.`
    )
  return { direction, title: `${name}, direction ${place + 1}`, items: null }
}

function placesOf<T>(values: ArrayLike<T>, wanted: T): number[] {
  return Array.from(values, (value, i) => (value === wanted ? i : -1)).filter((i) => i >= 0)
}

function checkLayer(layer: number, vectors: Activations): void {
  if (layer > vectors.layers)
    throw new UserError(`Layer ${layer} does not exist; the model's layers are 0 to ${vectors.layers}.`)
}

/** All words that have a vector, or a seeded sample of them in corpus order. */
function chooseWords(vectors: Activations, maxPoints: number | null, seed: number): Int32Array {
  const missing = new Set(vectors.missing)
  const present = Int32Array.from({ length: vectors.words }, (_, i) => i).filter((i) => !missing.has(i))
  if (maxPoints === null || present.length <= maxPoints) return present
  return sampleWithoutReplacement(present.length, maxPoints, seededRandom(seed))
    .sort()
    .map((i) => present[i]!)
}

/** Inner products of two sets of rows by the backend's matrix product. */
export const backendProduct: MatrixProduct = (a, b, width) => {
  const product = tf.tidy(() => {
    const against = tf.tensor2d(b, [b.length / width, width])
    return tf.matMul(tf.tensor2d(a, [a.length / width, width]), against, false, true)
  })
  const values = product.dataSync<'float32'>()
  product.dispose()
  return values
}

/** Inner products by the backend's matrix product: exact neighbours of 10,000 words take about a second. */
export const backendProducts: MakePairwiseProducts = (vectors, count, width) => {
  const all = tf.tensor2d(vectors, [count, width])
  // Transposed once: transposed products are slow on wasm.
  const columns = tf.transpose(all)
  const rowsPerBlock = Math.max(1, Math.min(count, Math.floor(2e7 / count)))
  return {
    rowsPerBlock,
    multiply: ({ rowStart, rowEnd, columnStart, columnEnd }) => {
      const block = tf.tidy(() => {
        const rows = tf.slice(all, [rowStart, 0], [rowEnd - rowStart, width])
        const against =
          columnStart === 0 && columnEnd === count
            ? columns
            : tf.slice(columns, [0, columnStart], [width, columnEnd - columnStart])
        return tf.matMul(rows, against as tf.Tensor2D)
      })
      // Read outside of tidy, which would walk through an array that is returned, element by element.
      const values = block.dataSync() as Float32Array
      block.dispose()
      return values
    },
    dispose: () => tf.dispose([all, columns])
  }
}
