import type { ActivationRequest } from '@shared/activations'
import { drawnSplit } from '@shared/drawing'
import type { JobHandle } from '@shared/jobs'
import type { LayerGeometry, LayerShape } from '@shared/layerGeometry'
import { nearestNeighbours } from '@shared/projection/knn'
import { sampleWithoutReplacement, seededRandom } from '@shared/random'
import { UserError } from '@shared/userError'
import { cosineWithMean, firstSingularShare, meanPairCosine, unitVectors } from '../compare/contextuality'
import { differentRows, twoNn } from '../compare/twoNn'
import type { DatasetStore } from '../datasets/datasetStore'
import { partOfJob } from '../jobs/partOfJob'
import type { ActivationService } from './activationService'
import type { ModelService } from './modelService'
import { backendProducts } from './projectionService'

export interface GeometryRequest extends ActivationRequest {
  /** Sentences that a word type must occur in. */
  contexts: number
  /** Words of different sentences that anisotropy is measured on, at most. */
  sample: number
  /** Words that the intrinsic dimension is measured on, at most. */
  dimensionWords: number
  seed: number
}

/** Rows of the words that each measure reads; the same at every layer. */
interface Groups {
  types: number[][]
  sentences: number[][]
  sampled: number[]
  forDimension: number[]
}

/** The shape of the space of every layer: how contextual its words are, and how many dimensions they fill. */
export class GeometryService {
  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly activations: ActivationService
  ) {}

  async layers(request: GeometryRequest, job: JobHandle): Promise<LayerGeometry> {
    const vectors = await this.activations.ensure(request, partOfJob(job, 0, 0.5))
    const started = performance.now()
    const { width } = vectors
    const groups = this.groups(request, vectors.words, new Set(vectors.missing))
    const layers: LayerShape[] = []
    const dimensionWords: number[] = []
    for (let layer = 0; layer <= vectors.layers; layer++) {
      job.progress(vectors.layers + 1 + layer, 2 * (vectors.layers + 1), `Measuring layer ${layer}`)
      await job.yield()
      const values = vectors.layer(layer).subarray(0, vectors.words * width)
      const different = differentRows(values, width, groups.forDimension)
      dimensionWords.push(different.length)
      layers.push({
        layer,
        ...contextualityOf(values, width, groups),
        ...(await dimensionOf(values, width, different, job))
      })
    }
    const drawn = this.datasets.get(request.datasetId).drawn(request)
    return {
      modelName: this.models.info(request.modelId).name,
      datasetName: this.datasets.info(request.datasetId).name,
      split: request.split,
      ...(drawn && { drawn }),
      words: vectors.words - vectors.missing.length,
      sentences: groups.sentences.length,
      types: groups.types.length,
      sampled: groups.sampled.length,
      dimensionWords,
      layers,
      seconds: (performance.now() - started) / 1000
    }
  }

  /** @throws UserError where no word type occurs often enough */
  private groups(request: GeometryRequest, words: number, missing: ReadonlySet<number>): Groups {
    const { split } = drawnSplit(request)
    const { sentences } = this.datasets.text(request.datasetId, split)
    const random = seededRandom(request.seed)
    const byType = new Map<string, number[]>()
    const bySentence: number[][] = []
    let row = 0
    for (const sentence of sentences) {
      if (row >= words) break
      const rows = sentence.map((_, i) => row + i).filter((at) => !missing.has(at))
      const types = new Set<string>()
      for (const at of rows) {
        const type = sentence[at - row]!.toLowerCase()
        // One occurrence a sentence: contexts are different sentences.
        if (types.has(type)) continue
        types.add(type)
        const known = byType.get(type)
        if (known) known.push(at)
        else byType.set(type, [at])
      }
      bySentence.push(rows)
      row += sentence.length
    }
    const types = [...byType.values()].filter((rows) => rows.length >= request.contexts)
    if (types.length === 0)
      throw new UserError(
        `No word occurs in ${request.contexts} different sentences of these; take more words, or fewer contexts.`
      )
    const present = bySentence.flat()
    const filled = bySentence.filter((rows) => rows.length > 0)
    return {
      types,
      sentences: bySentence.filter((rows) => rows.length > 1),
      sampled: someOf(filled, request.sample, request.seed).map((rows) => rows[random.integer(rows.length)]!),
      forDimension: someOf(present, request.dimensionWords, request.seed)
    }
  }
}

function someOf<T>(all: readonly T[], most: number, seed: number): T[] {
  if (all.length <= most) return [...all]
  return Array.from(sampleWithoutReplacement(all.length, most, seededRandom(seed)), (i) => all[i]!)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function contextualityOf(
  vectors: Float32Array,
  width: number,
  { types, sentences, sampled }: Groups
): Pick<LayerShape, 'selfSimilarity' | 'intraSentence' | 'maximumExplained' | 'anisotropy'> {
  const unit = unitVectors(vectors, width)
  return {
    selfSimilarity: mean(types.map((rows) => meanPairCosine(unit, rows))),
    intraSentence: mean(sentences.map((rows) => cosineWithMean(vectors, unit, rows))),
    maximumExplained: mean(types.map((rows) => firstSingularShare(vectors, width, rows))),
    anisotropy: { cosine: meanPairCosine(unit, sampled), explained: firstSingularShare(vectors, width, sampled) }
  }
}

async function dimensionOf(
  vectors: Float32Array,
  width: number,
  rows: readonly number[],
  job: JobHandle
): Promise<Pick<LayerShape, 'dimension' | 'dimensionLikelihood'>> {
  // Two neighbours of a point need a third.
  if (rows.length < 4) return { dimension: 0, dimensionLikelihood: 0 }
  const picked = new Float32Array(rows.length * width)
  rows.forEach((row, i) => picked.set(vectors.subarray(row * width, (row + 1) * width), i * width))
  const { distances } = await nearestNeighbours(picked, rows.length, width, {
    k: 2,
    metric: 'euclidean',
    products: backendProducts,
    job: { progress: () => undefined, yield: () => job.yield() }
  })
  const { fit, likelihood } = twoNn(distances)
  return { dimension: fit, dimensionLikelihood: likelihood }
}
