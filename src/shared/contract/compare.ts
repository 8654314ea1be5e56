import * as v from 'valibot'
import type { CostEstimate } from '../activations'
import { similarityMeasureNames } from '../compare'
import { limitedPart } from '../drawing'
import { count, fresh, jobId, layer, name, pool, seed } from '../fields'
import type { Answer } from '../results'
import { engine } from './call'

const text = { modelId: name, ...limitedPart }
const twoModels = {
  modelA: name,
  modelB: name,
  ...limitedPart,
  pool,
  estimator: v.picklist(similarityMeasureNames),
  /** Words drawn from those with a vector in both models; null for all. */
  sample: v.nullable(count),
  seed
}
const twoLanguages = {
  modelA: name,
  modelB: name,
  datasetId: name,
  /** Splits of parallel sentences, one for each language. */
  splitA: name,
  splitB: name,
  pool,
  seed
}
const runLayer = v.strictObject({ runId: name, layer })

/** Several models side by side. */
export const compareCalls = {
  /** The cost of the word vectors that `compare.cka` needs. */
  'compare.estimate': engine<CostEstimate>()(v.strictObject(twoModels)),
  /** The similarity of every layer of one model with every layer of another (or the same). */
  'compare.cka': engine<Answer<'cka'>>()(v.strictObject({ ...twoModels, jobId, fresh })),
  /** The cost of the word vectors that `compare.align` needs. */
  'compare.alignEstimate': engine<CostEstimate>()(v.strictObject(twoLanguages)),
  /** Vectors of two languages before and after they are aligned: which translations are found. */
  'compare.align': engine<Answer<'alignment'>>()(v.strictObject({ ...twoLanguages, jobId, fresh })),
  /** How a model splits a text into subwords, and the memory it takes. */
  'compare.facts': engine<Answer<'facts'>>()(v.strictObject({ ...text, jobId, fresh })),
  /** Heads and neurons that changed between a model and what was trained from it, over words of a part. */
  'compare.adapted': engine<Answer<'adapted'>>()(
    v.strictObject({ modelA: name, modelB: name, ...limitedPart, jobId, fresh })
  ),
  'compare.speed': engine<Answer<'speed'>>()(v.strictObject({ ...text, jobId, fresh })),
  /**
   * Accuracy of one layer's probe minus that of another's on the same test words, for every pair; p-values are
   * corrected for all of them.
   */
  'compare.differences': engine<Answer<'differences'>>()(
    v.strictObject({
      pairs: v.pipe(v.array(v.strictObject({ a: runLayer, b: runLayer })), v.minLength(1), v.maxLength(1000)),
      seed,
      jobId,
      fresh
    })
  ),
  /** The layers of a kept run against the best one and against their controls. */
  'compare.tests': engine<Answer<'tests'>>()(v.strictObject({ runId: name, seed, jobId, fresh }))
} as const
