import { similarityMeasures, type SimilarityResult, type ModelFacts, type ModelSpeed } from '@shared/compare'
import type { ModelInfo } from '@shared/model'
import { layerRows } from '@/plots/probeRows'
import { relativeDepth, type ModelRun } from './curves'

/** Tables as they leave the view; shares between 0 and 1, in full. */

/** One row a model and layer: what the probes view writes, with the place of the layer in its model. */
export function curveRows(runs: readonly ModelRun[]) {
  return runs.flatMap(({ model, result }) =>
    layerRows([result]).map((row) => ({
      ...row,
      layers: model.layers,
      relative_depth: relativeDepth(row.layer, model.layers)
    }))
  )
}

/** The name of its files, without the ending: measure and models. */
export function ckaName({ estimator, modelA, modelB }: SimilarityResult): string {
  const plain = estimator === 'biased' ? 'plain-' : ''
  return `${plain}${similarityMeasures[estimator].name.toLowerCase()}-${modelA.name}-${modelB.name}`
}

/** One row a pair of layers; empty where the similarity is not defined. */
export function ckaRows(result: SimilarityResult) {
  const columns = result.values.shape[1] ?? 0
  return Array.from(result.values.data, (value, at) => {
    const [a, b] = [Math.floor(at / columns), at % columns]
    return {
      model_a: result.modelA.name,
      layer_a: a,
      depth_a: relativeDepth(a, result.modelA.layers),
      model_b: result.modelB.name,
      layer_b: b,
      depth_b: relativeDepth(b, result.modelB.layers),
      [similarityMeasures[result.estimator].name.toLowerCase()]: Number.isNaN(value) ? null : value,
      estimator: result.estimator,
      words: result.words,
      dataset: result.dataset.name,
      split: result.dataset.split,
      pool: result.pool,
      seed: result.seed
    }
  })
}

/** What a JSON file says beside the rows. */
export function ckaJson({ values: _values, ...about }: SimilarityResult): Record<string, unknown> {
  return { ...about, measure: similarityMeasures[about.estimator].title }
}

/** One row a model; what was not measured is empty. */
export function factRows(
  models: readonly ModelInfo[],
  facts: ReadonlyMap<string, ModelFacts>,
  speeds: ReadonlyMap<string, ModelSpeed>
) {
  return models.map((model) => {
    const fact = facts.get(model.id)
    const speed = speeds.get(model.id)
    return {
      model: model.name,
      family: model.familyTitle,
      layers: model.layers,
      heads: model.heads,
      width: model.width,
      parameters: model.parameters,
      dtype: model.dtype,
      disk_bytes: model.bytes,
      memory_bytes: fact?.memoryBytes,
      vocabulary: model.vocabulary,
      max_tokens: model.maxTokens,
      words: fact?.words,
      subwords: fact?.subwords,
      split_words: fact?.splitWords,
      missing_words: fact?.missingWords,
      speed_words: speed?.words,
      words_per_second: speed?.wordsPerSecond,
      subwords_per_second: speed?.subwordsPerSecond,
      backend: speed?.backend
    }
  })
}
