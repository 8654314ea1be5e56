import type { AlignmentResult } from '@shared/alignment'
import { costOfBoth, type ActivationRequest, type CostEstimate } from '@shared/activations'
import { layersAtEqualDepth } from '@shared/compare'
import type { JobHandle } from '@shared/jobs'
import type { Pooling } from '@shared/model'
import { seededRandom, shuffle } from '@shared/random'
import { UserError } from '@shared/userError'
import type { Activations } from '../activations/wordVectors'
import { alignLayer, type LanguageVectors } from '../compare/alignment'
import { anchorForm, anchorPairs } from '../compare/anchors'
import { clustersOf } from '../datasets/clusters'
import type { DatasetStore } from '../datasets/datasetStore'
import { partOfJob } from '../jobs/partOfJob'
import type { ActivationService } from './activationService'
import type { ModelService } from './modelService'

export interface AlignmentRequest {
  modelA: string
  modelB: string
  datasetId: string
  /** Splits of parallel sentences: each sentence of one is the translation of the other's of the same number. */
  splitA: string
  splitB: string
  pool: Pooling
  seed: number
}

/** Pairs of words that a map is fitted to, at least. */
const fewestAnchors = 10
const fewestSentences = 20
const shownAnchors = 12

/** Two languages in contextual vectors, before and after they are aligned. */
export class AlignmentService {
  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly activations: ActivationService
  ) {}

  /** What `align` will cost: extracting what is not on disk yet. @throws UserError for splits that are not parallel */
  async estimate(request: AlignmentRequest): Promise<CostEstimate> {
    this.sentences(request)
    const [partA, partB] = partsOf(request)
    return costOfBoth(await this.activations.estimate(partA), await this.activations.estimate(partB))
  }

  /**
   * A half of the sentences, drawn with the seed, gives the dictionary and the anchors; the other half is retrieved.
   * @throws UserError for splits that are not parallel, or too short
   */
  async align(request: AlignmentRequest, job: JobHandle): Promise<AlignmentResult> {
    const { modelA, modelB, datasetId, splitA, splitB, pool, seed } = request
    const [textA, textB] = this.sentences(request)
    const order = Int32Array.from(textA.keys())
    shuffle(order, seededRandom(seed))
    const fitted = order.slice(0, textA.length >> 1).sort()
    const tested = order.slice(textA.length >> 1).sort()
    const pairs = anchorPairs(
      Array.from(fitted, (sentence) => textA[sentence]!),
      Array.from(fitted, (sentence) => textB[sentence]!)
    )
    if (pairs.length < fewestAnchors)
      throw new UserError(
        `'${splitA}' and '${splitB}' share ${pairs.length} pairs of words that occur in each other's sentences; an ` +
          `alignment needs ${fewestAnchors}. Are they translations of one another, in the same order?`
      )
    const [partA, partB] = partsOf(request)
    const vectorsA = await this.activations.ensure(partA, partOfJob(job, 0, 0.4))
    const vectorsB = await this.activations.ensure(partB, partOfJob(job, 0.4, 0.8))
    const halves = { fitted, tested }
    const anchorsOf = (side: 'first' | 'second'): string[] => pairs.map((pair) => pair[side])
    const first = languageOf(textA, vectorsA, halves, anchorsOf('first'))
    const second = languageOf(textB, vectorsB, halves, anchorsOf('second'))
    const { of: clusters } = clustersOf(this.datasets.get(datasetId), splitA, tested)
    const depths = layersAtEqualDepth(vectorsA.layers, vectorsB.layers)
    const layers: AlignmentResult['layers'] = []
    const aligning = partOfJob(job, 0.8, 1)
    for (const [i, [layerA, layerB]] of depths.entries()) {
      aligning.progress(i, depths.length, 'Aligning layers')
      await job.yield()
      const states = await alignLayer(first(layerA), second(layerB), {
        sameSpace: modelA === modelB,
        clusters,
        seed,
        job
      })
      layers.push({ layerA, layerB, ...states })
    }
    return {
      modelA: this.nameOf(modelA),
      modelB: this.nameOf(modelB),
      dataset: { id: datasetId, name: this.datasets.info(datasetId).name, splitA, splitB },
      pool,
      seed,
      fitted: fitted.length,
      tested: tested.length,
      anchors: pairs.length,
      examples: pairs.slice(0, shownAnchors).map((pair) => [pair.first, pair.second]),
      layers
    }
  }

  private sentences({ datasetId, splitA, splitB }: AlignmentRequest) {
    const [first, second] = [splitA, splitB].map((split) => this.datasets.text(datasetId, split).sentences)
    if (splitA === splitB)
      throw new UserError('An alignment is between two splits, one for each language; choose another.')
    if (first!.length !== second!.length)
      throw new UserError(
        `'${splitA}' has ${first!.length.toLocaleString('en')} sentences and '${splitB}' has ` +
          `${second!.length.toLocaleString('en')}. Parallel texts have equally many, and each sentence ` +
          'is at the place of its translation.'
      )
    if (first!.length < fewestSentences)
      throw new UserError(
        `'${splitA}' has ${first!.length} sentences; an alignment needs ${fewestSentences}, half of them to retrieve.`
      )
    return [first!, second!] as const
  }

  private nameOf(id: string): AlignmentResult['modelA'] {
    const { name, layers, width } = this.models.info(id)
    return { id, name, layers, width }
  }
}

function partsOf(request: AlignmentRequest): [ActivationRequest, ActivationRequest] {
  const { modelA, modelB, datasetId, splitA, splitB, pool } = request
  return [
    { modelId: modelA, datasetId, split: splitA, pool, maxWords: null },
    { modelId: modelB, datasetId, split: splitB, pool, maxWords: null }
  ]
}

/** The anchors and sentence vectors of a language, layer by layer. */
function languageOf(
  text: readonly (readonly string[])[],
  vectors: Activations,
  { fitted, tested }: { fitted: Int32Array; tested: Int32Array },
  anchors: readonly string[]
): (layer: number) => LanguageVectors {
  const starts = startsOf(text)
  const missing = new Set(vectors.missing)
  const rowOf = new Map(anchors.map((word, row) => [word, row]))
  /** Rows of the words of sentences that have a vector, by what they are averaged into. */
  const members = (sentences: Int32Array, groupOf: (word: string, index: number) => number | undefined): number[][] => {
    const groups: number[][] = []
    sentences.forEach((sentence, index) =>
      text[sentence]!.forEach((word, position) => {
        const row = starts[sentence]! + position
        const group = groupOf(word, index)
        if (group !== undefined && !missing.has(row)) (groups[group] ??= []).push(row)
      })
    )
    return groups
  }
  const ofAnchors = members(fitted, (word) => rowOf.get(anchorForm(word)))
  const ofSentences = members(tested, (_, index) => index)
  return (layer) => {
    const rows = vectors.layer(layer)
    const { width } = vectors
    return {
      width,
      anchors: means(rows, width, ofAnchors, anchors.length),
      sentences: means(rows, width, ofSentences, tested.length)
    }
  }
}

function startsOf(text: readonly (readonly string[])[]): number[] {
  const starts: number[] = []
  let words = 0
  for (const sentence of text) {
    starts.push(words)
    words += sentence.length
  }
  return starts
}

/** The mean of each group of rows, [groups, width]; zeros for a group without a vector. */
function means(rows: Float32Array, width: number, groups: readonly number[][], count: number): Float32Array {
  const all = new Float32Array(count * width)
  for (let group = 0; group < count; group++) {
    const members = groups[group] ?? []
    const mean = all.subarray(group * width, (group + 1) * width)
    for (const row of members) for (let i = 0; i < width; i++) mean[i]! += rows[row * width + i]! / members.length
  }
  return all
}
