import * as tf from '@tensorflow/tfjs-core'
import type { ActivationRequest } from '@shared/activations'
import type { JobHandle } from '@shared/jobs'
import type { Metric, NearWord, ProjectionInput } from '@shared/projection'
import { nearestNeighbours } from '@shared/projection/knn'
import type { MakePairwiseProducts } from '@shared/projection/pairwiseProducts'
import { principalComponents } from '@shared/projection/pca'
import { sampleWithoutReplacement, seededRandom } from '@shared/random'
import { tensorData } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import type { ActivationService } from './activationService'
import type { Activations } from '../activations/wordVectors'
import { nearestRows } from '../activations/nearestRows'

export interface ProjectionRequest extends ActivationRequest {
  layer: number
  maxPoints: number | null
  neighbours: number
  components: number
  metric: Metric
  seed: number
}

/** Words of a split with their sentence and position. */
export interface SplitWords {
  forms: string[]
  sentence: Int32Array
  position: Int32Array
}

/**
 * The data of projections: exact neighbours and principal components; the layout is computed where it is shown.
 */
export class ProjectionService {
  constructor(
    private readonly activations: ActivationService,
    private readonly wordsOf: (datasetId: string, split: string) => SplitWords
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
    const { indices, distances } =
      neighbours === 0
        ? { indices: new Int32Array(0), distances: new Float32Array(0) }
        : await nearestNeighbours(picked, count, vectors.width, {
            k: neighbours,
            metric: request.metric,
            products: backendProducts,
            job: {
              progress: (done, total) => job.progress(done, total, 'Finding neighbours'),
              yield: () => job.yield()
            }
          })
    return {
      layer: request.layer,
      wordIndex: tensorData([count], wordIndex),
      neighbours: tensorData([count, neighbours], indices),
      distances: tensorData([count, neighbours], distances),
      principal: tensorData([count, request.components], principal.scores),
      explained: principal.explained
    }
  }

  /** The words nearest to one word over the whole split, in the layer's own space. */
  async nearest(
    request: ActivationRequest & { layer: number; sentence: number; position: number; count: number; metric: Metric }
  ): Promise<NearWord[]> {
    const vectors = await this.activations.find(request)
    if (!vectors)
      throw new UserError(
        'The word vectors of this split are not computed yet; open the projection or run a probe first.'
      )
    checkLayer(request.layer, vectors)
    const words = this.wordsOf(request.datasetId, request.split)
    const query = words.sentence.findIndex(
      (sentence, i) => sentence === request.sentence && words.position[i] === request.position
    )
    if (query < 0 || query >= vectors.words)
      throw new UserError('This word is not among the words that were sampled; take more words to see its neighbours.')
    const layer = vectors.layer(request.layer)
    const missing = new Set(vectors.missing)
    return nearestRows(layer, vectors.width, query, request.count, request.metric, missing).map(
      ({ row, distance }) => ({
        wordIndex: row,
        sentence: words.sentence[row]!,
        position: words.position[row]!,
        form: words.forms[row]!,
        left: context(words, row, -6),
        right: context(words, row, 6),
        distance
      })
    )
  }
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

/** Words of the same sentence up to `reach` positions away, as text. */
function context(words: SplitWords, row: number, reach: number): string {
  const [from, to] = reach < 0 ? [row + reach, row] : [row + 1, row + 1 + reach]
  const parts: string[] = []
  for (let i = Math.max(0, from); i < Math.min(words.forms.length, to); i++) {
    if (words.sentence[i] === words.sentence[row]) parts.push(words.forms[i]!)
  }
  return parts.join(' ')
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
