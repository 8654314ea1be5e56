import * as v from 'valibot'
import type { CostEstimate } from '../activations'
import { draw } from '../drawing'
import { count, fresh, jobId, layer, metric, name, pool, seed } from '../fields'
import type { NearWord } from '../projection'
import type { Answer } from '../results'
import { engine } from './call'

const activations = { modelId: name, datasetId: name, split: name, pool, maxWords: v.nullable(count) }

/** Hidden states of a corpus, and where its words are in the space of a layer. */
export const activationsCalls = {
  'activations.estimate': engine<CostEstimate>()(v.strictObject({ ...activations, draw })),
  'activations.extract': engine<CostEstimate>()(v.strictObject({ ...activations, draw, jobId })),
  /**
   * Principal components of the words of one layer, and their exact neighbours unless `neighbours` is 0; `maxPoints`
   * null takes all words.
   */
  'projection.input': engine<Answer<'projection'>>()(
    v.strictObject({
      ...activations,
      layer,
      maxPoints: v.nullable(count),
      neighbours: v.pipe(
        count,
        v.maxValue(50),
        v.check((neighbours) => neighbours !== 1, 'Expected 0 or 2 to 50')
      ),
      components: v.pipe(count, v.minValue(2), v.maxValue(10)),
      metric,
      seed,
      jobId,
      fresh
    })
  ),
  /** The words nearest to one word in a layer's own space, over the whole split. */
  'projection.nearest': engine<NearWord[]>()(
    v.strictObject({
      ...activations,
      layer,
      sentence: count,
      position: count,
      count: v.pipe(count, v.minValue(1), v.maxValue(100)),
      metric
    })
  )
} as const
